from odoo import models


class HelpdeskEscalationEngine(models.AbstractModel):
    """R13: the run comes in time for reminders, and for what was held back."""

    _inherit = "helpdesk.escalation.engine"

    def _get_next_moments(self, plan, waits, cases):
        notifications = self.env["helpdesk.escalation.notification"]
        held = notifications._read_group(
            [
                ("held_until", ">", plan.now),
                ("state", "=", "pending"),
                ("queued_date", "=", False),
            ],
            [],
            ["held_until:min"],
        )
        return [
            *super()._get_next_moments(plan, waits, cases),
            *(
                line._get_reminder_date()
                for line in notifications._find_unreminded(plan.now)
            ),
            held[0][0] or None,
        ]
