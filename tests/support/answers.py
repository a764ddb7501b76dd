"""What the tests of answers share."""

from .common import EscalationCommon
from .incoming import IncomingMail

COMMENT = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}


class AnswerCommon(IncomingMail, EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor = cls.env["res.partner"].create(
            {"name": "Vendor", "email": "help@vendor.example"}
        )
        cls.ticket = cls._new_ticket()
        cls.question = cls._client_writes(cls.ticket, 1)
        cls.company = cls.env.company.partner_id
        cls.env.company.email = "info@ours.example"

    def assertParty(self, message, party):
        self.assertEqual(len(message), 1)
        self.assertEqual(message.sudo().escalation_party, party)

    def _post(self, user=None, ticket=None, **values):
        """Post as the chatter does."""
        ticket = (ticket or self.ticket).with_user(user or self.agent).sudo()
        with self.mock_mail_gateway():
            return ticket.message_post(**{"body": "Hello", **COMMENT, **values})

    def _compose(self, context=None, **values):
        """Send with the real composer; return the message."""
        last = self.env["mail.message"].search([], limit=1, order="id desc")
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.agent)
            .with_context(**(context or {}))
            .create(
                {
                    "model": "helpdesk.ticket",
                    "res_ids": self.ticket.ids,
                    "composition_mode": "comment",
                    "subject": "Your printer",
                    "body": "<p>We are looking into it.</p>",
                    **values,
                }
            )
        )
        with self.mock_mail_gateway():
            composer._action_send_mail()
        return self.env["mail.message"].search(
            [("id", ">", last.id), ("res_id", "=", self.ticket.id)]
        )

    def _reply_of_staff(self, sender=None, **headers):
        with self.mock_mail_gateway():
            return self._reply(
                self.question, sender or self.agent.email_formatted, **headers
            )
