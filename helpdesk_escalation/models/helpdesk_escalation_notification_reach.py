from odoo import fields, models


class HelpdeskEscalationNotification(models.Model):
    """R7: whom a notification was for may be replaced, or leave us."""

    _inherit = "helpdesk.escalation.notification"

    received_as = fields.Selection(
        selection=[
            ("responsible", "New responsible"),
            ("team_leader", "New team leader"),
            ("parent_team_leader", "New leader of the parent team"),
            ("member", "Member of the new team"),
        ],
        readonly=True,
        help="What the person became when the ticket changed hands, and was therefore "
        "notified.",
    )
    is_replaced = fields.Boolean(
        readonly=True,
        help="Somebody else has taken the person's place since, so that they count as "
        "notified no more.",
    )

    def _get_role(self):
        """Say as what the person was notified, such as the team's leader.

        What a step did beside is a line too, and nobody's.
        """
        self.ensure_one()
        if self.channel not in self._get_channels():
            return False
        return self.received_as or self.step_id.recipient

    def _get_channels(self):
        """Return the channels by which people are notified."""
        channels = self.env["helpdesk.escalation.step"]._fields["channel"]
        return channels.get_values(self.env)

    def _has_one_cause(self):
        """Whether a change of hands is what they tell of: one mail for all (R6)."""
        return any(line.received_as for line in self)

    def _filtered_still_here(self):
        """Keep those whose person can still be notified of the ticket at all."""
        return self.filtered(lambda line: not line._get_obstacle("activity"))

    def _cancel_for_leavers(self):
        """Cancel mails to people who have left, and pass on where they were the last.

        What was sent and did not arrive is not tried by another way either (R7).
        """
        if not self:
            return
        self.write({"state": "cancelled", "reason": self.env._("The person has left.")})
        active = self.incident_id.filtered(lambda one: one.state == "active")
        for speaking in active._in_company_terms():
            for incident in speaking:
                incident._pass_on_if_alone()
