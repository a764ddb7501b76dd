from collections import namedtuple

from odoo import models
from odoo.tools import SQL
from odoo.tools.mail import parse_contact_from_email

from ..tools.mail_text import get_new_text, is_repeated_subject

# Of a longer message, people read no more in an alarm.
MAX_BODY = 100_000
# How many messages back words are looked for, where the last one is only a picture.
MAX_BACK = 3

ClientWords = namedtuple("ClientWords", ["author", "date", "text"])
ClientWords.__doc__ = """What was written last on the client's side of a ticket.

:ivar author: the name of who wrote it; empty where that is not known
:ivar date: when, naive UTC
:ivar text: plain, several lines, without quotations and signatures
"""


class HelpdeskTicket(models.Model):
    """What a client wrote last, for people to read."""

    _inherit = "helpdesk.ticket"

    def _escalation_read_client_words(self):
        """Read what was written last on the client's side of each ticket.

        In one statement for all of them. The newest message counts that says something;
        without any, what the ticket itself says. Who may know it is for the caller to
        ask.

        :return: by the ticket's id; without those on which nothing is written
        :rtype: dict[int, ClientWords]
        """
        # Sudo: the names of authors of whom the reader may not see the contact.
        tickets = self.sudo()
        words = {}
        for (
            ticket_id,
            subject,
            body,
            date,
            author,
            address,
        ) in tickets._read_last_client_messages():
            if ticket_id in words:
                continue
            ticket = tickets.browse(ticket_id)
            text = get_new_text(body) or ticket._get_new_subject(subject)
            if text:
                author = author or parse_contact_from_email(address or "")[0]
                words[ticket_id] = ClientWords(author or address, date, text)
        for ticket in tickets:
            if ticket.id not in words:
                text = get_new_text(ticket.description)
                if text:
                    author = ticket._get_description_author()
                    words[ticket.id] = ClientWords(author, ticket.create_date, text)
        return words

    def _read_last_client_messages(self):
        """Read the client's last few messages on each ticket, the newest first."""
        if not self:
            return []
        self.env["mail.message"].flush_model(
            [
                "author_id",
                "body",
                "create_date",
                "email_from",
                "escalation_party",
                "model",
                "res_id",
                "subject",
            ]
        )
        self.env["res.partner"].flush_model(["name"])
        return self.env.execute_query(
            SQL(
                """
            SELECT ticket.id, message.subject, message.body, message.create_date,
                   author.name, message.email_from
              FROM unnest(%(tickets)s) AS ticket (id)
        CROSS JOIN LATERAL (
                   SELECT message.id, message.subject, message.create_date,
                          left(message.body, %(max_body)s) AS body,
                          message.author_id, message.email_from
                     FROM mail_message message
                    WHERE message.model = 'helpdesk.ticket'
                      AND message.escalation_party = 'client'
                      AND message.res_id = ticket.id
                 ORDER BY message.id DESC
                    LIMIT %(max_back)s
                   ) message
         LEFT JOIN res_partner author ON author.id = message.author_id
          ORDER BY ticket.id, message.id DESC
                """,
                tickets=self.ids,
                max_body=MAX_BODY,
                max_back=MAX_BACK,
            )
        )

    def _get_new_subject(self, subject):
        """Return the subject of a mail without text, where it says something new."""
        self.ensure_one()
        titles = (self.name or "", f"{self.number} - {self.name}")
        if is_repeated_subject(subject, titles):
            return ""
        return (subject or "").strip()

    def _get_description_author(self):
        """Name who wrote the ticket's own text, where that is certain (R2).

        Staff may have written down what they heard on the phone.
        """
        self.ensure_one()
        creator = self.create_uid
        if creator.share and not creator._is_public():
            return creator.name
        return False
