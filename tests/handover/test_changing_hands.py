"""R6: who received a handover lets go of it where others have the ticket."""

from odoo import Command

from ..support.common import TEAM
from ..support.handover import HandoverCommon


class TestHandoverChangesHands(HandoverCommon):
    def _plates(self):
        self.ticket.invalidate_recordset()
        return self.ticket.activity_ids.user_id

    def _hand_over(self, **values):
        self._escalate(minute=1, to_team_id=self.upper.id, hand_over=True, **values)
        self._run(2)

    def test_another_member_becomes_responsible(self):
        other = self._new_user("esc_other", TEAM)
        self.upper.user_ids += other
        self._hand_over(to_user_id=self.expert.id)
        self.assertIn(self.expert, self._plates())
        self.ticket.with_user(self.manager).user_id = other
        self._run(3)
        self.assertNotIn(self.expert, self._plates())
        self.assertIn(other, self._plates())

    def test_it_goes_on_to_a_third_team(self):
        third = self.upper.copy(
            {
                "name": "Makers",
                "user_id": self.leader.id,
                "user_ids": [Command.set(self.leader.ids)],
            }
        )
        self._hand_over(to_user_id=self.expert.id)
        self.ticket.with_user(self.manager).write(
            {"team_id": third.id, "user_id": self.leader.id}
        )
        self._run(3)
        self.assertNotIn(self.expert, self._plates())
        self.assertIn(self.leader, self._plates())

    def test_so_does_one_that_was_for_the_whole_team(self):
        self.upper.user_id = False
        third = self.upper.copy(
            {
                "name": "Makers",
                "user_id": self.leader.id,
                "user_ids": [Command.set(self.leader.ids)],
            }
        )
        self._hand_over(to_user_id=False)
        self.assertEqual(self._plates() & self.upper.user_ids, self.upper.user_ids)
        self.ticket.with_user(self.manager).write({"team_id": third.id})
        self._run(3)
        self.assertFalse(self._plates() & self.upper.user_ids)
        self.assertEqual(self._told(self.ticket)[2:], [(self.leader, "email")])
