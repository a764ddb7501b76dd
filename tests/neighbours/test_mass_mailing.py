"""mass_mailing: what is sent to many answers nobody, and who replies waits."""

from ..support.common import EscalationCommon
from ..support.incoming import IncomingMail


class TestMassMailing(IncomingMail, EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailing = cls.env["mailing.mailing"].create(
            {
                "subject": "Our new printers",
                "body_html": "<p>They do not burn.</p>",
                "mailing_model_id": cls.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": [("id", "=", cls.client.id)],
                "reply_to_mode": "new",
                "reply_to": cls.address,
                "keep_archives": True,
            }
        )

    def _send(self):
        with self.mock_mail_gateway():
            self.mailing.action_send_mail()
        return self.mailing.mailing_trace_ids

    def test_a_mailing_is_no_answer_to_its_receivers(self):
        ticket = self._new_ticket()
        self._send()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_a_reply_opens_a_ticket_that_waits(self):
        trace = self._send()
        message = self._receive(
            self._raw(
                self.client.email_formatted,
                References=trace.message_id,
                In_Reply_To=trace.message_id,
            )
        )
        self.assertEqual(message.model, "helpdesk.ticket")
        self.assertEqual(trace.trace_status, "reply")
        ticket = self.env["helpdesk.ticket"].browse(message.res_id)
        ticket.user_id = self.agent
        self._date(ticket, 0)
        self._date(message, 0)
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_an_absence_note_to_a_mailing_waits_for_nobody(self):
        trace = self._send()
        message = self._receive(
            self._raw(
                self.client.email_formatted,
                References=trace.message_id,
                Auto_Submitted="auto-replied",
            )
        )
        ticket = self.env["helpdesk.ticket"].browse(message.res_id)
        self.assertFalse(ticket.escalation_waiting_since)
