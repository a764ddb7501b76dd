"""The waits of the past are those that the clock and the run would have found."""

import random
from datetime import timedelta

from ..support.history import HistoryCommon


class TestOrder(HistoryCommon):
    """Which of two words is later is told by their ids, as in the clock (R3)."""

    def test_an_answer_counts_though_the_clock_was_set_back(self):
        ticket = self._new_ticket(-180)
        self._client_writes(ticket, 0)
        self._staff_answers(ticket, -60)
        (wait,) = self._waits(ticket)
        self.assertTrue(wait.answered)
        self.assertEqual(wait.end, max(wait.messages), "not before its messages")
        self.assertFalse(self._still_waits(ticket))

    def test_a_word_after_the_answer_is_heard_though_the_clock_was_set_back(self):
        ticket = self._new_ticket(-180)
        self._staff_answers(ticket, 0)
        word = self._client_writes(ticket, -60)
        self.assertEqual(self._still_waits(ticket), word.create_date)
        self.assertEqual(self._still_waits(ticket), self._clock_says(ticket))

    def test_what_still_waits_is_what_the_clock_says(self):
        """Random words, with a server's clock that jumps."""
        dice = random.Random(3)
        pause = self.env["helpdesk.ticket.stage"].create({"name": "With the client"})
        self.policy.pause_stage_ids = pause
        waiting = 0
        for _turn in range(12):
            ticket = self._new_ticket(-500)
            first = ticket.stage_id
            for _word in range(dice.randrange(6)):
                minute = dice.randrange(-400, 0)
                what = dice.choice(("client", "client", "staff", "waiver", "pause"))
                if what == "client":
                    self._client_writes(ticket, minute)
                elif what == "staff":
                    self._staff_answers(ticket, minute)
                elif what == "waiver":
                    known = ticket.message_ids
                    ticket.with_user(self.agent).action_escalation_no_answer_needed()
                    self._date(ticket.message_ids - known, minute)
                else:
                    self._move(ticket, pause, minute)
                    self._move(ticket, first, minute)
            self.assertEqual(self._still_waits(ticket), self._clock_says(ticket))
            waiting += bool(self._clock_says(ticket))
        self.assertIn(waiting, range(2, 12), "of both kinds")

    def test_a_closing_settles_what_was_said_before_it_until_it_is_undone(self):
        done = self.env["helpdesk.ticket.stage"].create({"name": "D", "closed": True})
        ticket = self._new_ticket(-180)
        first = ticket.stage_id
        self._client_writes(ticket, -100)
        self._move(ticket, done, -90)
        self.assertFalse(self._still_waits(ticket))
        self.assertFalse(self._clock_says(ticket))
        self._move(ticket, first, -80)
        back = self.t0 - timedelta(minutes=80)
        self.assertEqual(self._still_waits(ticket), back)
        self.assertEqual(self._clock_says(ticket), back)
        self._client_writes(ticket, -70)
        self.assertEqual(self._still_waits(ticket), back)
        self.assertEqual(self._clock_says(ticket), back)
        self._move(ticket, done, -60)
        minute = timedelta(minutes=1)
        ends = [(wait.end - self.t0) / minute for wait in self._waits(ticket)]
        self.assertEqual(ends, [-90, -60])

    def test_a_ticket_that_was_created_in_a_pause_waits_for_nobody(self):
        pause = self.env["helpdesk.ticket.stage"].create({"name": "With the client"})
        self.policy.pause_stage_ids = pause
        ticket = self._new_ticket(-180, stage_id=pause.id)
        self.assertFalse(self._still_waits(ticket))
        self.assertFalse(self._clock_says(ticket))
        word = self._client_writes(ticket, -70)
        self.assertEqual(self._still_waits(ticket), word.create_date)
        self.assertEqual(self._clock_says(ticket), word.create_date)


class TestWhose(HistoryCommon):
    """Of which tickets the past is looked at (R1)."""

    def _tried_on(self, policy=None):
        policy = policy or self.policy
        self.env.flush_all()
        found = self.env["helpdesk.escalation.history"]._find_tickets_on(
            self.team, policy
        )
        return self.env["helpdesk.ticket"].browse(found)

    def test_tickets_of_the_team_and_of_those_below(self):
        below = self.team.create({"name": "Below", "parent_id": self.team.id})
        beside = self.team.create({"name": "Beside"})
        own, lower = self._new_ticket(), self._new_ticket(team_id=below.id)
        self._new_ticket(team_id=beside.id)
        self._new_ticket(team_id=False)
        self.assertEqual(self._tried_on(), own + lower)

    def test_a_policy_of_a_company_is_not_tried_on_anothers_tickets(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.team.company_id = False
        here = self._new_ticket()
        there = self._new_ticket(company_id=company.id, user_id=False)
        everywhere = self.policy.copy({"company_id": False})
        self.assertEqual(self._tried_on(everywhere), here + there)
        policy = self.policy.copy({"company_id": self.env.company.id})
        self.assertEqual(self._tried_on(policy), here)

    def test_a_manager_tries_it_on_the_tickets_of_their_companies(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.team.company_id = False
        here = self._new_ticket()
        self._new_ticket(company_id=company.id, user_id=False)
        history = self.env["helpdesk.escalation.history"].with_user(self.manager)
        self.assertEqual(
            history._find_tickets_on(self.team, self.policy.with_user(self.manager)),
            here.ids,
        )
