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
        and so on; in a circle, for itself. An answer on the duplicate settles it, and
        so does one to that client on the other ticket, or a waiver or closing there.
        Where there is nothing, the clock's statement need not know of it.

        :return: ids and moments of the messages, in order, by the ticket's id
        :rtype: dict[int, list[tuple[int, datetime]]]
        """
        if not self._has_words_on_duplicates():
            return {}
        for model, names in self._depends.items():
            self.env[model].flush_model(names)
        self.env["helpdesk.ticket"].flush_model(["partner_email"])
        self.env["mail.message"].flush_model(["author_id"])
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
            SELECT message.id, message.create_date AS date, message.author_id,
                   duplicate.id AS ticket_id, duplicate.partner_id,
                   duplicate.partner_email
              FROM late
              JOIN mail_message message ON message.id = late.id
              JOIN helpdesk_ticket duplicate ON duplicate.id = message.res_id
             WHERE message.model = 'helpdesk.ticket'
               AND message.escalation_party = 'client'
               AND message.escalation_late = 'duplicate'
               AND duplicate.active
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
        )
            SELECT original.id, word.id, word.date
              FROM word
        CROSS JOIN LATERAL (
                   SELECT COALESCE(
                       (SELECT link.id
                          FROM link
                          JOIN helpdesk_ticket last ON last.id = link.id
                         WHERE link.start_id = word.ticket_id
                           AND last.duplicate_id IS NULL),
                       word.ticket_id) AS id
                   ) chain
              JOIN helpdesk_ticket original ON original.id = chain.id
         LEFT JOIN helpdesk_ticket_stage stage ON stage.id = original.stage_id
             WHERE original.active
               AND (stage.closed IS NOT TRUE
                    OR original.closed_date IS NULL
                    OR word.date > original.closed_date)
               AND NOT EXISTS (
                   SELECT FROM mail_message answer
                    WHERE answer.model = 'helpdesk.ticket'
                      AND answer.escalation_party IN %(ending)s
                      AND answer.res_id = word.ticket_id
                      AND answer.id > word.id)
               AND NOT EXISTS (
                   SELECT FROM mail_message answer
                    WHERE answer.model = 'helpdesk.ticket'
                      AND answer.escalation_party IN %(ending)s
                      AND answer.res_id = original.id
                      AND answer.id > word.id
                      AND (answer.escalation_party = 'waived'
                           OR original.partner_id IN (word.author_id, word.partner_id)
                           OR original.partner_email = word.partner_email
                           OR EXISTS (
                              SELECT FROM mail_notification notified
                               WHERE notified.mail_message_id = answer.id
                                 AND notified.res_partner_id
                                  IN (word.author_id, word.partner_id))
                           OR EXISTS (
                              SELECT FROM mail_message_res_partner_rel addressed
                               WHERE addressed.mail_message_id = answer.id
                                 AND addressed.res_partner_id
                                  IN (word.author_id, word.partner_id))))
          ORDER BY word.id
                """,
                since=fields.Datetime.now() - timedelta(days=LATE_DAYS),
                ending=ENDING,
            )
        )
        words = {}
        for ticket_id, message_id, date in rows:
            words.setdefault(ticket_id, []).append((message_id, date))
        return words

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
