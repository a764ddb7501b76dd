"""R11: a ticket that is closed while its client waits ends, and is counted, as such."""

from ..support.closing import ClosingCommon


class TestClosedWhileWaiting(ClosingCommon):
    def _resolution(self, ticket):
        return self._incident(ticket).resolution

    def _break_fast_path(self):
        """Let only the run find what has happened."""
        self.patch(
            type(self.env["helpdesk.escalation.engine"]),
            "_resolve_now",
            lambda engine, ticket_ids, speaker=None: None,
        )

    def test_closed_by_hand(self):
        ticket = self._escalated()
        self._close(ticket)
        self.assertEqual(self._resolution(ticket), "closed_waiting")
        self.assertFalse(ticket.activity_ids)
        self.assertIn(
            "Escalation ended: closed while the client waited.", self._notes(ticket)
        )

    def test_closed_by_another_module(self):
        """As helpdesk_ticket_close_inactive does, in the name of the system."""
        ticket = self._escalated()
        with self._at(20):
            ticket.sudo().write({"stage_id": self.done.id})
        self.assertEqual(self._resolution(ticket), "closed_waiting")

    def test_closed_while_somebody_is_on_it(self):
        ticket = self._escalated()
        self._incident(ticket)._confirm(self.leader, "ticket")
        self._close(ticket)
        self.assertEqual(self._resolution(ticket), "closed_waiting")

    def test_found_by_the_run(self):
        self._break_fast_path()
        ticket = self._escalated()
        self._close(ticket)
        self._run(21)
        self.assertEqual(self._resolution(ticket), "closed_waiting")

    def test_found_by_the_run_once_it_is_open_again(self):
        self._break_fast_path()
        ticket = self._escalated()
        self._close(ticket)
        ticket.stage_id = self.new
        self._run(22)
        self.assertEqual(self._resolution(ticket), "closed_waiting")

    def test_a_stage_becomes_a_closed_one(self):
        ticket = self._escalated()
        ticket.stage_id.closed = True
        self._run(21)
        self.assertEqual(self._resolution(ticket), "closed_waiting")

    def test_answered_and_then_closed_is_closed(self):
        self._break_fast_path()
        ticket = self._escalated()
        self._staff_answers(ticket, 15)
        self._close(ticket)
        self._run(21)
        self.assertEqual(self._resolution(ticket), "closed")

    def test_waived_and_then_closed_is_closed(self):
        self._break_fast_path()
        ticket = self._escalated()
        ticket.with_user(self.agent).action_escalation_no_answer_needed()
        self._close(ticket)
        self._run(21)
        self.assertEqual(self._resolution(ticket), "closed")

    def test_under_unresolved_it_depends_on_the_last_word(self):
        self.policy.count_from = "unresolved"
        unanswered, answered, asked_again = (self._new_ticket() for _one in range(3))
        self._run(11)
        for ticket in (answered, asked_again):
            self._staff_answers(ticket, 12)
        self._client_writes(asked_again, 13)
        for ticket in (unanswered, answered, asked_again):
            self._close(ticket)
        self.assertEqual(self._resolution(unanswered), "closed_waiting")
        self.assertEqual(self._resolution(answered), "closed")
        self.assertEqual(self._resolution(asked_again), "closed_waiting")

    def test_a_client_who_closes_it_themselves_waits_no_longer(self):
        portal = self._new_user(
            "esc_portal", "base.group_portal", partner_id=self.client.id
        )
        colleague = self._new_user(
            "esc_portal_colleague",
            "base.group_portal",
            partner_id=self.env["res.partner"]
            .create({"name": "Carl", "parent_id": self.client_company.id})
            .id,
        )
        stranger = self._new_user("esc_portal_stranger", "base.group_portal")
        for user, resolution in (
            (portal, "closed"),
            (colleague, "closed"),
            (stranger, "closed_waiting"),
        ):
            with self.subTest(user.login):
                ticket = self._escalated()
                self._close(ticket, user=user)
                self.assertEqual(self._resolution(ticket), resolution)
