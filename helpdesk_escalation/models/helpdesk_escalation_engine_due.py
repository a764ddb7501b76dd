from collections import namedtuple

from odoo import models
from odoo.tools import SQL

Waiting = namedtuple("Waiting", ["due", "next_anchors", "watched"])
Waiting.__doc__ = """Waiting tickets without an incident: the due ones (ticket id,
policy id, anchor, its message), the longest wait of the others per policy id and delay
of the first step, and those to be watched (ticket id, policy id, waiting since, the
first message of the wait, anchor, its message)."""


class HelpdeskEscalationEngine(models.AbstractModel):
    """R5, R12: which tickets are due, and when the next ones will be."""

    _inherit = "helpdesk.escalation.engine"

    def _find_due_tickets(self, plan, ticket_ids=None):
        """Find waiting tickets without an incident whose first step is due (R5, R12).

        :param ticket_ids: look among these only
        :return: ticket id, policy id, anchor and the message it is, longest wait first
        """
        return self._read_waiting(plan, ticket_ids).due

    def _read_waiting(self, plan, ticket_ids=None):
        """Read the waiting tickets without an incident, in one pass over the clock.

        :param ticket_ids: look among these only
        :return: those that are due, and of the others the longest wait per policy and
            first step
        :rtype: Waiting
        """
        starts = [
            SQL(
                "(%s, %s::timestamp, %s::timestamp)",
                policy.id,
                plan.cutoffs[policy.id].steps[0][1],
                policy.start_date or None,
            )
            for policy in plan.policies
            if policy.id in plan.cutoffs and plan.cutoffs[policy.id].steps
        ]
        if not starts or ticket_ids == []:
            return Waiting([], {}, [])
        clock = self.env["helpdesk.escalation.clock"]
        rows = self.env.execute_query(
            SQL(
                """
            WITH waiting AS (
              SELECT clock.id, clock.policy_id, clock.anchor_date,
                     clock.anchor_message_id,
                     %(waiting_message)s AS waiting_message_id,
                     first_step.cutoff,
                     %(watched_since)s AS watched_since,
                     date_trunc('second', clock.anchor_date) <= first_step.cutoff
                     AS is_due
                FROM %(clock)s AS clock
                JOIN (VALUES %(starts)s) AS policy (id, cutoff, start_date)
                  ON policy.id = clock.policy_id
          CROSS JOIN LATERAL (SELECT %(cutoff)s AS cutoff) first_step
               WHERE clock.is_open
                 AND %(counts)s
                 AND %(among)s
                 AND NOT %(is_escalated)s
            )
            SELECT id, policy_id, anchor_date, anchor_message_id, cutoff,
                   CASE WHEN is_due THEN NULL ELSE watched_since END,
                   waiting_message_id, is_due IS TRUE
              FROM waiting
             WHERE is_due OR watched_since IS NOT NULL
         UNION ALL
            SELECT NULL, policy_id, MIN(anchor_date), NULL, cutoff, NULL, NULL, FALSE
              FROM waiting
             WHERE NOT is_due
          GROUP BY policy_id, cutoff
          ORDER BY anchor_date, id
                """,
                clock=clock._table_sql,
                is_escalated=clock._sql_is_escalated(),
                counts=plan.policies._sql_counts_wait(
                    SQL("clock.anchor_date"),
                    SQL("clock.policy_source"),
                    SQL("policy.start_date"),
                ),
                starts=SQL(", ").join(starts),
                cutoff=self._sql_first_cutoff(plan),
                watched_since=self._sql_watched(plan, "waiting_since"),
                waiting_message=self._sql_watched(plan, "waiting_message_id"),
                among=SQL("TRUE")
                if ticket_ids is None
                else SQL("clock.id IN %s", tuple(ticket_ids)),
            )
        )
        return Waiting(
            due=[row[:4] for row in rows if row[-1]],
            next_anchors={
                (policy_id, self._get_delay_of(plan, policy_id, cutoff)): anchor
                for ticket_id, policy_id, anchor, _message_id, cutoff, *_rest in rows
                if not ticket_id
            },
            watched=[
                (ticket_id, policy_id, since, first_id, *anchor)
                for ticket_id, policy_id, *anchor, _, since, first_id, _ in rows
                if since
            ],
        )

    def _get_delay_of(self, plan, policy_id, cutoff):
        return next(
            step.delay
            for step, moment in plan.cutoffs[policy_id].steps
            if moment == cutoff
        )
