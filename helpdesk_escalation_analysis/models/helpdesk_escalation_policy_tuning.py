from odoo import models


class HelpdeskEscalationPolicy(models.Model):
    """How well a policy works: read from its past, and tried on it."""

    _inherit = "helpdesk.escalation.policy"

    def action_tune(self):
        """Show how the policy works, and what its delays might be.

        :raise AccessError: for whoever may not change the policy
        """
        self.check_access("write")
        return self._open_wizard(
            "helpdesk.escalation.tuning", {"policy_id": self.id}, self.env._("Figures")
        )

    def action_backtest(self):
        """Try the policy on the messages of the past; nothing is sent.

        :raise AccessError: for whoever may not change the policy
        """
        self.check_access("write")
        model = "helpdesk.escalation.backtest"
        return self._open_wizard(
            model, self.env[model]._prepare(self), self.env._("Try on the Past")
        )

    def _open_wizard(self, model, values, name):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "res_id": self.env[model].create(values).id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }
