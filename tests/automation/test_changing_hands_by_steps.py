"""Steps that move or assign a ticket change hands (R6)."""

from odoo import Command

from ..support.common import TEAM
from ..support.hands import HandsCommon


class TestStepsThatMoveOrAssign(HandsCommon):
    def test_what_a_step_does_beside_notifies_nobody_who_takes_its_place(self):
        first = self.policy.step_ids.sorted()[0]
        first.write({"raise_priority": "3", "channel": "email"})
        ticket = self._new_ticket()
        self._run(11)
        ticket.with_user(self.manager).user_id = self.leader
        self._run(12)
        told = self.notifications.search(
            [("ticket_id", "=", ticket.id), ("user_id", "=", self.leader.id)]
        )
        self.assertEqual(told.mapped("channel"), ["email"])

    def test_whoever_gets_a_ticket_by_a_step_is_notified(self):
        colleague = self._new_user("esc_colleague", TEAM)
        self.team.user_ids += colleague
        self.policy.step_ids.sorted()[1].write(
            {"assign_to": "user", "assign_user_id": colleague.id}
        )
        ticket = self._new_ticket()
        self._run(31)
        self.assertEqual(ticket.user_id, colleague)
        self.assertIn((colleague, "activity"), self._told(ticket))
        self._run(32)
        self.assertEqual(
            self._told(ticket).count((colleague, "activity")), 1, "and only once"
        )
        self.assertEqual(self._plates(ticket), colleague)

    def test_the_team_a_step_moves_to_is_notified(self):
        self.policy.step_ids.sorted()[1].write(
            {"move_to": "team", "move_team_id": self.experts.id}
        )
        ticket = self._new_ticket()
        self._run(31)
        self.assertEqual(ticket.team_id, self.experts)
        self.assertIn((self.chief, "email"), self._told(ticket))
        self._run(32)
        self.assertEqual(self._incident(ticket).round, 2)
        self.assertEqual(self._told(ticket).count((self.chief, "email")), 1)

    def test_two_policies_that_move_to_each_others_team_do_not_loop(self):
        self.policy.step_ids.sorted()[1].write(
            {"move_to": "team", "move_team_id": self.experts.id}
        )
        self.experts.escalation_policy_id = self._new_policy(
            "Back",
            {"delay": 5, "move_to": "team", "move_team_id": self.team.id},
            {
                "delay": 90,
                "recipient": "user",
                "user_ids": [Command.set(self.director.ids)],
                "channel": "email",
            },
        )
        ticket = self._new_ticket()
        for minute in range(30, 70, 5):
            self._run(minute)
        moves = self.notifications.search(
            [("ticket_id", "=", ticket.id), ("action", "=", "move")]
        )
        self.assertEqual(moves.mapped("state"), ["sent", "sent"])
        self.assertEqual(ticket.team_id, self.team)
        self.assertIn((self.director, "email"), self._told(ticket))
