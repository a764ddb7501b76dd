"""R6, R7: who takes an escalated ticket themselves holds it, and may let go of it."""

from datetime import timedelta

from odoo import Command

from ..support.common import TEAM
from ..support.hands import HandsCommon


class TestWhoTakesATicket(HandsCommon):
    """They are not notified of their own change, and yet it hangs on them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.step_ids.sorted()[1:].unlink()
        cls.policy.fallback_user_id = cls.director

    def _taken_by_the_leader(self):
        ticket = self._new_ticket()
        self._run(11)
        ticket.with_user(self.leader).assign_to_me()
        self._run(12)
        self.assertFalse(self._incident(ticket).nobody_reached)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        return ticket

    def _assert_passes_on(self, ticket):
        self._run(20)
        self._run(25)
        self.assertEqual(self._told(ticket)[1:], [(self.director, "activity")])

    def test_gives_it_up_again(self):
        ticket = self._taken_by_the_leader()
        ticket.with_user(self.leader).user_id = False
        self._assert_passes_on(ticket)

    def test_is_archived(self):
        ticket = self._taken_by_the_leader()
        self.team.user_id = False
        self.leader.active = False
        self._assert_passes_on(ticket)

    def test_goes_on_leave(self):
        self.policy.skip_on_leave = True
        ticket = self._taken_by_the_leader()
        self.leader.write(
            {
                "out_of_office_from": self.t0 + timedelta(minutes=15),
                "out_of_office_to": self.t0 + timedelta(days=15),
            }
        )
        self._assert_passes_on(ticket)

    def test_becomes_the_client(self):
        ticket = self._taken_by_the_leader()
        ticket.partner_id = self.leader.partner_id
        self._assert_passes_on(ticket)

    def test_moves_it_to_their_own_team_and_leaves(self):
        ticket = self._new_ticket()
        self._run(11)
        self._move(ticket, self.experts, self.chief, by=self.chief)
        self._run(12)
        self.experts.user_id = False
        self.chief.active = False
        self._assert_passes_on(ticket)

    def test_who_takes_it_back_by_hand_and_leaves(self):
        ticket = self._taken_by_the_leader()
        ticket.with_user(self.agent).user_id = self.agent
        self._run(13)
        self.assertFalse(self._incident(ticket).nobody_reached)
        self.agent.active = False
        self._assert_passes_on(ticket)

    def test_holds_it_and_nobody_is_alarmed(self):
        ticket = self._taken_by_the_leader()
        self._run(500)
        self.assertEqual(len(self._told(ticket)), 1)

    def test_who_is_given_it_by_somebody_else_afterwards_is_notified(self):
        ticket = self._taken_by_the_leader()
        ticket.with_user(self.manager).user_id = self.agent
        self._run(13)
        ticket.with_user(self.manager).user_id = self.leader
        self._run(14)
        self.assertEqual(
            self._told(ticket)[1:],
            [(self.agent, "activity"), (self.leader, "activity")],
        )

    def test_who_moves_it_to_nobody_is_asked_as_the_fallback(self):
        self.policy.fallback_user_id = self.manager
        empty = self.experts.copy({"user_id": False, "user_ids": [Command.clear()]})
        empty.escalation_policy_id = self.policy
        ticket = self._new_ticket()
        self._run(11)
        self._move(ticket, empty, by=self.manager)
        self._run(12)
        self.assertEqual(self._told(ticket)[1:], [(self.manager, "activity")])


class TestWhatElseIsDue(HandsCommon):
    """Whoever made the change is not notified of it; of what else is due, they are."""

    def test_a_step_that_names_who_moved_it(self):
        self.director.group_ids += self.env.ref("helpdesk_mgmt.group_helpdesk_user")
        ticket = self._new_ticket()
        self._run(31)
        self._move(ticket, user=self.expert, by=self.director)
        self._run(60)
        self.assertIn((self.director, "email"), self._told(ticket))

    def test_the_first_step_for_who_has_just_taken_it(self):
        first, _second, last = self.policy.step_ids.sorted()
        last.unlink()
        first.delay = 40
        ticket = self._new_ticket(user_id=False)
        self._run(31)
        ticket.with_user(self.agent).assign_to_me()
        self._run(40)
        self.assertEqual(self._told(ticket)[-1], (self.agent, "activity"))


class TestNotifiedBesideTheSteps(HandsCommon):
    """Whoever was notified by no step for their place lets go of the ticket as well."""

    def test_the_leader_as_the_fallback(self):
        self.policy.step_ids.sorted()[1:].unlink()
        ticket = self._new_ticket(user_id=False)
        self._run(11)
        self.assertEqual(self._plates(ticket), self.leader)
        self.team.with_user(self.manager).user_id = self.chief
        self._run(12)
        self.assertEqual(self._plates(ticket), self.chief)

    def test_the_leader_as_the_fallback_of_a_team_that_had_it(self):
        self.policy.step_ids.sorted()[1:].unlink()
        ticket = self._new_ticket(user_id=False)
        self._run(11)
        self._move(ticket, user=self.expert)
        self._run(12)
        self.assertEqual(self._plates(ticket), self.expert)

    def test_who_is_the_policys_fallback_by_name_stays(self):
        self.policy.step_ids.sorted()[1:].unlink()
        self.policy.fallback_user_id = self.leader
        ticket = self._new_ticket(user_id=False)
        self._run(11)
        self._move(ticket, user=self.expert)
        self._run(12)
        self.assertEqual(self._plates(ticket), self.leader + self.expert)

    def test_who_was_reminded_of_what_they_were_on(self):
        self.policy.confirm_expiry = 10
        ticket = self._new_ticket()
        self._run(11)
        self._incident(ticket)._confirm(self.agent, "ticket")
        self._incident(ticket).confirmed_date = self.t0 + timedelta(minutes=12)
        self._run(23)
        self.assertIn(self.agent, self._plates(ticket))
        self._move(ticket, user=self.expert)
        self._run(25)
        self.assertNotIn(self.agent, self._plates(ticket))

    def test_the_colleague_who_was_reminded_of_it(self):
        colleague = self._new_user("esc_colleague", TEAM)
        self.team.user_ids += colleague
        self.policy.confirm_expiry = 10
        ticket = self._new_ticket()
        self._run(11)
        self._incident(ticket)._confirm(colleague, "ticket")
        self._incident(ticket).confirmed_date = self.t0 + timedelta(minutes=12)
        self._run(23)
        self.assertIn(colleague, self._plates(ticket))
        self._move(ticket, user=self.expert)
        self._run(25)
        self.assertNotIn(colleague, self._plates(ticket))

    def test_the_colleague_to_whom_the_notification_was_handed_on(self):
        colleague = self._new_user("esc_colleague", TEAM)
        self.team.user_ids += colleague
        ticket = self._new_ticket()
        self._run(11)
        ticket.activity_ids.with_user(self.agent).user_id = colleague
        self._move(ticket, user=self.expert)
        self._run(12)
        self.assertEqual(self._plates(ticket), self.expert)
