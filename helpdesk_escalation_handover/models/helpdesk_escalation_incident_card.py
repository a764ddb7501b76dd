from odoo import api, models


class HelpdeskEscalationIncident(models.Model):
    """On the dashboard: who was asked for help comes first."""

    _inherit = "helpdesk.escalation.incident"

    @api.depends("kind")
    def _compute_rank(self):
        result = super()._compute_rank()
        self.filtered(lambda incident: incident.kind == "manual").rank = 0
        return result

    def _get_confirm_refusal(self, user):
        if self._is_escalator(user):
            return self.env._("You handed it over: somebody else takes it.")
        return super()._get_confirm_refusal(user)
