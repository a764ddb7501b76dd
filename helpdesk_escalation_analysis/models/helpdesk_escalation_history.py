from collections import namedtuple
from operator import itemgetter

from odoo import api, models
from odoo.tools import SQL, groupby

Wait = namedtuple("Wait", ["ticket_id", "messages", "end", "answered"])
Wait.__doc__ = """One wait of the past: the moments of the client's messages since all
was settled, the moment that ended it (None: it still goes on), and whether that was an
answer; a waiver and a closing are none. All naive UTC. It never ends before its
messages, whatever the server's clock."""


class HelpdeskEscalationHistory(models.AbstractModel):
    """The waits of the past, read from the messages by the rules R2 to R4.

    The clock tells who waits now; this tells who waited when, for the figures and for
    trying out a policy.
    """

    _name = "helpdesk.escalation.history"
    _description = "Escalation History"

    @api.model
    def _find_tickets_of(self, policy):
        """Find the tickets that a policy counts for today (R1).

        :rtype: list[int]
        """
        return self._find_tickets(SQL("TRUE"), SQL("chosen.policy_id = %s", policy.id))

    @api.model
    def _find_tickets_on(self, team, policy, parts=1, part=0):
        """Find the tickets that a policy would count for if it were set on a team (R1).

        Those of the team and of the teams below it, where nothing more specific is set.

        :param int parts: into how many parts of about the same size they are split
        :param int part: which of them, from 0
        :rtype: list[int]
        """
        return self._find_tickets(
            SQL(
                """
                ticket.id %% %(parts)s = %(part)s
                AND ticket.team_id IN (
                    SELECT id FROM helpdesk_ticket_team
                     WHERE parent_path LIKE %(path)s || '%%')
                AND (%(company)s IS NULL OR EXISTS (
                    SELECT FROM company_above
                     WHERE company_id = ticket.company_id AND above_id = %(company)s))
                AND %(holds)s
                """,
                parts=parts,
                part=part,
                path=team.parent_path,
                company=policy.company_id.id or None,
                holds=policy._sql_condition(policy.condition, SQL("ticket.id"))
                if policy._has_condition()
                else SQL("TRUE"),
            ),
            SQL(
                """
                chosen.own_id IS NULL AND chosen.partner_policy_id IS NULL
                AND (chosen.holder_id IS NULL
                     OR %(path)s LIKE holder.parent_path || '%%')
                """,
                path=team.parent_path,
            ),
        )

    def _find_tickets(self, among, condition):
        """Find tickets by what is chosen for them (R1), of those one may read.

        :param SQL among: which tickets to look at, a condition on ``ticket``
        :param SQL condition: on ``chosen``: ``own_id``, ``partner_policy_id``,
            ``holder_id`` (the team that has the policy) and ``policy_id``, the one that
            counts
        """
        clock = self.env["helpdesk.escalation.clock"]
        readable = self.env["helpdesk.ticket"].with_context(active_test=False)
        self.env.flush_all()
        # What is chosen is worked out first: PostgreSQL, which cannot foresee how many
        # tickets have nothing of their own, would work out the teams' for each of them.
        rows = self.env.execute_query(
            SQL(
                """
    WITH RECURSIVE
    %(policy_tables)s,
    chosen AS MATERIALIZED (
            SELECT ticket.id, own.id AS own_id, policy.id AS policy_id,
                   by_partner.policy_id AS partner_policy_id, by_team.holder_id
              FROM helpdesk_ticket ticket
                   %(policy_joins)s
             WHERE %(among)s
               AND ticket.escalation_muted IS NOT TRUE
               AND ticket.id IN %(readable)s
    )
            SELECT chosen.id
              FROM chosen
         LEFT JOIN helpdesk_ticket_team holder ON holder.id = chosen.holder_id
             WHERE %(condition)s
          ORDER BY chosen.id
                """,
                policy_tables=clock._sql_policy_tables(),
                policy_joins=clock._sql_policy_joins(),
                among=among,
                condition=condition,
                readable=readable._search([]).subselect(),
            )
        )
        return [ticket_id for (ticket_id,) in rows]

    @api.model
    def _read_waits(self, ticket_ids, since, policy, count_from="client_first"):
        """Read the waits that began at or after a moment.

        :param datetime since: naive UTC
        :param policy: whose stages pause a wait
        :param str count_from: as on the policy; with "unresolved" an answer ends no
            wait, a waiver does (R4)
        :rtype: list[Wait]
        """
        waits = []
        events = self._read_events(ticket_ids, since, policy.pause_stage_ids)
        for ticket_id, of_ticket in groupby(events, key=itemgetter(0)):
            messages = []
            # The first one that nobody has answered, whatever settled the ticket since.
            first, is_waived = None, False
            for _ticket_id, moment, what, _is_gone in of_ticket:
                if what == "client":
                    messages.append(moment)
                    first, is_waived = first or moment, False
                elif what == "back":
                    # It goes on from then, unless somebody has written before.
                    if first or (count_from == "unresolved" and not is_waived):
                        start = messages[0] if messages else moment
                        messages[:1] = [max(start, first or start)]
                elif messages and (what != "staff" or count_from != "unresolved"):
                    end = max(moment, *messages)
                    waits.append(Wait(ticket_id, messages, end, what == "staff"))
                    messages = []
                if what in ("staff", "waived"):
                    first, is_waived = None, what == "waived"
            is_gone = of_ticket[-1][-1]
            if messages and not is_gone:
                waits.append(Wait(ticket_id, messages, None, False))
        return [wait for wait in waits if wait.messages[0] >= since]

    def _read_events(self, ticket_ids, since, pauses):
        """Read all that was said and every closing, of tickets with news since then.

        In the clock's order: messages and pauses by the ids of their messages, and a
        closing settles the messages that are not dated later. What was closed before
        the last time, and what paused a wait, is known from Odoo's tracking of stages.

        :return: ticket, moment, "client", "staff", "waived", "closed" or "back"
            (settled no longer), and whether the ticket is no longer open
        """
        stage_field = self.env["ir.model.fields"]._get("helpdesk.ticket", "stage_id")
        return self.env.execute_query(
            SQL(
                """
        WITH among AS (
            SELECT ticket.id, ticket.create_date, ticket.closed_date, ticket.stage_id,
                   ticket.escalation_auto_opened, ticket.escalation_back_date,
                   NOT ticket.active OR stage.closed IS TRUE
                   OR ticket.duplicate_id IS NOT NULL AS is_gone
              FROM helpdesk_ticket ticket
         LEFT JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
             WHERE ticket.id = ANY(%(tickets)s)
               AND (ticket.create_date >= %(since)s
                    OR (SELECT MAX(message.create_date)
                          FROM mail_message message
                         WHERE message.model = 'helpdesk.ticket'
                           AND message.res_id = ticket.id
                           AND message.escalation_party = 'client') >= %(since)s)
        ),
        entering AS (
            SELECT message.res_id AS ticket_id, message.create_date AS date,
                   message.id AS message_id, stage.closed IS TRUE AS is_closing,
                   stage.id IS NULL AS is_leaving
              FROM mail_message message
        CROSS JOIN LATERAL (
                -- Message by message, as others track far more than we look at.
                SELECT old_value_integer, new_value_integer
                  FROM mail_tracking_value
                 WHERE mail_message_id = message.id AND field_id = %(stage_field)s
                OFFSET 0
                   ) tracking
         LEFT JOIN helpdesk_ticket_stage stage
                ON stage.id = tracking.new_value_integer
               AND (stage.closed OR stage.id = ANY(%(pauses)s))
         LEFT JOIN helpdesk_ticket_stage stage_before
                ON stage_before.id = tracking.old_value_integer
               AND (stage_before.closed OR stage_before.id = ANY(%(pauses)s))
             WHERE message.model = 'helpdesk.ticket'
               AND message.res_id IN (SELECT id FROM among)
               AND (stage.id IS NOT NULL OR stage_before.id IS NOT NULL)
        ),
        closing AS (
            SELECT id AS ticket_id, closed_date AS date
              FROM among
             WHERE closed_date IS NOT NULL
         UNION ALL
            SELECT ticket_id, date FROM entering WHERE is_closing
        )
        SELECT event.ticket_id, event.date, event.what, among.is_gone
          FROM (
            SELECT id AS ticket_id, create_date AS date, 'client' AS what,
                   0 AS place, 0 AS turn
              FROM among
             WHERE escalation_auto_opened IS NOT TRUE
         UNION ALL
            SELECT res_id, create_date, escalation_party, id, 0
              FROM mail_message
             WHERE model = 'helpdesk.ticket'
               AND escalation_party IS NOT NULL
               AND res_id IN (SELECT id FROM among)
         UNION ALL
            SELECT closing.ticket_id, closing.date, 'closed',
                   COALESCE(settled.message_id, 0), 1
              FROM closing
         LEFT JOIN LATERAL (
                SELECT MAX(message.id) AS message_id
                  FROM mail_message message
                 WHERE message.model = 'helpdesk.ticket'
                   AND message.res_id = closing.ticket_id
                   AND message.escalation_party IS NOT NULL
                   AND message.create_date <= closing.date
                   ) settled ON TRUE
         UNION ALL
            SELECT ticket_id, date, CASE WHEN is_leaving THEN 'back' ELSE 'closed' END,
                   message_id, 1
              FROM entering
             WHERE NOT is_closing
         UNION ALL
            SELECT id, escalation_back_date, 'back', COALESCE(known.message_id, 0), 2
              FROM among
         LEFT JOIN LATERAL (
                SELECT MAX(message.id) AS message_id
                  FROM mail_message message
                 WHERE message.model = 'helpdesk.ticket'
                   AND message.res_id = among.id
                   AND message.create_date <= among.escalation_back_date
                   ) known ON TRUE
             WHERE escalation_back_date IS NOT NULL
         UNION ALL
            SELECT id, create_date, 'closed', 0, 1
              FROM among
             WHERE %(created_paused)s
               ) event
          JOIN among ON among.id = event.ticket_id
      ORDER BY event.ticket_id, event.place, event.turn
                """,
                tickets=list(ticket_ids),
                since=since,
                pauses=pauses.ids,
                stage_field=stage_field.id,
                created_paused=SQL(
                    """
                    COALESCE((
                        SELECT tracking.old_value_integer
                          FROM mail_tracking_value tracking
                          JOIN mail_message message
                            ON message.id = tracking.mail_message_id
                         WHERE message.model = 'helpdesk.ticket'
                           AND message.res_id = among.id
                           AND tracking.field_id = %s
                      ORDER BY tracking.id
                         LIMIT 1), among.stage_id) = ANY(%s)
                    """,
                    stage_field.id,
                    pauses.ids,
                )
                if pauses
                else SQL("FALSE"),
            )
        )

    @api.model
    def _find_meant(self, step, ticket_ids):
        """Find the tickets that a step is meant for, by its condition (R6).

        :return: None for all of them
        :rtype: set[int] | None
        """
        if not step._has_condition():
            return None
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM helpdesk_ticket ticket WHERE id = ANY(%s) AND %s",
                list(ticket_ids),
                step._sql_condition(step.condition, SQL("ticket.id")),
            )
        )
        return {ticket_id for (ticket_id,) in rows}

    @api.model
    def _get_firings(self, wait, count_from, delays, working_time, now):
        """Tell when each step would have fired in a wait (R4, R5, R6).

        :param Wait wait: a wait of the past
        :param list delays: minutes of each step, in order
        :param WorkingTime working_time: of the policy's working hours
        :param datetime now: naive UTC, for waits that still go on
        :return: one moment a step, None for a step that would not have fired
        :rtype: list[datetime | None]
        """
        if not delays:
            return []
        end = wait.end or now
        messages = wait.messages
        if count_from != "client_last":
            messages = messages[:1]
        for message, next_message in zip(messages, [*messages[1:], end], strict=True):
            first = working_time.due(message, delays[0])
            # The client's next message moves the anchor, unless the incident is open.
            if first and first < next_message:
                moments = (working_time.due(message, delay) for delay in delays)
                return [
                    moment if moment and moment < end else None for moment in moments
                ]
        return [None] * len(delays)
