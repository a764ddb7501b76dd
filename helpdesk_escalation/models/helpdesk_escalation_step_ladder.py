from odoo import api, models

from .groups import MANAGER_GROUP
from .helpdesk_escalation_step import MINUTES_PER_YEAR

# What new steps propose, one after the other: whom, after how many minutes, and how.
LADDER = (
    ("responsible", 10, "activity"),
    ("team_leader", 30, "email"),
    ("parent_team_leader", 60, "email"),
    ("group", 120, "email"),
    ("user", 240, "email"),
)


class HelpdeskEscalationStep(models.Model):
    """A new step in a policy's form proposes the next rung, not the same again."""

    _inherit = "helpdesk.escalation.step"

    @api.onchange("policy_id")
    def _onchange_policy_id(self):
        if self._origin:
            return
        others = self.policy_id.step_ids - self
        recipients = [recipient for recipient, _delay, _channel in LADDER]
        reached = max(
            (
                recipients.index(step.recipient)
                for step in others
                if step.recipient in recipients
            ),
            default=-1,
        )
        last_delay = max(others.mapped("delay"), default=-1)
        recipient, delay, channel = LADDER[min(reached + 1, len(LADDER) - 1)]
        if delay <= last_delay:
            delay = min(2 * last_delay or delay, MINUTES_PER_YEAR)
        self.recipient = recipient
        self.delay = delay
        self.channel = channel
        if recipient == "group":
            self.group_id = self.env.ref(MANAGER_GROUP, raise_if_not_found=False)
