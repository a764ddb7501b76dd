"""Merged tickets: nobody who waits is forgotten, and a merge is no answer."""

from odoo import Command

from ..support.common import EscalationCommon


class TestMerge(EscalationCommon):
    def _merge(self, tickets, target=None):
        wizards = self.env["helpdesk.ticket.merge"]
        wizard = wizards.with_context(active_ids=tickets.ids).create(
            {
                "ticket_ids": [Command.set(tickets.ids)],
                "user_id": self.agent.id,
                "dst_ticket_id": target.id if target else False,
                "create_new_ticket": not target,
                "dst_ticket_name": "Both together",
                "dst_helpdesk_team_id": self.team.id,
            }
        )
        wizard.merge_tickets()
        self.env.flush_all()
        self.env.invalidate_all()
        return wizard.dst_ticket_id

    def _since(self, ticket):
        waiting_since = ticket.escalation_waiting_since
        return waiting_since and (waiting_since - self.t0).total_seconds() / 60

    def test_a_merge_is_no_answer(self):
        one, other = self._new_ticket(0), self._new_ticket(2)
        self._merge(one + other, one)
        self.assertEqual(self._since(one), 0)
        self._run(10)
        self.assertEqual(self._told(one), [(self.agent, "activity")])

    def test_who_waits_by_the_creation_goes_on_waiting_on_an_answered_ticket(self):
        answered, waiting = self._new_ticket(0), self._new_ticket(1)
        self._staff_answers(answered, 2)
        self.assertFalse(self._since(answered))
        self._merge(answered + waiting, answered)
        self.assertEqual(self._since(answered), 1)
        self._run(11)
        self.assertEqual(self._told(answered), [(self.agent, "activity")])

    def test_an_answer_there_does_not_answer_what_was_asked_here(self):
        answered, waiting = self._new_ticket(0), self._new_ticket(0)
        self._staff_answers(waiting, 1)
        self._client_writes(waiting, 2)
        self._client_writes(answered, 3)
        self._staff_answers(answered, 4)
        self._merge(answered + waiting, answered)
        self.assertEqual(self._since(answered), 2)
        last = answered.message_ids.filtered(
            lambda message: message.escalation_party == "client"
        )[:1]
        self.assertEqual(last.author_id, self.client)
        self.assertTrue(last.is_internal)

    def test_the_oldest_wait_goes_on_in_a_new_ticket(self):
        one, other = self._new_ticket(0), self._new_ticket(5)
        new = self._merge(one + other)
        self.assertEqual(self._since(new), 0)
        self._run(10)
        self.assertEqual(self._told(new), [(self.agent, "activity")])

    def test_what_the_client_wrote_later_counts_there_as_it_did_here(self):
        one, other = self._new_ticket(0), self._new_ticket(7)
        self._client_writes(one, 6)
        new = self._merge(one + other)
        self._run(15)
        self.assertFalse(self._told(new), "the policy counts from the last message")
        self._run(16)
        self.assertEqual(self._told(new), [(self.agent, "activity")])

    def test_nobody_waits_on_a_new_ticket_of_answered_ones(self):
        one, other = self._new_ticket(0), self._new_ticket(5)
        self._staff_answers(one, 6)
        self._staff_answers(other, 6)
        new = self._merge(one + other)
        self.assertFalse(new.escalation_waiting_since)
        self._run(60)
        self.assertFalse(self._told(new))
        self._client_writes(new, 70)
        self.assertEqual(self._since(new), 70)

    def test_an_alarm_goes_on_where_it_was(self):
        one, other = self._new_ticket(0), self._new_ticket(0)
        self._run(10)
        self._merge(one + other, one)
        self._run(31)
        self.assertEqual(self._incident(other).resolution, "archived")
        self.assertEqual(self._incident(one).state, "active")
        self.assertEqual(self._told(one)[1:], [(self.leader, "email")])
