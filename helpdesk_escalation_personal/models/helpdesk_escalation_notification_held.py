from odoo import fields, models


class HelpdeskEscalationNotification(models.Model):
    """What goes beyond a person's limit waits in the outbox, for one email."""

    _inherit = "helpdesk.escalation.notification"

    held_until = fields.Datetime(
        readonly=True,
        copy=False,
        help="The person has set how many escalations may notify them within an hour. "
        "This one follows with others in one email.",
    )

    def _filtered_to_be_mailed(self, now, left):
        lines = super()._filtered_to_be_mailed(now, left)
        held = lines.filtered("held_until")
        if not held:
            return lines
        due = held.filtered(lambda line: line.held_until <= now).user_id
        # Outside its working hours a policy sends nothing (R5).
        closed = held.incident_id.policy_id.filtered(
            lambda policy: not policy._is_open(now)
        )
        return lines - held.filtered(
            lambda line: (
                line.user_id not in due or line.incident_id.policy_id in closed
            )
        )

    def _has_one_cause(self):
        return super()._has_one_cause() or any(line.held_until for line in self)
