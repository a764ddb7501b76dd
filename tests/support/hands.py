"""What the tests of changing hands share."""

from odoo import Command

from .common import TEAM, USER, EscalationCommon


class HandsCommon(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expert = cls._new_user("esc_expert", TEAM)
        cls.chief = cls._new_user("esc_chief", USER)
        cls.experts = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Experts",
                "user_id": cls.chief.id,
                "user_ids": [Command.set((cls.expert + cls.chief).ids)],
                "escalation_policy_id": cls.policy.id,
            }
        )

    def _move(self, ticket, team=None, user=None, by=None):
        team = team or self.experts
        values = {"team_id": team.id, "user_id": user.id if user else False}
        ticket.with_user(by or self.manager).write(values)

    def _plates(self, ticket):
        """Who has an activity of the escalation."""
        ticket.invalidate_recordset()
        return ticket.activity_ids.user_id
