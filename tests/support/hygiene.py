"""What the tests of what our mails say they are share."""

from odoo import fields

from .common import EscalationCommon
from .incoming import IncomingMail

AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


class HygieneCommon(IncomingMail, EscalationCommon):
    def _moment(self, minute):
        return fields.Datetime.add(self.t0, minutes=minute)

    def _receive_at(self, minute, raw):
        now = self.mock_datetime_and_now(self._moment(minute))
        with now, self.mock_mail_gateway():
            message = self._receive(raw)
        self.env.invalidate_all()
        return message

    def _write_at(self, minute, sender, to=None, **headers):
        return self._receive_at(minute, self._raw(sender, To=to, **headers))

    def _tickets(self):
        return self.env["helpdesk.ticket"].search([])

    def _send(self):
        """Let Odoo send what we have queued; return what went out."""
        with self.mock_mail_gateway():
            self.env["mail.mail"].process_email_queue()
        return self._mails

    def _assert_automatic(self, mails, count):
        self.assertEqual(len(mails), count)
        for mail in mails:
            self.assertEqual(mail["headers"], {**mail["headers"], **AUTOMATIC})

    def _open(self, sender, **headers):
        headers.setdefault("Auto_Submitted", "auto-replied")
        message = self._write_at(0, sender, **headers)
        ticket = self.env["helpdesk.ticket"].browse(message.res_id)
        self.assertEqual(message.model, "helpdesk.ticket")
        self.assertEqual(ticket.team_id, self.team)
        self.assertFalse(message.escalation_party)
        return ticket
