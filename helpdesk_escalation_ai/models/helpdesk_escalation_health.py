from datetime import timedelta

from odoo import api, fields, models

# So many in a row are no accident.
FAILURES = 3


class HelpdeskEscalationHealth(models.AbstractModel):
    """Whether the language model answers. Escalations do not depend on it."""

    _inherit = "helpdesk.escalation.health"

    @api.model
    def _find_problems(self):
        return [*super()._find_problems(), self._check_language_model()]

    @api.model
    def _check_language_model(self):
        """Say that the model has not answered lately, and why."""
        # Sudo: the queue is the system's; only its reason is shown.
        requests = self.env["helpdesk.escalation.ai.request"].sudo()
        last = requests.search(
            [
                ("tries", ">", 0),
                ("write_date", ">=", fields.Datetime.now() - timedelta(days=1)),
            ],
            order="write_date desc, id desc",
            limit=FAILURES,
        )
        failing = last.filtered(lambda one: one.state in ("pending", "failed"))
        if len(failing) < FAILURES:
            return None
        button = {}
        if requests.sudo(False).has_access("read"):
            button = {
                "label": self.env._("Show"),
                "action": self._prepare_list(
                    self.env._("Questions to the Language Model"), requests._name, []
                ),
            }
        return self._prepare_problem(
            "language_model",
            self.env._(
                "The language model makes no proposals: %s Escalations are not "
                "affected.",
                failing[0].reason or "",
            ),
            **button,
        )
