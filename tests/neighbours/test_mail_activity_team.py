"""mail_activity_team: activities belong to teams."""

from odoo import Command

from ..support.common import EscalationCommon


class TestMailActivityTeam(EscalationCommon):
    def test_a_notification_has_its_person_beside_teams_of_activities(self):
        self.env["mail.activity.team"].create(
            {"name": "Others", "member_ids": [Command.set(self.director.ids)]}
        )
        ticket = self._new_ticket()
        self._run(10)
        self.assertEqual(ticket.activity_ids.user_id, self.agent)
