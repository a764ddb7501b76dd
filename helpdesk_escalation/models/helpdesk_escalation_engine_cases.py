from collections import namedtuple

from odoo import models
from odoo.tools import SQL

Case = namedtuple(
    "Case",
    [
        "incident_id",
        "ticket_id",
        "state",
        "resolution",
        "policy_id",
        "round_date",
        "floor_delay",
        "fired_step_ids",
        "passed_step_ids",
        "called_step_ids",
        "nobody_reached",
        "step_date",
        "repeats",
        "confirmed_date",
        "on_it_until",
        "client_date",
        "waiting_since",
        "waiting_message_id",
        "taker_id",
    ],
)
Case.__doc__ = """An open incident beside its clock: how far it is, what should end it,
and who of those asked by hand has taken it by an answer."""

Next = namedtuple("Next", ["step", "since", "delay"])
Next.__doc__ = """What comes next on an incident: a step, None when the steps start
again; since when it is waited for (naive UTC), and how many minutes."""


class HelpdeskEscalationEngine(models.AbstractModel):
    """R6, R11: how far each open incident is, and what is left of it."""

    _inherit = "helpdesk.escalation.engine"

    def _read_cases(self, now, ticket_ids=None):
        """Read the open incidents beside their clocks: all the rules of an end (R11).

        An answer, or a closing that was undone, counts when it is later than the word
        that the incident counts from. Confirmed incidents are there only when they
        end or may start again; those put off after a fault are left out until their
        time.

        :param datetime now: naive UTC
        :param ticket_ids: read these only; by default all that have an incident
        :rtype: list[Case]
        """
        self.env["helpdesk.escalation.incident"].flush_model()
        self.env["helpdesk.escalation.notification"].flush_model(
            ["incident_id", "round", "step_id"]
        )
        # Named one by one, so that the clock is read for these alone, and looked up one
        # by one: a join is planned by what was known of the incidents before a flood,
        # and may then read all the clocks for each of them.
        incidents = self._get_open_incidents(ticket_ids)
        if not incidents:
            return []
        rows = self.env.execute_query(
            SQL(
                """
        SELECT * FROM (
            SELECT incident.id, incident.ticket_id, incident.state,
                   CASE
                   WHEN clock.idle_reason IS NOT NULL
                    AND (incident.kind != 'manual'
                         OR clock.idle_reason NOT IN ('muted', 'no_policy'))
                   THEN clock.idle_reason
                   WHEN clock.closed_date > incident.anchor_date THEN 'closed'
                   WHEN incident.kind = 'manual' THEN NULL
                   WHEN clock.paused_message_id >= incident.anchor_message_id
                   THEN 'paused'
                   WHEN policy.count_from = 'unresolved' THEN
                        CASE WHEN clock.anchor_date IS NULL THEN 'closed' END
                   WHEN clock.anchor_date IS NULL
                     OR clock.staff_message_id > incident.anchor_message_id
                   THEN 'answered'
                   END AS resolution,
                   clock.policy_id,
                   date_trunc('second', COALESCE(incident.round_date,
                                                 incident.anchor_date)) AS round_date,
                   CASE WHEN incident.policy_id = clock.policy_id
                        THEN incident.floor_delay
                        ELSE GREATEST(incident.floor_delay, incident.fired_delay)
                   END AS floor_delay,
                   ARRAY(SELECT fired.step_id
                           FROM helpdesk_escalation_notification fired
                          WHERE fired.incident_id = incident.id
                            AND fired.round = incident.round) AS fired_step_ids,
                   %(passed)s AS passed_step_ids,
                   ARRAY(SELECT cause.step_id
                           FROM helpdesk_escalation_cause cause
                          WHERE cause.incident_id = incident.id
                            AND cause.round = incident.round
                            AND cause.step_id IS NOT NULL) AS called_step_ids,
                   COALESCE(incident.nobody_reached, FALSE),
                   incident.step_date,
                   COALESCE(incident.repeats, 0),
                   incident.confirmed_date,
                   incident.on_it_until,
                   CASE WHEN incident.kind != 'manual' THEN clock.client_date END,
                   CASE WHEN incident.kind != 'manual' THEN clock.waiting_since END,
                   clock.waiting_message_id,
                   %(taker)s AS taker_id,
                   (%(watched)s OR policy.confirm_expiry > 0 OR policy.reopen_on_client
                    OR incident.on_it_until IS NOT NULL)
                   AND (incident.kind = 'manual'
                        AND clock.staff_date > incident.confirmed_date) IS NOT TRUE
                   AS may_renew
              FROM unnest(%(incidents)s, %(tickets)s) AS named (incident_id, ticket_id)
              JOIN %(clock)s AS clock ON clock.id = named.ticket_id
        CROSS JOIN LATERAL (
                   SELECT * FROM helpdesk_escalation_incident
                    WHERE id = named.incident_id
                   OFFSET 0) incident
         LEFT JOIN helpdesk_escalation_policy policy ON policy.id = clock.policy_id
             WHERE (incident.retry_date IS NULL OR incident.retry_date <= %(now)s)
               AND clock.id = ANY(%(tickets)s)
            ) AS open_case
         WHERE state = 'active' OR resolution IS NOT NULL OR may_renew
      ORDER BY round_date, ticket_id
                """,
                clock=self.env["helpdesk.escalation.clock"]._table_sql,
                taker=self._sql_taker(),
                now=now,
                passed=self._sql_passed_steps(),
                watched=self._sql_is_watched(),
                incidents=incidents.ids,
                tickets=[incident.ticket_id.id for incident in incidents],
            )
        )
        return [Case(*row[:-1]) for row in rows]

    def _get_firing_steps(self, plan, case):
        """Say which steps fire now, and which come after them (R6).

        Fired steps never fire again in their round. A step that reached nobody does
        not wait: the next one fires at once, and after the last one the fallback.

        :return: steps that fire, steps left; None when nothing is to be done
        :rtype: tuple[list, list] | None
        """
        if case.state != "active" or case.policy_id not in plan.cutoffs:
            return None
        moments = dict(plan.cutoffs[case.policy_id].steps)
        left = self._get_left_steps(moments, case)
        called = case.called_step_ids or ()
        due = [
            step
            for step in left
            if case.round_date <= moments[step] or step.id in called
        ]
        later = [step for step in left if step.delay >= due[-1].delay] if due else left
        later = [step for step in later if step not in due]
        has_fired = case.step_date and case.step_date >= case.round_date
        if case.nobody_reached and has_fired and not due:
            return later[:1], later[1:]
        return (due, later) if due else None

    def _get_left_steps(self, steps, case):
        """Return those of the policy's steps that have not fired in this round (R6)."""
        return [
            step
            for step in steps
            if step.id not in case.fired_step_ids
            and step.id not in (case.passed_step_ids or ())
            and step.delay > case.floor_delay
        ]

    def _get_renewal(self, plan, case):
        """Say why an incident starts again, if it does: a new round of the steps (R6).

        A confirmation expires, the client writes again, or nobody took the ticket
        after the last step. Like all that is sent, within working hours only (R5).

        :return: "expired", "client", "repeat" or None
        """
        cutoffs = plan.cutoffs.get(case.policy_id)
        if case.resolution or not cutoffs:
            return None
        policy = plan.policies.browse(case.policy_id)
        if case.state == "confirmed":
            if case.on_it_until:
                expired = case.on_it_until <= plan.now
            else:
                expired = cutoffs.expiry and case.confirmed_date <= cutoffs.expiry
            if expired:
                return "expired"
            if (
                policy.reopen_on_client
                and case.client_date
                and case.client_date > case.confirmed_date
            ):
                return "client"
        elif (
            case.repeats < policy.repeat_count
            and case.step_date
            and case.step_date <= cutoffs.repeat
            and not case.nobody_reached
            and not self._get_left_steps(dict(cutoffs.steps), case)
        ):
            return "repeat"
        return None

    def _get_next(self, policy, steps, case):
        """Say what comes next on an incident if nobody does anything (R6).

        The one truth for the schedule of the run, the dry run and all screens. What it
        waits for is over at the moment at which ``_get_firing_steps`` or
        ``_get_renewal`` see to it.

        :param policy: the one that counts for the case
        :param steps: all steps of the policy, in order
        :return: None when nothing comes
        :rtype: Next | None
        """
        if case.resolution or not policy:
            return None
        if case.state == "confirmed":
            if (
                policy.reopen_on_client
                and case.client_date
                and case.client_date > case.confirmed_date
            ):
                return Next(None, case.client_date, 0)
            if case.on_it_until:
                return Next(None, case.on_it_until, 0)
            if policy.confirm_expiry:
                return Next(None, case.confirmed_date, policy.confirm_expiry)
            return None
        left = self._get_left_steps(steps, case)
        for step in left:
            if step.id in (case.called_step_ids or ()):
                return Next(step, case.round_date, 0)
        has_fired = case.step_date and case.step_date >= case.round_date
        if left and case.nobody_reached and has_fired:
            # A step that reached nobody does not wait.
            return Next(left[0], case.step_date, 0)
        if left:
            return Next(left[0], case.round_date, left[0].delay)
        if (
            case.repeats < policy.repeat_count
            and case.step_date
            and not case.nobody_reached
        ):
            return Next(None, case.step_date, policy.repeat_delay)
        return None
