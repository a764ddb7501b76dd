from odoo import fields, models

from .helpdesk_escalation_incident_fire import ROLES


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

    made_change = fields.Boolean(
        string="Made the Change",
        readonly=True,
        help="The person made the change themselves. If they took the ticket, they "
        "count as notified.",
    )

    def _get_role(self):
        """Say as what the person was notified, such as the team's leader.

        Where no step says so, by the place that they held when the incident last acted:
        as the fallback after a step, or by what is no step. What a step did beside is a
        line too, and nobody's.
        """
        self.ensure_one()
        if self.channel not in self._get_channels():
            return False
        if self.received_as or (self.step_id and not self.is_fallback):
            return self.received_as or self.step_id.recipient
        incident = self.incident_id
        if self.is_fallback and self.user_id == incident.policy_id.fallback_user_id:
            return False
        people = self.user_id | self.substituted_user_id
        for role in ("team_leader",) if self.is_fallback else ROLES:
            if incident[f"acted_{role}_id"] & people:
                return role
        return False

    def _is_there(self):
        """Whether anybody is notified by it, or has taken the ticket (R7)."""
        return self._is_live() or (
            self._is_held() and not self._get_obstacle("activity")
        )

    def _is_held(self):
        """Whether the person has taken the ticket themselves, and has it still."""
        self.ensure_one()
        return bool(
            self.made_change
            and self.received_as
            and not self.is_replaced
            and self.round >= self.incident_id.live_round
        )

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
