"""R11: a ticket that is closed while its client waits ends, and is counted, as such."""

from ast import literal_eval

from lxml import etree

from odoo.fields import Domain

from ..support.common import EscalationCommon


class TestClosedWhileWaiting(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.done = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        cls.new = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_new")

    def _escalated(self, **values):
        ticket = self._new_ticket(**values)
        self._run(11)
        return ticket

    def _close(self, ticket, minute=20, user=None):
        with self._at(minute):
            ticket.with_user(user or self.agent).sudo().stage_id = self.done
            self.env.flush_all()
        self.env.invalidate_all()

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

    def test_they_can_be_listed(self):
        waiting, muted = self._new_ticket(), self._new_ticket()
        self._run(11)
        self._close(waiting)
        muted.escalation_muted = True
        for model in ("helpdesk.escalation.incident", "helpdesk.escalation.report"):
            with self.subTest(model):
                records = self.env[model].with_user(self.manager)
                arch = etree.fromstring(records.get_view(view_type="search")["arch"])
                (one,) = arch.xpath("//filter[@string='Closed While Waiting']")
                found = records.search(
                    Domain(literal_eval(one.get("domain")))
                    & Domain("ticket_id", "in", (waiting + muted).ids)
                )
                self.assertEqual(found.ticket_id, waiting)

    def test_they_are_counted(self):
        tickets = [self._new_ticket() for _one in range(3)]
        self._run(11)
        self._close(tickets[0])
        self._staff_answers(tickets[1], 12)
        self.env.flush_all()
        ((share,),) = self.env["helpdesk.escalation.report"]._read_group(
            [("ticket_id", "in", [ticket.id for ticket in tickets])],
            [],
            ["is_closed_waiting:avg"],
        )
        self.assertEqual(share, 1 / 2, "of those that have ended")
