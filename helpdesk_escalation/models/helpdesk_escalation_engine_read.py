from odoo import models
from odoo.tools import SQL

from ..tools.rows import row_type, select_list
from ..tools.working_time import SECOND


class HelpdeskEscalationEngine(models.AbstractModel):
    """What is due, and how far each open incident is: the run's statements.

    Rows are read by name. A wing adds columns with ``_sql_case_fields`` and
    ``_sql_wait_fields``, and ends of its own with ``_sql_resolution``.
    """

    _inherit = "helpdesk.escalation.engine"

    # ------------------------------------------------------------------
    # The open incidents: R6, R11
    # ------------------------------------------------------------------

    def _read_cases(self, plan, ticket_ids=None):
        """Read the open incidents beside their clocks, longest round first.

        Confirmed incidents are there only when they end or may start again; those put
        off after a fault are left out until their time. What was read is known until
        the run changes something (``plan.known``).

        :param ticket_ids: read these only; by default all that have an incident
        :return: rows with the columns of ``_sql_case_fields``
        """
        key = None if ticket_ids is None else tuple(ticket_ids)
        if key not in plan.known:
            plan.known[key] = self._query_cases(plan.now, ticket_ids)
        return plan.known[key]

    def _query_cases(self, now, ticket_ids):
        self.env["helpdesk.escalation.incident"].flush_model()
        self.env["helpdesk.escalation.notification"].flush_model(
            ["incident_id", "round", "step_id"]
        )
        # The tickets are named, so that the clock is read for these alone. Incidents
        # are looked up one by one: a join is planned by what was known before a
        # flood, and may then compare all with all.
        incidents = self._get_open_incidents(ticket_ids)
        if not incidents:
            return []
        columns = self._sql_case_fields()
        rows = self.env.execute_query(
            SQL(
                """
        SELECT %(names)s FROM (
            SELECT %(columns)s, %(may_restart)s AS may_restart
              FROM %(clock)s AS clock
        CROSS JOIN LATERAL (
                   SELECT * FROM helpdesk_escalation_incident
                    WHERE ticket_id = clock.id AND state != 'resolved'
                   OFFSET 0) incident
         LEFT JOIN helpdesk_escalation_policy policy ON policy.id = clock.policy_id
             WHERE (incident.retry_date IS NULL OR incident.retry_date <= %(now)s)
               AND clock.id = ANY(%(tickets)s)
            ) AS open_case
         WHERE state = 'active' OR resolution IS NOT NULL OR may_restart
      ORDER BY round_date, ticket_id
                """,
                names=SQL(", ").join(map(SQL.identifier, columns)),
                columns=select_list(columns),
                may_restart=self._sql_may_restart(),
                clock=self.env["helpdesk.escalation.clock"]._table_sql,
                now=now,
                tickets=incidents.ticket_id.ids,
            )
        )
        case_type = row_type("Case", tuple(columns))
        return [case_type(*row) for row in rows]

    def _sql_case_fields(self):
        """Return what is read of a case: an SQL expression per name.

        They speak of ``incident``, of its ticket's ``clock`` and of the ``policy`` that
        counts for the ticket now.

        :rtype: dict[str, SQL]
        """
        return {
            "incident_id": SQL("incident.id"),
            "ticket_id": SQL("incident.ticket_id"),
            "kind": SQL("incident.kind"),
            "state": SQL("incident.state"),
            "resolution": self._sql_resolution(),
            "policy_id": SQL("clock.policy_id"),
            "round_date": SQL(
                "date_trunc('second', "
                "COALESCE(incident.round_date, incident.anchor_date))"
            ),
            "skip_until_delay": SQL(
                "CASE WHEN incident.fired_policy_id = clock.policy_id "
                "THEN incident.skip_until_delay "
                "ELSE GREATEST(incident.skip_until_delay, "
                "incident.last_fired_delay) END"
            ),
            "fired_step_ids": SQL(
                """
                ARRAY(SELECT fired.step_id
                        FROM helpdesk_escalation_notification fired
                       WHERE fired.incident_id = incident.id
                         AND fired.round = incident.round)"""
            ),
            "passed_step_ids": self._sql_passed_steps(),
            "called_step_ids": SQL(
                """
                ARRAY(SELECT cause.step_id
                        FROM helpdesk_escalation_cause cause
                       WHERE cause.incident_id = incident.id
                         AND cause.round = incident.round
                         AND cause.step_id IS NOT NULL)"""
            ),
            "nobody_reached": SQL("COALESCE(incident.nobody_reached, FALSE)"),
            "step_date": SQL("incident.step_date"),
            "repeats": SQL("COALESCE(incident.repeats, 0)"),
            "confirmed_date": SQL("incident.confirmed_date"),
            "on_it_until": SQL("incident.on_it_until"),
            "client_date": SQL("clock.client_date"),
        }

    def _sql_resolution(self):
        """State why an incident ends: all the rules of an end (R11).

        An answer, a waiver, or a closing that was undone, counts when it is later than
        the message that the incident counts from. One that was written on a closed
        ticket is over with an answer, the ticket being closed as it was; one that was
        written on a duplicate, when that very client is answered. Who had the last word
        tells whether the client still waited when the ticket was closed.
        """
        return SQL(
            """
            CASE
            WHEN clock.idle_reason IN ('closed', 'duplicate')
             AND GREATEST(clock.staff_message_id, clock.waived_message_id)
                 > incident.anchor_message_id
             AND (clock.closed_date > incident.anchor_date) IS NOT TRUE
             AND EXISTS (SELECT FROM mail_message late
                          WHERE late.id = incident.anchor_message_id
                            AND late.escalation_late IS NOT NULL)
            THEN %(answered)s
            WHEN clock.idle_reason = 'closed' THEN %(closed)s
            WHEN clock.idle_reason IS NOT NULL THEN clock.idle_reason
            WHEN clock.closed_date > incident.anchor_date THEN %(closed)s
            WHEN clock.paused_message_id >= incident.anchor_message_id THEN 'paused'
            WHEN incident.anchor_message_id = ANY(clock.duplicate_message_ids)
            THEN NULL
            WHEN EXISTS (SELECT FROM mail_message late
                          WHERE late.id = incident.anchor_message_id
                            AND late.model = 'helpdesk.ticket'
                            AND late.res_id != incident.ticket_id)
            THEN 'answered'
            WHEN policy.count_from = 'unresolved' THEN
                 CASE WHEN clock.waived_message_id > incident.anchor_message_id
                      THEN 'waived'
                      WHEN clock.anchor_date IS NULL THEN 'closed' END
            WHEN clock.anchor_date IS NULL
              OR GREATEST(clock.staff_message_id, clock.waived_message_id)
                 > incident.anchor_message_id
            THEN %(answered)s
            END""",
            answered=SQL(
                "CASE WHEN clock.waived_message_id "
                "> COALESCE(clock.staff_message_id, 0) "
                "THEN 'waived' ELSE 'answered' END"
            ),
            closed=SQL(
                "CASE WHEN %s THEN 'closed_waiting' ELSE 'closed' END",
                self._sql_was_waiting(),
            ),
        )

    def _sql_was_waiting(self):
        """State whether somebody still waited when the ticket was closed."""
        return SQL("COALESCE(clock.last_party, 'client') = 'client'")

    def _sql_may_restart(self):
        """State whether the run looks at a confirmed incident: it may start again."""
        return SQL(
            "policy.confirm_expiry > 0 OR policy.reopen_on_client "
            "OR incident.on_it_until IS NOT NULL"
        )

    def _get_open_incidents(self, ticket_ids=None):
        domain = [("state", "!=", "resolved")]
        if ticket_ids is not None:
            domain.append(("ticket_id", "in", ticket_ids))
        return self.env["helpdesk.escalation.incident"].search_fetch(
            domain, ["kind", "ticket_id"]
        )

    def _is_any_open(self, ticket_ids):
        """Whether a ticket is escalated: everybody who answers waits for this.

        In SQL, as the ORM's search takes eight times as long.
        """
        incidents = self.env["helpdesk.escalation.incident"]
        incidents.flush_model(["state", "ticket_id"])
        return bool(
            self.env.execute_query(
                SQL(
                    "SELECT FROM %s WHERE ticket_id IN %s AND state != 'resolved' "
                    "LIMIT 1",
                    incidents._table_sql,
                    tuple(ticket_ids) or (0,),
                )
            )
        )

    # ------------------------------------------------------------------
    # The tickets that wait without an incident: R5, R12
    # ------------------------------------------------------------------

    def _read_waits(self, plan, ticket_ids=None):
        """Read the waiting tickets without an incident that are due (``is_due``).

        A run, which has to know when to come back, reads also those that fall due
        before it comes anyway (``plan.coming``). In one pass over the clock: how long
        somebody waits is asked first, as nearly always that is not long enough.

        :param ticket_ids: look among these only
        :return: rows with the columns of ``_sql_wait_fields``, longest wait first
        """
        policies = []
        steps = []
        conditions = self.env["helpdesk.escalation.step"]._get_conditions()
        with_conditions = {policy_id for policy_id, *_step in conditions}
        for policy in plan.policies:
            cutoffs = plan.cutoffs.get(policy.id)
            if cutoffs and cutoffs.steps:
                first_step, _cutoff = cutoffs.steps[0]
                policies.append((policy.id, first_step.id, policy.start_date or None))
                # Only with conditions may another step be a ticket's first one.
                firsts = None if policy.id in with_conditions else 1
                steps += [
                    (step.id, cutoff, plan.coming.get(step.id, cutoff))
                    for step, cutoff in cutoffs.steps[:firsts]
                ]
        if not policies or ticket_ids == []:
            return []
        clock = self.env["helpdesk.escalation.clock"]
        columns = self._sql_wait_fields(plan)
        rows = self.env.execute_query(
            SQL(
                """
            SELECT %(columns)s
              FROM %(clock)s AS clock
              JOIN (VALUES %(policies)s) AS policy (id, first_step_id, start_date)
                ON policy.id = clock.policy_id
         LEFT JOIN (VALUES %(steps)s) AS first_step (id, cutoff, coming)
                ON first_step.id = %(first_step)s
             WHERE (clock.anchor_date <= %(latest)s OR %(wanted)s)
               AND (date_trunc('second', clock.anchor_date) <= first_step.coming
                    OR %(wanted)s)
               AND %(may_wait)s
               AND %(counts)s
               AND %(among)s
               AND NOT %(is_escalated)s
          ORDER BY clock.anchor_date, clock.id
                """,
                columns=select_list(columns),
                clock=clock._table_sql,
                # Asked of the clock alone, and so before all else.
                latest=max(coming for *_step, coming in steps) + SECOND,
                wanted=self._sql_wait_is_wanted(plan),
                may_wait=clock._sql_may_wait(),
                counts=plan.policies._sql_counts_wait(
                    SQL("clock.anchor_date"),
                    SQL("clock.policy_source"),
                    SQL("policy.start_date"),
                    SQL("clock.policy_date"),
                ),
                is_escalated=clock._sql_is_escalated(),
                policies=SQL(", ").join(
                    SQL("(%s, %s, %s::timestamp)", *policy) for policy in policies
                ),
                steps=SQL(", ").join(
                    SQL("(%s, %s::timestamp, %s::timestamp)", *step) for step in steps
                ),
                first_step=self._sql_first_step(plan),
                among=SQL("TRUE")
                if ticket_ids is None
                else SQL("clock.id IN %s", tuple(ticket_ids)),
            )
        )
        wait_type = row_type("Wait", tuple(columns))
        return [wait_type(*row) for row in rows]

    def _sql_wait_fields(self, plan):
        """Return what is read of a waiting ticket: an SQL expression per name.

        They speak of its ``clock``, and of the ``first_step`` that is meant for it,
        which is missing where none is.

        :rtype: dict[str, SQL]
        """
        return {
            "ticket_id": SQL("clock.id"),
            "policy_id": SQL("clock.policy_id"),
            "anchor_date": SQL("clock.anchor_date"),
            "anchor_message_id": SQL("clock.anchor_message_id"),
            "first_step_id": SQL("first_step.id"),
            "is_due": SQL(
                "COALESCE(date_trunc('second', clock.anchor_date) <= first_step.cutoff,"
                " FALSE)"
            ),
        }

    def _sql_wait_is_wanted(self, plan):
        """State whether a ``clock`` is read although it is not due; a wing may want it.

        :rtype: SQL
        """
        return SQL("FALSE")

    # ------------------------------------------------------------------
    # Steps with a condition: R6
    # ------------------------------------------------------------------

    def _sql_first_step(self, plan):
        """State which step is the first that is meant for a ticket.

        Steps whose condition does not hold are passed over. A ticket that no step is
        meant for has none and is never due.
        """
        step_model = self.env["helpdesk.escalation.step"]
        policy_ids = {
            policy_id for policy_id, *_step in step_model._get_conditions()
        } & set(plan.cutoffs)
        if not policy_ids:
            return SQL("policy.first_step_id")
        cases = []
        for policy_id in policy_ids:
            choices = []
            for step, _cutoff in plan.cutoffs[policy_id].steps:
                holds = (
                    step._sql_condition(step.condition, SQL("clock.id"))
                    if step._has_condition()
                    else SQL("TRUE")
                )
                choices.append(SQL("WHEN %s THEN %s", holds, step.id))
            if choices:
                cases.append(
                    SQL("WHEN %s THEN CASE %s END", policy_id, SQL(" ").join(choices))
                )
        if not cases:
            return SQL("policy.first_step_id")
        return SQL(
            "CASE policy.id %s ELSE policy.first_step_id END", SQL(" ").join(cases)
        )

    def _sql_passed_steps(self):
        """State which steps an incident passes over, as their condition fails.

        Where a later step has fired already, order goes before completeness.
        """
        step_model = self.env["helpdesk.escalation.step"]
        conditions = step_model._get_conditions()
        if not conditions:
            return SQL("NULL::int[]")
        return SQL(
            "ARRAY[%s]",
            SQL(", ").join(
                SQL(
                    "CASE WHEN clock.policy_id = %s "
                    "AND (incident.last_fired_delay > %s OR NOT %s) THEN %s END",
                    policy_id,
                    delay,
                    step_model._sql_condition(condition, SQL("clock.id")),
                    step_id,
                )
                for policy_id, step_id, delay, condition in conditions
            ),
        )
