from odoo import models
from odoo.tools import SQL

from .hits import TriggerHit


class HelpdeskEscalationTrigger(models.Model):
    """What each kind of trigger looks for.

    ``_find_causes_<kind>`` is asked for all triggers of a kind and looks at all
    candidates together. It must not write.
    """

    _inherit = "helpdesk.escalation.trigger"

    def _read_messages(self, candidates, signatures, after, limit):
        """Read what waiting clients wrote and nobody has searched, a portion at a time.

        :param tuple after: ticket id and message id of the last message read
        :param int limit: how many at most
        :return: ticket id, message id (0 for the ticket's own text), subject, body, and
            the titles of the ticket, which Odoo makes the subject of what is posted
        """
        if not candidates:
            return []
        return self.env.execute_query(
            SQL(
                """
            WITH candidate AS (
              SELECT * FROM unnest(%(tickets)s, %(first_ids)s, %(signatures)s)
                   AS candidate (ticket_id, first_id, signature)
            )
            SELECT message.ticket_id, message.message_id, message.subject, message.body,
                   ARRAY[ticket.name, concat(ticket.number, ' - ', ticket.name)]
              FROM (%(messages)s) message
              JOIN candidate ON candidate.ticket_id = message.ticket_id
              JOIN helpdesk_ticket ticket ON ticket.id = message.ticket_id
             WHERE (message.ticket_id, message.message_id) > %(after)s
               AND NOT EXISTS (
                   SELECT FROM helpdesk_escalation_keyword_scan scan
                    WHERE scan.ticket_id = message.ticket_id
                      AND COALESCE(scan.message_id, 0) = message.message_id
                      AND scan.signature = candidate.signature)
          ORDER BY message.ticket_id, message.message_id
             LIMIT %(limit)s
                """,
                tickets=[one.ticket_id for one in candidates],
                first_ids=[one.waiting_message_id for one in candidates],
                signatures=[
                    signatures[candidate.policy_id] for candidate in candidates
                ],
                messages=self._sql_messages(),
                after=after,
                limit=limit,
            )
        )

    def _sql_messages(self):
        """State what clients wrote in the waits that a table ``candidate`` names.

        Which messages are of the wait is told by their ids, as the clock tells it (R3);
        the ticket itself, 0, is one of them where nothing has settled it yet.
        """
        return SQL(
            """
            SELECT ticket.id AS ticket_id, message.id AS message_id,
                   message.create_date AS date, message.subject, message.body
              FROM candidate
              JOIN helpdesk_ticket ticket ON ticket.id = candidate.ticket_id
              JOIN mail_message message
                ON message.model = 'helpdesk.ticket'
               AND message.escalation_party = 'client'
               AND message.res_id = ticket.id
               AND message.id >= candidate.first_id
               AND (ticket.closed_date IS NULL
                    OR message.create_date > ticket.closed_date)
         UNION ALL
            SELECT ticket.id, 0, ticket.create_date, ticket.name, ticket.description
              FROM candidate
              JOIN helpdesk_ticket ticket ON ticket.id = candidate.ticket_id
             WHERE candidate.first_id = 0
            """
        )

    def _sql_written(self):
        """State the same, and which line is a ticket that a mail has created."""
        return SQL(
            """
              SELECT ticket_id, message_id, date,
                     date = lead(date) OVER (
                         PARTITION BY ticket_id ORDER BY message_id
                     ) AND message_id = 0 AS is_mail
                FROM (%s) message
            """,
            self._sql_messages(),
        )

    def _find_causes_repeat(self, plan, candidates, searched):
        """Count the messages of a wait: so many within so many minutes.

        The ticket itself is one of them, unless a mail created it: then the mail is.
        Another ticket of the same client is one too.
        """
        policy_ids = self.policy_id.ids
        candidates = [one for one in candidates if one.policy_id in policy_ids]
        self.flush_recordset(["message_count", "message_minutes", "policy_id"])
        rows = self.env.execute_query(
            SQL(
                """
            WITH candidate AS (
              SELECT * FROM unnest(%(tickets)s, %(policies)s, %(first_ids)s)
                   AS candidate (ticket_id, policy_id, first_id)
            ), written AS (%(written)s), contact AS (
              SELECT ticket_id, message_id, date
                FROM written
               WHERE is_mail IS NOT TRUE
           UNION ALL
              SELECT ticket_id, 0, date
                FROM (%(other_tickets)s) other_ticket
            ), counted AS (
              SELECT trigger.id AS trigger_id, trigger.message_minutes,
                     message.ticket_id, message.message_id, message.date,
                     lag(message.date, trigger.message_count - 1) OVER (
                         PARTITION BY trigger.id, message.ticket_id
                         ORDER BY message.date, message.message_id
                     ) AS first_date
                FROM contact message
                JOIN candidate ON candidate.ticket_id = message.ticket_id
                JOIN helpdesk_escalation_trigger trigger
                  ON trigger.policy_id = candidate.policy_id
                 AND trigger.id IN %(triggers)s
            )
            SELECT DISTINCT ON (trigger_id, ticket_id)
                   trigger_id, ticket_id, message_id
              FROM counted
             WHERE date <= first_date + message_minutes * interval '1 minute'
          ORDER BY trigger_id, ticket_id, date, message_id
                """,
                tickets=[one.ticket_id for one in candidates],
                policies=[one.policy_id for one in candidates],
                first_ids=[one.waiting_message_id for one in candidates],
                written=self._sql_written(),
                other_tickets=self._sql_other_tickets(
                    max(self.mapped("message_minutes"))
                ),
                triggers=self._ids,
            )
        )
        return [
            TriggerHit(ticket_id, "repeat", trigger, message_id, trigger._get_detail())
            for trigger_id, ticket_id, message_id in rows
            for trigger in self.browse(trigger_id)
        ]

    def _sql_other_tickets(self, minutes):
        """State which other tickets of their clients are near the tickets' messages.

        Those that wait as well: one that was answered, or closed, is settled. An
        unknown sender is known by the address.

        :param int minutes: how long before the first message at most
        """
        return SQL(
            """
            SELECT ticket.id AS ticket_id, other.create_date AS date
              FROM (SELECT ticket_id, MIN(date) AS date FROM written GROUP BY ticket_id)
                   own
              JOIN helpdesk_ticket ticket ON ticket.id = own.ticket_id
        CROSS JOIN LATERAL (
                   SELECT id, create_date, company_id, stage_id, active
                     FROM helpdesk_ticket
                    WHERE partner_id = ticket.partner_id
                      AND create_date >= own.date - %(minutes)s * interval '1 minute'
                      AND escalation_auto_opened IS NOT TRUE
                UNION ALL
                   SELECT id, create_date, company_id, stage_id, active
                     FROM helpdesk_ticket
                    WHERE partner_id IS NULL
                      AND ticket.partner_id IS NULL
                      AND lower(partner_email) = lower(ticket.partner_email)
                      AND create_date >= own.date - %(minutes)s * interval '1 minute'
                      AND escalation_auto_opened IS NOT TRUE
                   ) other
         LEFT JOIN helpdesk_ticket_stage stage ON stage.id = other.stage_id
             WHERE other.id != ticket.id
               AND other.company_id = ticket.company_id
               AND other.active
               AND stage.closed IS NOT TRUE
               AND NOT EXISTS (
                   SELECT FROM mail_message message
                    WHERE message.model = 'helpdesk.ticket'
                      AND message.res_id = other.id
                      AND message.escalation_party IN ('staff', 'waived'))
            """,
            minutes=minutes,
        )

    def _find_causes_priority(self, plan, candidates, searched):
        """Look at the tickets' priority now, however often it went up and down."""
        tickets = self.env["helpdesk.ticket"].browse(
            one.ticket_id for one in candidates
        )
        tickets.fetch(["priority"])
        return [
            TriggerHit(candidate.ticket_id, "priority", trigger, 0, ticket.priority)
            for candidate, ticket in zip(candidates, tickets, strict=True)
            for trigger in self
            if trigger.policy_id.id == candidate.policy_id
            and (ticket.priority or "") >= trigger.priority
        ]

    def _find_causes_client(self, plan, candidates, searched):
        """Look at whom the tickets are for: the contact or its company."""
        found = []
        for trigger in self:
            concerned = [
                one for one in candidates if one.policy_id == trigger.policy_id.id
            ]
            all_tickets = self.env["helpdesk.ticket"].browse(
                one.ticket_id for one in concerned
            )
            for company, tickets in all_tickets.grouped("company_id").items():
                tickets = tickets.with_company(company)
                partners = tickets.partner_id | tickets.commercial_partner_id
                meant = trigger.with_company(company)._filter_clients(partners)
                found += [
                    TriggerHit(ticket.id, "client", trigger, 0, ticket.partner_id.name)
                    for ticket in tickets
                    if meant & (ticket.partner_id | ticket.commercial_partner_id)
                ]
        return found
