import logging
from collections import namedtuple
from datetime import datetime, timedelta

from psycopg2 import errors

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

from ..tools.locks import lock_rows
from .groups import MANAGER_GROUP

_logger = logging.getLogger(__name__)

# Tickets handled in one transaction: short enough that nobody waits for our locks.
BATCH_SIZE = 100
# A ticket that fails is tried again after 5, 10, 20 … minutes, at most every 4 hours.
RETRY_MINUTES = 5
MAX_RETRY_MINUTES = 240
# Somebody else changed the same rows: nothing is wrong, so it is tried again at once.
CONTENTION_TRIES = 3
CONTENTION = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
)

Plan = namedtuple(
    "Plan",
    ["now", "policies", "cutoffs", "watched_policies", "watched_tickets"],
    defaults=[(), ()],
)
Plan.__doc__ = """What a run goes by: its one moment (naive UTC), the active
policies, the moments that their delays reach back to (R5), and where triggers are
looked for: under which policies, on which tickets besides (ids)."""

Waiting = namedtuple("Waiting", ["due", "next_anchors", "watched"])
Waiting.__doc__ = """Waiting tickets without an incident: the due ones (ticket id,
policy id, anchor, its message), the longest wait of the others per policy id and delay
of the first step, and those to be watched (ticket id, policy id, waiting since, anchor,
its message)."""

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
        "taker_id",
    ],
)
Case.__doc__ = """An open incident beside its clock: how far it is, what should end it,
and who of those asked by hand has taken it by an answer."""


