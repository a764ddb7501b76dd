"""R9: a person who would get a pile of mails in one run gets one list."""

import re
from unittest.mock import patch

from odoo.addons.base.models.ir_cron import IrCron

from ..support.common import EscalationCommon

ENGINE = "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_engine_batch"


class TestDigest(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.step_ids.sorted()[0].channel = "email"

    def _lines(self, tickets):
        return self.notifications.search([("ticket_id", "in", tickets.ids)])

    def _mails(self, tickets):
        return self._lines(tickets).sudo().mail_id

    def _tickets(self, count, minute=0):
        return self.env["helpdesk.ticket"].union(
            *(self._new_ticket(minute=minute - number) for number in range(count))
        )

    def test_five_mails_are_five(self):
        tickets = self._tickets(5)
        self._run(11)
        self.assertEqual(len(self._mails(tickets)), 5)

    def test_six_become_one_with_a_button_for_each(self):
        tickets = self._tickets(6)
        self._run(11)
        mail = self._mails(tickets)
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.subject, "6 tickets are waiting for an answer")
        self.assertEqual(mail.recipient_ids, self.agent.partner_id)
        self.assertEqual(mail.mail_message_id.partner_ids, self.agent.partner_id)
        links = re.findall(r'href="([^"]*/confirm/[^"]*)"', mail.body_html)
        self.assertEqual(len(set(links)), 6)
        shown = re.findall(r"HT\d+", mail.body_html)
        oldest_first = tickets.sorted("create_date").mapped("number")
        self.assertEqual(shown, oldest_first)
        self.assertNotIn("/confirm/", mail.mail_message_id.body)

    def test_each_person_has_a_pile_of_their_own(self):
        mine = self._tickets(6)
        theirs = self._new_ticket(user_id=self.leader.id)
        self._run(11)
        self.assertEqual(len(self._mails(mine)), 1)
        self.assertIn("Waiting ", self._mails(theirs).subject)

    def test_a_digest_goes_out_while_one_of_its_tickets_waits(self):
        tickets = self._tickets(6)
        self._run(11)
        mail = self._mails(tickets)
        self._incident(tickets[0])._confirm(self.leader, "dashboard")
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(self._incident(tickets[0]).notification_ids.state, "cancelled")
        for ticket in tickets[1:]:
            self._incident(ticket)._confirm(self.leader, "dashboard")
        self._assert_not_sent(mail)

    def test_a_digest_whose_first_ticket_is_taken_is_sent(self):
        tickets = self._tickets(6)
        self._run(11)
        self._incident(tickets[0])._confirm(self.leader, "dashboard")
        self.assertEqual(self._send_mails(), 1)

    def test_a_digest_that_is_sent_is_noted_for_all(self):
        tickets = self._tickets(6)
        self._run(11)
        self._mails(tickets).state = "sent"
        self._run(12)
        lines = self._lines(tickets)
        self.assertEqual(set(lines.mapped("state")), {"sent"})

    def test_a_digest_that_fails_becomes_a_notification_each(self):
        tickets = self._tickets(6)
        self._run(11)
        for minute in (12, 13, 14):
            mail = self._mails(tickets)
            mail.state = "exception"
            self._run(minute)
        for ticket in tickets:
            self.assertEqual(self._told(ticket)[1:], [(self.agent, "activity")])
            self.assertTrue(self._incident(ticket).mail_failed)

    def _run_out_of_time(self, minute):
        """Let the job run when Odoo has no time left for it: it does a few tickets."""
        self.env.flush_all()
        with (
            patch(f"{ENGINE}.BATCH_SIZE", 3),
            patch(f"{ENGINE}.RUN_SECONDS", 0),
            patch.object(IrCron, "_commit_progress", return_value=0),
            self._at(minute),
        ):
            self.env["helpdesk.escalation.engine"]._cron_escalate()
        self.env.invalidate_all()

    def test_a_flood_that_takes_several_runs_is_one_list(self):
        tickets = self._tickets(7, minute=-12)
        for told in (3, 6):
            self._run_out_of_time(2)
            self.assertEqual(len(self._lines(tickets)), told)
            self.assertFalse(self._mails(tickets), "there is more to come")
        self._run_out_of_time(2)
        mail = self._mails(tickets)
        self.assertEqual(mail.subject, "7 tickets are waiting for an answer")

    def test_nobody_waits_for_long_for_the_end_of_a_flood(self):
        tickets = self._tickets(10, minute=-12)
        for minute in (1, 4):
            self._run_out_of_time(minute)
            self.assertFalse(self._mails(tickets))
        self._run_out_of_time(6)
        mail = self._mails(tickets)
        self.assertEqual(mail.subject, "9 tickets are waiting for an answer")
