from odoo import fields, models


class HelpdeskEscalationPolicy(models.Model):
    _inherit = "helpdesk.escalation.policy"

    personal_rules = fields.Selection(
        selection=[
            ("all", "Any channel"),
            ("steps", "Channels of the steps"),
            ("none", "Not applied"),
        ],
        required=True,
        default="all",
        help="Which channels people may choose for themselves in their preferences. "
        "Any channel: all there are. Channels of the steps: those that a step of this "
        "policy uses. Not applied: people are notified as the steps say, whatever they "
        "have set.",
    )

    def _allows_personal(self, channel):
        """Whether a person may be notified by a channel of their own choice.

        :param str channel: may be one whose add-on is gone
        """
        if not self or self.personal_rules == "none":
            return False
        if self.personal_rules == "steps":
            return channel in self.step_ids.mapped("channel")
        return channel in self.env["helpdesk.escalation.notification"]._get_channels()

    def _is_open(self, moment):
        """Whether a moment is within the policy's working hours (R5)."""
        hours = self.calendar_id._escalation_working_time(self.company_id)
        return hours.is_open(moment)