class HelpdeskEscalationEngine(models.AbstractModel):
    """The run: who has waited too long is seen to, all or nothing, at most once."""

    _name = "helpdesk.escalation.engine"
    _description = "Escalation Engine"

    # ------------------------------------------------------------------
    # R13 The run
    # ------------------------------------------------------------------

    @api.model
    def _cron_escalate(self):
        """End, open and advance incidents: the job that runs every 5 minutes (R13).

        One moment counts for the whole run. Tickets are handled in batches, each in a
        transaction of its own; a batch that fails is taken apart. It never raises.
        """
        try:
            plan = self._get_plan(fields.Datetime.now())
            ticket_ids, next_anchors = self._find_work(plan)
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The escalation run could not start")
            return
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=len(ticket_ids))
        for batch in split_every(BATCH_SIZE, ticket_ids):
            try:
                self._process(plan, batch)
                time_left = progress._commit_progress(len(batch))
            except Exception as error:
                self.env.cr.rollback()
                self._process_again(plan.now, batch, error)
                time_left = progress._commit_progress(len(batch))
            if not time_left:
                break
        else:
            self._come_back_in_time(plan, next_anchors)
        try:
            self._tend_mails(plan.now)
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The mails are left to the next run")

    def _process_again(self, now, ticket_ids, error):
        """Handle a failed batch: as it is when somebody was quicker, else apart."""
        if self._is_contention(error):
            try:
                self._process(self._get_plan(now), ticket_ids)
                self.env["ir.cron"]._commit_progress()
                return
            except Exception:
                self.env.cr.rollback()
        self._process_apart(now, ticket_ids)

    def _process_apart(self, now, ticket_ids):
        """Handle the tickets of a failed batch one by one, to find the bad one."""
        for ticket_id in ticket_ids:
            for tries_left in reversed(range(CONTENTION_TRIES)):
                try:
                    # Read anew: what failed may have been an outdated plan.
                    self._process(self._get_plan(now), [ticket_id])
                    self.env["ir.cron"]._commit_progress()
                    break
                except Exception as error:
                    self.env.cr.rollback()
                    if tries_left and self._is_contention(error):
                        continue
                    _logger.warning(
                        "The escalation of ticket %s failed", ticket_id, exc_info=True
                    )
                    self._register_failure(now, ticket_id, error)
                    break

    @api.model
    def _is_contention(self, error):
        """Whether another transaction just did, or is doing, the same work."""
        return isinstance(error, CONTENTION) or (
            isinstance(error, errors.UniqueViolation)
            and (error.diag.table_name or "").startswith("helpdesk_escalation_")
        )

    def _register_failure(self, now, ticket_id, error):
        """Mark the incident of a failed ticket and put it off (R13).

        A ticket that has no incident yet gets one that has told nobody, so that the
        fault is seen.
        """
        try:
            incident = self._get_open_incidents([ticket_id])
            if not incident:
                plan = self._get_plan(now)
                incident = self._open(self._find_due_tickets(plan, [ticket_id]))
                if not incident:
                    self._raise_causes(plan, [ticket_id])
                    incident = self._get_open_incidents([ticket_id])
            for one in incident:
                minutes = min(RETRY_MINUTES * 2**one.attempts, MAX_RETRY_MINUTES)
                one.write(
                    {
                        "error": str(error) or repr(error),
                        "attempts": one.attempts + 1,
                        "retry_date": now + timedelta(minutes=minutes),
                        "nobody_reached": not one.told_user_ids,
                    }
                )
            self.env["ir.cron"]._commit_progress()
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The fault of ticket %s could not be kept", ticket_id)

    def _process(self, plan, ticket_ids):
        """Bring the incidents of some tickets up to date, in one transaction.

        Incidents that somebody holds right now are left to the next run; the rest is
        judged again after the lock.
        """
        held = self._get_open_incidents(ticket_ids)
        locked = lock_rows(held)
        busy = set((held - locked).ticket_id.ids)
        ticket_ids = [ticket_id for ticket_id in ticket_ids if ticket_id not in busy]
        cases = self._read_cases(plan.now, ticket_ids)
        self._settle(cases)
        cases = self._take(cases)
        told = self._renew(plan, cases)
        self._open(self._find_due_tickets(plan, ticket_ids))
        started = self._raise_causes(plan, ticket_ids)
        self._advance(plan, self._read_cases(plan.now, ticket_ids), told)
        self._pass_over_earlier(started)

    def _get_plan(self, now):
        policies = self.env["helpdesk.escalation.policy"].search(
            [("active", "=", True)]
        )
        return Plan(now, policies, policies._get_cutoffs(now))

    def _find_work(self, plan):
        """Find the tickets that need something, longest wait first.

        :return: their ids, and the longest wait per policy that is not due yet
        """
        all_cases = self._read_cases(plan.now)
        cases = [
            case
            for case in all_cases
            if case.resolution
            or case.taker_id
            or self._get_renewal(plan, case)
            or self._get_firing_steps(plan, case)
        ]
        waiting = self._read_waiting(plan)
        ticket_ids = [case.ticket_id for case in cases]
        ticket_ids += [ticket_id for ticket_id, *_anchor in waiting.due]
        ticket_ids += self._find_caused(plan, all_cases, waiting)
        ticket_ids = list(dict.fromkeys(ticket_ids))
        return ticket_ids, waiting.next_anchors

    def _get_open_incidents(self, ticket_ids=None):
        domain = [("state", "!=", "resolved")]
        if ticket_ids is not None:
            domain.append(("ticket_id", "in", ticket_ids))
        return self.env["helpdesk.escalation.incident"].search_fetch(
            domain, ["ticket_id"]
        )

    # ------------------------------------------------------------------
    # R5, R12 Which tickets are due
    # ------------------------------------------------------------------

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
        self.env["helpdesk.escalation.incident"].flush_model(
            ["ticket_id", "kind", "state"]
        )
        rows = self.env.execute_query(
            SQL(
                """
            WITH waiting AS (
              SELECT clock.id, clock.policy_id, clock.anchor_date,
                     clock.anchor_message_id, first_step.cutoff,
                     %(watched)s AS watched_since,
                     date_trunc('second', clock.anchor_date) <= first_step.cutoff
                     AS is_due
                FROM %(clock)s AS clock
                JOIN (VALUES %(starts)s) AS policy (id, cutoff, start_date)
                  ON policy.id = clock.policy_id
          CROSS JOIN LATERAL (SELECT %(cutoff)s AS cutoff) first_step
               WHERE clock.is_open
                 AND clock.anchor_date IS NOT NULL
                 AND (clock.policy_source = 'ticket'
                      OR policy.start_date IS NULL
                      OR clock.anchor_date >= policy.start_date)
                 AND %(among)s
                 AND NOT EXISTS (
                     SELECT FROM helpdesk_escalation_incident incident
                      WHERE incident.ticket_id = clock.id
                        AND incident.kind = 'automatic'
                        AND incident.state != 'resolved')
            )
            SELECT id, policy_id, anchor_date, anchor_message_id, cutoff,
                   CASE WHEN is_due THEN NULL ELSE watched_since END, is_due IS TRUE
              FROM waiting
             WHERE is_due OR watched_since IS NOT NULL
         UNION ALL
            SELECT NULL, policy_id, MIN(anchor_date), NULL, cutoff, NULL, FALSE
              FROM waiting
             WHERE NOT is_due
          GROUP BY policy_id, cutoff
          ORDER BY anchor_date, id
                """,
                clock=self.env["helpdesk.escalation.clock"]._table_sql,
                starts=SQL(", ").join(starts),
                cutoff=self._sql_first_cutoff(plan),
                watched=self._sql_watched_since(plan),
                among=self._sql_among(SQL.identifier("clock", "id"), ticket_ids),
            )
        )
        return Waiting(
            due=[row[:4] for row in rows if row[6]],
            next_anchors={
                (policy_id, self._get_delay_of(plan, policy_id, cutoff)): anchor
                for ticket_id, policy_id, anchor, _message_id, cutoff, *_rest in rows
                if not ticket_id
            },
            watched=[
                (ticket_id, policy_id, since, *anchor)
                for ticket_id, policy_id, *anchor, _cutoff, since, _is_due in rows
                if since
            ],
        )

    def _get_delay_of(self, plan, policy_id, cutoff):
        return next(
            step.delay
            for step, moment in plan.cutoffs[policy_id].steps
            if moment == cutoff
        )

    @api.model
    def _sql_among(self, column, ids):
        if ids is None:
            return SQL("TRUE")
        return SQL("%s IN %s", column, tuple(ids) or (0,))

    # ------------------------------------------------------------------
    # R6, R11 How far each incident is
    # ------------------------------------------------------------------

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
        if ticket_ids is None:
            # Named one by one, so that the clock is read for these alone.
            ticket_ids = self._get_open_incidents().ticket_id.ids
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
                   %(taker)s AS taker_id,
                   (%(watched)s OR policy.confirm_expiry > 0 OR policy.reopen_on_client
                    OR incident.on_it_until IS NOT NULL)
                   AND (incident.kind = 'manual'
                        AND clock.staff_date > incident.confirmed_date) IS NOT TRUE
                   AS may_renew
              FROM helpdesk_escalation_incident incident
              JOIN %(clock)s AS clock ON clock.id = incident.ticket_id
         LEFT JOIN helpdesk_escalation_policy policy ON policy.id = clock.policy_id
             WHERE incident.state != 'resolved'
               AND (incident.retry_date IS NULL OR incident.retry_date <= %(now)s)
               AND %(among)s
               AND %(clock_among)s
            ) AS open_case
         WHERE state = 'active' OR resolution IS NOT NULL OR may_renew
      ORDER BY round_date, ticket_id
                """,
                clock=self.env["helpdesk.escalation.clock"]._table_sql,
                taker=self._sql_taker(),
                now=now,
                passed=self._sql_passed_steps(),
                watched=self._sql_is_watched(),
                among=self._sql_among(
                    SQL.identifier("incident", "ticket_id"), ticket_ids
                ),
                clock_among=self._sql_among(SQL.identifier("clock", "id"), ticket_ids),
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
        policy = plan.policies.browse(case.policy_id)
        left = self._get_left_steps(policy, case)
        moments = dict(plan.cutoffs[case.policy_id].steps)
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

    def _get_left_steps(self, policy, case):
        """Return the steps that have not fired in this round, in their order (R6)."""
        return [
            step
            for step in policy.step_ids.sorted()
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
            and not self._get_left_steps(policy, case)
        ):
            return "repeat"
        return None

    # ------------------------------------------------------------------
    # R11 End, R6 Open and advance
    # ------------------------------------------------------------------

    def _settle(self, cases):
        """Resolve the incidents whose wait is over, with the reason (R11)."""
        by_reason = {}
        for case in cases:
            if case.resolution:
                by_reason.setdefault(case.resolution, []).append(case.incident_id)
        for resolution, incident_ids in by_reason.items():
            incidents = self.env["helpdesk.escalation.incident"].browse(incident_ids)
            for speaking in self._in_company_terms(incidents):
                speaking._resolve(resolution)

    def _open(self, due):
        """Open an incident for each due ticket; its anchor is frozen from now (R4)."""
        return (
            self.env["helpdesk.escalation.incident"]
            .with_context(tracking_disable=True, mail_create_nosubscribe=True)
            .create(
                [
                    {
                        "ticket_id": ticket_id,
                        "policy_id": policy_id,
                        "anchor_date": anchor_date,
                        "anchor_message_id": anchor_message_id,
                    }
                    for ticket_id, policy_id, anchor_date, anchor_message_id in due
                ]
            )
        )

    def _renew(self, plan, cases):
        """Start a new round where "I'm on it" was not enough or not said (R6).

        :return: per ticket id, (user id, channel) of who was told of it
        :rtype: dict[int, set]
        """
        told = {}
        for case in cases:
            renewal = self._get_renewal(plan, case)
            if not renewal:
                continue
            incident = self.env["helpdesk.escalation.incident"].browse(case.incident_id)
            (incident,) = self._in_company_terms(incident)
            confirmer = incident.confirmed_by_id
            incident._renew(plan.now, self._get_renewal_words(incident, renewal))
            if renewal == "repeat":
                incident.repeats += 1
            elif confirmer:
                told_of = told.setdefault(case.ticket_id, set())
                self._remind(incident, confirmer, told_of)
        return told

    def _get_renewal_words(self, incident, renewal):
        env = incident.env
        if renewal == "repeat":
            return env._("Nobody has taken the ticket: the steps start again.")
        if renewal == "client":
            return env._("The client wrote again: the steps start again.")
        return env._(
            "%s has not answered in time: the steps start again.",
            incident.confirmed_by_id.name,
        )

    def _remind(self, incident, user, told):
        """Tell who was on it that the steps have started again, as they were told.

        :param set told: (user id, channel) already told about the ticket in this run
        """
        last = incident.notification_ids.filtered(
            lambda n: n.user_id == user and n.state == "sent"
        )[-1:]
        step = self.env["helpdesk.escalation.step"]
        values, reached = self._with_env_of(incident)._get_user_values(
            incident, incident.policy_id, step, user, told, last.channel or "activity"
        )
        for value in values:
            value["step_name"] = incident.env._("Confirmation not kept")
        notifications = incident.env["helpdesk.escalation.notification"].create(values)
        notifications.filtered(lambda n: n.state == "pending")._deliver()
        if reached:
            incident.nobody_reached = False

    def _escalate_now(self, incident, user):
        """Fire the next step of an incident at once, because somebody says so.

        :raise UserError: when somebody holds the incident, or no step is left
        """
        if not lock_rows(incident):
            raise UserError(
                self.env._("Somebody is busy with this. Please try again in a moment.")
            )
        steps = incident._get_next_steps()
        if not steps:
            raise UserError(
                self.env._("There is no further step. Talk to the people involved.")
            )
        (incident,) = self._in_company_terms(incident)
        story = [incident.env._("%s escalates now.", user.name)]
        policy = incident.policy_id
        values = self._with_env_of(incident)._fire(
            incident, policy, steps[:1], steps[1:], fields.Datetime.now(), story
        )
        self._tell(incident, values, {incident: story})
        # The mails are written by the job, which comes at once.
        self.env.ref("helpdesk_escalation.ir_cron_escalate")._trigger()

    def _advance(self, plan, cases, told):
        """Fire what is due, for all incidents together (R6, R7, R9).

        :param dict told: per ticket id, (user id, channel) already told in this run
        """
        firing = {}
        for case in cases:
            steps = self._get_firing_steps(plan, case) if not case.resolution else None
            if steps:
                firing[case.incident_id] = (case, *steps)
        incidents = self.env["helpdesk.escalation.incident"].browse(firing)
        # Of two on one ticket, the one by hand has more to tell.
        incidents = incidents.sorted(lambda incident: incident.kind != "manual")
        for speaking in self._in_company_terms(incidents):
            values = []
            stories = {}
            for incident in speaking:
                case, due, later = firing[incident.id]
                # An incident by hand may be open beside the automatic one.
                told_of = told.setdefault(case.ticket_id, set())
                story = []
                if not incident.step_date:
                    story.append(
                        self._with_env_of(incident)._get_opening_words(incident)
                    )
                policy = plan.policies.browse(case.policy_id)
                values += self._with_env_of(incident)._fire(
                    incident, policy, due, later, plan.now, story, told_of
                )
                stories[incident] = story
            self._tell(speaking, values, stories)

    def _tell(self, incidents, values, stories):
        """Keep what became of each person, tell those who can be told, and log it."""
        notifications = incidents.env["helpdesk.escalation.notification"].create(values)
        notifications.filtered(lambda n: n.state == "pending")._deliver()
        self._tell_stories(stories)

    def _fire(self, incident, policy, due, later, now, story, told=None):
        """Fire the steps of one incident; nothing is sent yet (R6, R7).

        :param list due: steps that fire now
        :param list later: the steps after them
        :param list story: gets a line for the ticket's chatter per step
        :param set told: (user id, channel) already told about the ticket in this run
        :return: values of the notifications to create
        """
        policy = policy.with_env(incident.env)
        all_values = []
        told = set() if told is None else told
        step = incident.step_id
        firings = self._get_firings(incident, policy, due, later, told)
        for step, is_fallback, values in firings:
            name = self.env._("Fallback") if is_fallback else step.display_name
            said = all_values if is_fallback else ()
            story.append(self._get_step_words(name, values, said))
            all_values += values
        if all_values:
            reached = any((v["user_id"], v["channel"]) in told for v in all_values)
            self._write_progress(incident, policy, step, now, reached)
        return all_values

    def _get_firings(self, incident, policy, due, later, told=None):
        """Work out what the steps of one incident do, and change nothing (R6, R7).

        A step that reaches nobody lets the next one fire at once; after the last one
        comes the fallback.

        :param list due: steps that fire now
        :param list later: the steps after them
        :param set told: (user id, channel) already told about the ticket in this run
        :return: per firing its step, whether it is the fallback instead, and values of
            the notifications
        :rtype: list[tuple]
        """
        firings = []
        told = set() if told is None else told
        queue, later = list(due), list(later)
        step, reached = incident.step_id, False
        while queue:
            step = queue.pop(0).with_env(incident.env)
            values, reached = self._get_step_values(incident, policy, step, told)
            firings.append((step, False, values))
            if not reached and not queue and later:
                queue.append(later.pop(0))
        if not reached:
            values, reached = self._get_fallback_values(incident, policy, step, told)
            if reached or due:
                firings.append((step, True, values))
        return firings

    def _write_progress(self, incident, policy, step, now, reached):
        incident.write(
            {
                "step_id": step.id,
                "step_date": now,
                "first_step_date": incident.first_step_date or now,
                "fired_delay": max(incident.fired_delay, step.delay or 0),
                "floor_delay": incident.floor_delay
                if policy == incident.policy_id
                else max(incident.floor_delay, incident.fired_delay),
                "policy_id": policy.id,
                "nobody_reached": not (reached or incident.told_user_ids),
                "error": False,
                "attempts": 0,
                "retry_date": False,
            }
        )

    # ------------------------------------------------------------------
    # R7 Whom
    # ------------------------------------------------------------------

    def _get_step_values(self, incident, policy, step, told):
        """Work out whom a step tells, and who cannot be told and why (R7).

        :param set told: (user id, channel) already told in this run
        :return: values of notifications, and whether the step reached anybody
        :rtype: tuple[list[dict], bool]
        """
        users = step._get_recipients(incident.ticket_id)
        if not users:
            nobody = self._prepare_notification(incident, step)
            nobody["reason"] = step._get_nobody_reason(incident.ticket_id)
            return [nobody], False
        return self._get_user_values(incident, policy, step, users, told)

    def _get_user_values(
        self, incident, policy, step, users, told, channel=None, is_fallback=False
    ):
        channel = channel or step.channel
        ticket = incident.ticket_id
        all_values, reached = [], False

        def add(user, **values):
            line = self._prepare_notification(incident, step, user, channel)
            if is_fallback:
                line.update(is_fallback=True, step_name=self.env._("Fallback"))
            all_values.append({**line, **values})

        def tell(user, **values):
            if (user.id, channel) in told:
                # Told once per run and channel, which is as good as told (R6).
                add(user, reason=self.env._("Just told by another step."), **values)
            else:
                add(user, state="pending", **values)
                told.add((user.id, channel))

        for user in users.with_env(incident.env):
            reason = user._escalation_unreachable_reason(ticket, channel)
            away = (
                policy.skip_on_leave and not reason and user._escalation_away_reason()
            )
            if reason:
                add(user, reason=reason)
            elif not away:
                tell(user)
                reached = True
            else:
                add(user, reason=away)
                substitute = user._escalation_find_substitute(ticket, channel)
                if substitute:
                    tell(substitute, stands_in_for_id=user.id)
                    reached = True
        return all_values, reached

    def _get_fallback_values(self, incident, policy, step, told):
        """Tell the policy's fallback, else the team leader, else the managers (R7).

        The channel is the step's; who has no mail address gets a notification.
        """
        ticket = incident.ticket_id
        managers = self.env.ref(MANAGER_GROUP).sudo()
        all_values = []
        for users in (
            policy.fallback_user_id,
            ticket.team_id.user_id,
            managers.all_user_ids.filtered(
                lambda user: user.active
                and not user.share
                and ticket.company_id in user.company_ids
            ),
        ):
            for channel in dict.fromkeys([step.channel or "activity", "activity"]):
                values, reached = self._get_user_values(
                    incident, policy, step, users, told, channel, is_fallback=True
                )
                all_values += values
                if reached:
                    return all_values, True
        return all_values, False

    @api.model
    def _prepare_notification(self, incident, step, user=None, channel=None):
        """Prepare a line that says what became of one person at one step."""
        return {
            "incident_id": incident.id,
            "round": incident.round,
            "step_id": step.id,
            "step_name": step.display_name,
            "user_id": user.id if user else False,
            "channel": channel or step.channel or "activity",
            "state": "skipped",
        }

    # ------------------------------------------------------------------
    # R9 The story in the ticket's chatter
    # ------------------------------------------------------------------

    def _get_opening_words(self, incident):
        return self.env._(
            "Escalation opened by the policy %(policy)s: the client waits since "
            "%(time)s.",
            policy=incident.policy_id.name,
            time=incident._format_moment(incident.anchor_date),
        )

    def _get_step_words(self, step_name, values, said=()):
        """Put a fired step into one line: who was told, and who was not and why.

        :param list said: values of the lines before: nobody's reason is said twice
        """
        users = self.env["res.users"].with_context(active_test=False)
        told = users.browse(v["user_id"] for v in values if v["state"] == "pending")
        known = {(v["user_id"], v.get("reason")) for v in said}
        missed = [
            f"{users.browse(user_id).name}: {reason}" if user_id else reason
            for user_id, reason in dict.fromkeys(
                (v["user_id"], v["reason"]) for v in values if v["state"] == "skipped"
            )
            if (user_id, reason) not in known
        ]
        parts = [self.env._("%s.", step_name)]
        if told:
            parts.append(self.env._("Told: %s.", ", ".join(told.mapped("name"))))
        if missed:
            parts.append(self.env._("Not told: %s", " ".join(missed)))
        if not (told or missed):
            parts.append(self.env._("Nobody could be told."))
        return " ".join(parts)

    def _tell_stories(self, stories):
        """Log the lines of all incidents, line by line of each, in few queries."""
        for rank in range(max(map(len, stories.values()), default=0)):
            bodies = {
                incident: story[rank]
                for incident, story in stories.items()
                if len(story) > rank
            }
            self.env["helpdesk.escalation.incident"]._log_on_tickets(bodies)

    def _in_company_terms(self, incidents):
        """Yield the incidents company by company, in its terms and language (R13).

        The job runs in the main company and without a language.
        """
        for company, of_company in incidents.grouped(
            lambda incident: incident.ticket_id.company_id
        ).items():
            lang = company.partner_id.lang or self.env.lang
            yield of_company.with_company(company).with_context(
                lang=lang, tz=company.partner_id.tz
            )

    def _with_env_of(self, incident):
        return self.with_env(incident.env)

    # ------------------------------------------------------------------
    # R11 The fast path
    # ------------------------------------------------------------------

    def _settle_now(self, ticket_ids, speaker=None):
        """End at once what a change on a ticket settles; the run would find it anyway.

        It never waits for a lock: what somebody holds is left to the run (R11).

        :param speaker: the partner whose public word it was: goes on following (R8)
        """
        incidents = self._get_open_incidents(ticket_ids)
        if incidents:
            with self.env.cr.savepoint():
                if speaker:
                    notifications = self.env["helpdesk.escalation.notification"]
                    notifications._keep_access(incidents.ticket_id, speaker.ids)
                locked = lock_rows(incidents)
                # Also what was put off after a fault: it is over now.
                cases = self._read_cases(datetime.max, locked.ticket_id.ids)
                self._settle(cases)
                self._take(cases)
