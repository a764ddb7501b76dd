"""mail_tracking: who read a mail, and what bounced, is noted."""

from odoo import fields

from ..support.bounces import POSTFIX
from ..support.common import EscalationCommon
from ..support.incoming import IncomingMail


class TestMailTracking(IncomingMail, EscalationCommon):
    def test_the_mail_has_its_link_though_mails_are_tracked(self):
        """mail_tracking rewrites mails on their way out."""
        ticket = self._new_ticket()
        self._run(30)
        with self.mock_mail_gateway():
            self.env["mail.mail"].process_email_queue()
            bodies = [mail["body"] for mail in self._mails]
        (body,) = [one for one in bodies if "I'm on it" in one or "on it" in one]
        self.assertIn("/helpdesk_escalation/confirm", body)
        self.assertEqual(self._incident(ticket).state, "active")

    def test_a_mail_that_comes_back_falls_back_beside_what_is_tracked(self):
        """The tracking says that it bounced, and we notify in Odoo instead."""
        ticket = self._new_ticket()
        self._run(10)
        self._run(30)
        message = self._incident(ticket).notification_ids.mail_id.mail_message_id
        self._send_mails()
        tracking = self.env["mail.tracking.email"].search(
            [("mail_message_id", "=", message.id)]
        )
        self.assertEqual(tracking.recipient_address, self.leader.email)
        self._run(31)
        self._receive(
            POSTFIX.format(
                bounce=self.mail_alias_domain.bounce_email,
                date=fields.Datetime.now(),
                number=1,
                message_id=message.message_id,
                address=self.leader.email,
                action="failed",
                status="5.1.1",
            )
        )
        self.assertEqual(tracking.state, "soft-bounced")
        self.assertEqual(
            self._told(ticket),
            [
                (self.agent, "activity"),
                (self.leader, "email"),
                (self.leader, "activity"),
            ],
        )
