from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, ormcache

from ..tools.message_kinds import ENDING
from .helpdesk_escalation_clock_late import LATE_DAYS


class HelpdeskEscalationClock(models.Model):
    """R3: what is written on a duplicate counts for the ticket at the chain's end."""

    _inherit = "helpdesk.escalation.clock"

    @api.model
    @ormcache()
    def _has_words_on_duplicates(self):
        """Whether a client has ever written on a duplicate: nearly always none has."""
        # Sudo: one answer is kept for everybody.
        messages = self.env["mail.message"].sudo()
        return bool(
            messages.search_count(
                [
                    ("model", "=", "helpdesk.ticket"),
                    ("escalation_party", "=", "client"),
                    ("escalation_late", "=", "duplicate"),
                ],
                limit=1,
            )
        )

    @api.model
    def _read_words_on_duplicates(self):
        """Read what clients wrote on duplicates and nobody has answered.

        It counts for the ticket that the duplicate is one of, or that this is one of,
        and so on: for the last one that is not archived, as nobody looks at what is.
        In a circle, and where none is left, it counts for itself. An answer on the
        duplicate settles it, and so does one to that client on a ticket of the chain,
        or a waiver or closing there. Where there is nothing, the clock's statement
        need not know of it.

        :return: ids and moments of the messages, in order, by the ticket's id
        :rtype: dict[int, list[tuple[int, datetime]]]
        """
        if not self._has_words_on_duplicates():
            return {}
        for model, names in self._depends.items():
            self.env[model].flush_model(names)
        self.env["helpdesk.ticket"].flush_model(["partner_email"])
        self.env["mail.message"].flush_model(
            [
                "author_id",
                "email_from",
                "incoming_email_cc",
                "incoming_email_to",
                "outgoing_email_to",
            ]
        )
        self.env["res.partner"].flush_model(["email_normalized"])
        rows = self.env.execute_query(
            SQL(
                """
        WITH RECURSIVE late AS (
            SELECT message.id
              FROM mail_message message
             WHERE message.model = 'helpdesk.ticket'
               AND message.escalation_party = 'client'
               AND message.escalation_late = 'duplicate'
               AND message.create_date >= %(since)s
             UNION
            SELECT incident.anchor_message_id
              FROM helpdesk_escalation_incident incident
             WHERE incident.state != 'resolved'
               AND incident.anchor_date < %(since)s
        ),
        word AS (
            SELECT word.*
              FROM late
        CROSS JOIN LATERAL (%(word)s) word
              JOIN helpdesk_ticket duplicate ON duplicate.id = word.ticket_id
             WHERE duplicate.active
               AND duplicate.duplicate_id IS NOT NULL
        ),
        link (start_id, id, path) AS (
            SELECT DISTINCT ticket_id, ticket_id, ARRAY[ticket_id]
              FROM word
         UNION ALL
            SELECT link.start_id, ticket.duplicate_id, path || ticket.duplicate_id
              FROM link
              JOIN helpdesk_ticket ticket ON ticket.id = link.id
             WHERE ticket.duplicate_id != ALL(path)
        ),
        chain AS (
            SELECT whole.start_id, whole.path, original.id AS original_id
              FROM link whole
              JOIN helpdesk_ticket last
                ON last.id = whole.id AND last.duplicate_id IS NULL
        CROSS JOIN LATERAL (
                   SELECT link.id
                     FROM link
                     JOIN helpdesk_ticket ticket
                       ON ticket.id = link.id AND ticket.active
                    WHERE link.start_id = whole.start_id
                 ORDER BY cardinality(link.path) DESC
                    LIMIT 1
                   ) original
        )
            SELECT original.id, word.id, word.date
              FROM word
         LEFT JOIN chain ON chain.start_id = word.ticket_id
              JOIN helpdesk_ticket original
                ON original.id = COALESCE(chain.original_id, word.ticket_id)
             WHERE NOT EXISTS (
                   SELECT FROM helpdesk_ticket closed
                     JOIN helpdesk_ticket_stage stage ON stage.id = closed.stage_id
                    WHERE closed.id = ANY(original.id || chain.path)
                      AND (closed.id = original.id OR NOT closed.active)
                      AND stage.closed
                      AND closed.closed_date >= word.date)
               AND NOT %(is_answered)s
          ORDER BY word.id
                """,
                since=fields.Datetime.now() - timedelta(days=LATE_DAYS),
                word=self._sql_word_on_duplicate(SQL("late.id")),
                is_answered=self._sql_is_answered(SQL("word.ticket_id || chain.path")),
            )
        )
        words = {}
        for ticket_id, message_id, date in rows:
            words.setdefault(ticket_id, []).append((message_id, date))
        return words

    def _sql_word_on_duplicate(self, message_id):
        """Find a message that a client wrote on a duplicate, and who that client is.

        :param SQL message_id: its id
        """
        return SQL(
            """
            SELECT message.id, message.create_date AS date,
                   duplicate.id AS ticket_id,
                   ARRAY[message.author_id, duplicate.partner_id] AS partner_ids,
                   ARRAY[author.email_normalized, contact.email_normalized]
                   || %(sender)s || %(on_duplicate)s AS addresses
              FROM mail_message message
              JOIN helpdesk_ticket duplicate ON duplicate.id = message.res_id
         LEFT JOIN res_partner author ON author.id = message.author_id
         LEFT JOIN res_partner contact ON contact.id = duplicate.partner_id
             WHERE message.id = %(message_id)s
               AND message.model = 'helpdesk.ticket'
               AND message.escalation_party = 'client'
               AND message.escalation_late = 'duplicate'
            """,
            message_id=message_id,
            sender=self._sql_addresses(SQL("message.email_from")),
            on_duplicate=self._sql_addresses(SQL("duplicate.partner_email")),
        )

    def _sql_is_answered(self, ticket_ids):
        """State whether the client of a ``word`` was answered, or it was waived.

        :param SQL ticket_ids: an array of the tickets on which that counts
        """
        return SQL(
            """
            EXISTS (
               SELECT FROM mail_message answer
                WHERE answer.model = 'helpdesk.ticket'
                  AND answer.escalation_party IN %(ending)s
                  AND answer.res_id = ANY(%(ticket_ids)s)
                  AND answer.id > word.id
                  AND (answer.res_id = word.ticket_id
                       OR answer.escalation_party = 'waived'
                       OR %(reaches)s))
            """,
            ending=ENDING,
            ticket_ids=ticket_ids,
            reaches=self._sql_reaches(),
        )

    def _sql_reaches(self):
        """State whether an ``answer`` goes to the client of a ``word``.

        By that client's contact, or by any other one of the same address: as the
        contact of the ticket that it is on, as somebody notified, or as a recipient.
        """
        return SQL(
            """
            EXISTS (
               SELECT FROM (
                    SELECT answered.partner_id, %(on_ticket)s AS addresses
                      FROM helpdesk_ticket answered
                     WHERE answered.id = answer.res_id
                 UNION ALL
                    SELECT notified.res_partner_id, %(notified)s
                      FROM mail_notification notified
                     WHERE notified.mail_message_id = answer.id
                 UNION ALL
                    SELECT addressed.res_partner_id, NULL
                      FROM mail_message_res_partner_rel addressed
                     WHERE addressed.mail_message_id = answer.id
                 UNION ALL
                    SELECT NULL, %(recipients)s
                    ) receiver
          LEFT JOIN res_partner partner ON partner.id = receiver.partner_id
              WHERE receiver.partner_id = ANY(word.partner_ids)
                 OR NULLIF(partner.email_normalized, '') = ANY(word.addresses)
                 OR receiver.addresses && word.addresses)
            """,
            on_ticket=self._sql_addresses(SQL("answered.partner_email")),
            notified=self._sql_addresses(SQL("notified.mail_email_address")),
            recipients=self._sql_addresses(
                SQL(
                    "concat_ws(',', answer.outgoing_email_to, "
                    "answer.incoming_email_to, answer.incoming_email_cc)"
                )
            ),
        )

    def _sql_addresses(self, text):
        """State the addresses that a text lists, as "Zoe <zoe@home.example>" does.

        What stands in a name is none.
        """
        return SQL(
            """
            ARRAY(SELECT lower(btrim(COALESCE(
                         substring(part FROM '<([^<>]*)>'), part)))::varchar
                    FROM regexp_split_to_table(
                         regexp_replace(%s, '"[^"]*"', '', 'g'), '[,;]') part
                   WHERE strpos(part, '@') > 0)
            """,
            text,
        )

    def _sql_on_duplicate(self):
        """Join the words on duplicates, where there are any."""
        words = self._read_words_on_duplicates()
        if not words:
            return super()._sql_on_duplicate()
        return SQL(
            """
 LEFT JOIN LATERAL (
        SELECT word.*
          FROM (VALUES %(words)s)
               AS word (ticket_id, first_id, first_date, last_id, last_date,
                        message_ids)
         WHERE word.ticket_id = ticket.id
           AND word.last_id > COALESCE(paused.message_id, 0)
           AND (stage.closed IS NOT TRUE OR %(hears_late)s)
        ) on_duplicate ON TRUE
            """,
            words=SQL(", ").join(
                SQL(
                    "(%s, %s, %s::timestamp, %s, %s::timestamp, %s)",
                    ticket_id,
                    *of_ticket[0],
                    *of_ticket[-1],
                    [message_id for message_id, _date in of_ticket],
                )
                for ticket_id, of_ticket in words.items()
            ),
            hears_late=self._sql_hears_late(),
        )
