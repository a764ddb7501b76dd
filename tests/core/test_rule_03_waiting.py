"""R3 and R4: who waits, since when, and from when the policy counts."""

from datetime import timedelta

from ..support.common import EscalationCommon


class TestWaiting(EscalationCommon):
    def _since(self, ticket):
        """The minute since which the client waits."""
        self.env.flush_all()
        self.env.invalidate_all()
        since = ticket.escalation_waiting_since
        clock = self.env["helpdesk.escalation.clock"].browse(ticket.id)
        self.assertEqual(clock.is_waiting, bool(since))
        return since and (since - self.t0) / timedelta(minutes=1)

    def _close(self, ticket, minute):
        done = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        with self._at(minute):
            ticket.stage_id = done
            self.env.flush_all()

    def _reopen(self, ticket, minute):
        with self._at(minute):
            ticket.stage_id = self.env.ref(
                "helpdesk_mgmt.helpdesk_ticket_stage_in_progress"
            )
            self.env.flush_all()

    def test_a_new_ticket_is_the_clients_first_word(self):
        self.assertEqual(self._since(self._new_ticket(minute=3)), 3)

    def test_an_answer_ends_the_wait_and_the_next_word_starts_another(self):
        ticket = self._new_ticket()
        self._staff_answers(ticket, 5)
        self.assertFalse(self._since(ticket))
        self._client_writes(ticket, 20)
        self._client_writes(ticket, 30)
        self.assertEqual(self._since(ticket), 20)

    def test_an_internal_note_is_no_answer(self):
        ticket = self._new_ticket()
        note = ticket.with_user(self.agent).message_post(body="To the boss: help!")
        self._date(note.sudo(), 5)
        self.assertEqual(self._since(ticket), 0)

    def test_two_words_at_the_same_moment_count_in_their_order(self):
        ticket = self._new_ticket()
        self._client_writes(ticket, 5)
        self._staff_answers(ticket, 5)
        self.assertFalse(self._since(ticket))
        self._client_writes(ticket, 5)
        self.assertEqual(self._since(ticket), 5)

    def test_closed_archived_and_duplicate_tickets_do_not_wait(self):
        closed, archived, duplicate = (self._new_ticket() for _ in range(3))
        self._close(closed, 5)
        archived.active = False
        duplicate.duplicate_id = closed
        for ticket in (closed, archived, duplicate):
            self.assertFalse(self._since(ticket))

    def test_a_reopened_ticket_waits_from_the_moment_it_came_back(self):
        ticket = self._new_ticket()
        self._close(ticket, 5)
        self._reopen(ticket, 8)
        self.assertEqual(self._since(ticket), 8, "a closing undone answers nobody")
        self._client_writes(ticket, 9)
        self.assertEqual(self._since(ticket), 8)

    def test_a_reopened_ticket_that_was_answered_does_not_wait(self):
        ticket = self._new_ticket()
        self._staff_answers(ticket, 4)
        self._close(ticket, 5)
        self._reopen(ticket, 8)
        self.assertFalse(self._since(ticket))
        self._client_writes(ticket, 9)
        self.assertEqual(self._since(ticket), 9)

    def test_a_word_to_a_closed_ticket_waits_at_once_and_when_it_is_reopened(self):
        ticket = self._new_ticket()
        self._close(ticket, 5)
        self._client_writes(ticket, 7)
        self.assertEqual(self._since(ticket), 7)
        self._reopen(ticket, 8)
        self.assertEqual(self._since(ticket), 7)


class TestAnchor(EscalationCommon):
    def _anchor(self, ticket, count_from):
        """The minute from which a policy counts."""
        self.policy.count_from = count_from
        self.env.flush_all()
        self.env.invalidate_all()
        anchor = self.env["helpdesk.escalation.clock"].browse(ticket.id).anchor_date
        return anchor and (anchor - self.t0) / timedelta(minutes=1)

    def test_the_three_ways_to_count(self):
        ticket = self._new_ticket(minute=0)
        self._staff_answers(ticket, 5)
        self._client_writes(ticket, 20)
        self._client_writes(ticket, 30)
        self.assertEqual(self._anchor(ticket, "client_last"), 30)
        self.assertEqual(self._anchor(ticket, "client_first"), 20)
        self.assertEqual(self._anchor(ticket, "unresolved"), 0)

    def test_an_answered_ticket_counts_only_for_unresolved(self):
        ticket = self._new_ticket(minute=0)
        self._client_writes(ticket, 2)
        self._staff_answers(ticket, 5)
        self.assertFalse(self._anchor(ticket, "client_last"))
        self.assertFalse(self._anchor(ticket, "client_first"))
        self.assertEqual(self._anchor(ticket, "unresolved"), 0)

    def test_unresolved_counts_until_the_closing_and_anew_when_it_is_undone(self):
        ticket = self._new_ticket(minute=0)
        self._staff_answers(ticket, 2)
        with self._at(10):
            ticket.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
            self.env.flush_all()
        self.assertFalse(self._anchor(ticket, "unresolved"))
        with self._at(12):
            ticket.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_new")
            self.env.flush_all()
        self.assertEqual(self._anchor(ticket, "unresolved"), 12)
        self._client_writes(ticket, 15)
        self.assertEqual(self._anchor(ticket, "unresolved"), 12)

    def test_a_reopened_ticket_counts_from_when_it_came_back_and_later_words(self):
        ticket = self._new_ticket(minute=0)
        self._client_writes(ticket, 2)
        with self._at(5):
            ticket.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
            self.env.flush_all()
        self._run(40)
        with self._at(50):
            ticket.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_new")
            self.env.flush_all()
        for count_from in ("client_last", "client_first"):
            self.assertEqual(self._anchor(ticket, count_from), 50)
        self._run(59)
        self.assertFalse(self.incidents.search([("ticket_id", "=", ticket.id)]))
        self._client_writes(ticket, 61)
        self._client_writes(ticket, 62)
        self.assertEqual(self._anchor(ticket, "client_last"), 62)
        self.assertEqual(self._anchor(ticket, "client_first"), 50)

    def test_who_writes_again_postpones_an_incident_only_before_it_opens(self):
        ticket = self._new_ticket(minute=0)
        self._client_writes(ticket, 8)
        self._run(11)
        self.assertFalse(self._told(ticket), "counted from the last message")
        self._run(18)
        self.assertEqual(len(self._told(ticket)), 1)
        self._client_writes(ticket, 20)
        self._run(38)
        self.assertEqual(
            self._told(ticket)[1:],
            [(self.leader, "email")],
            "the anchor of an open incident is frozen",
        )

    def test_unresolved_does_not_care_for_answers(self):
        self.policy.count_from = "unresolved"
        ticket = self._new_ticket(minute=0)
        self._staff_answers(ticket, 5)
        self._run(11)
        self._staff_answers(ticket, 15)
        self._run(31)
        self.assertEqual(len(self._told(ticket)), 2)
        self.assertEqual(self._incident(ticket).state, "active")
