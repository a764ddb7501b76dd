import logging
import time
from collections import namedtuple
from datetime import datetime, timedelta

from psycopg2 import errors

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ..tools.locks import lock_rows

_logger = logging.getLogger(__name__)

# Tickets handled in one transaction: short enough that nobody waits for our locks.
BATCH_SIZE = 200
# A run goes on for so long even where Odoo has no time left for the job: Odoo calls it
# ten times all the same, and finding the work costs as much as a batch.
RUN_SECONDS = 3
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


class HelpdeskEscalationEngine(models.AbstractModel):
    """The run: who has waited too long is seen to, all or nothing, at most once."""

    _name = "helpdesk.escalation.engine"
    _description = "Escalation Engine"

    @api.model
    def _cron_escalate(self):
        """End, open and advance incidents: the job that runs every 5 minutes (R13).

        One moment counts for the whole run. Tickets are handled in batches, each in a
        transaction of its own; a batch that fails is taken apart. What a run has no
        time for is left to the next, which comes at once. It never raises. Before all
        old messages are read nobody can tell who waits, so it does nothing (R2).
        """
        try:
            if self.env["helpdesk.escalation.message.reading"]._is_pending():
                return
            plan = self._get_plan(fields.Datetime.now())
            ticket_ids, cases, waiting = self._find_work(plan)
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The escalation run could not start")
            return
        progress = self.env["ir.cron"]
        left = len(ticket_ids)
        progress._commit_progress(remaining=left)
        deadline = time.monotonic() + RUN_SECONDS
        for batch in split_every(BATCH_SIZE, ticket_ids):
            try:
                self._process(plan, batch)
                time_left = progress._commit_progress(len(batch))
            except Exception as error:
                self.env.cr.rollback()
                self._process_again(plan.now, batch, error)
                time_left = progress._commit_progress(len(batch))
            left -= len(batch)
            if left and not time_left and time.monotonic() >= deadline:
                break
        if not left:
            # What the run has changed is read anew.
            self._come_back_in_time(plan, waiting, None if ticket_ids else cases)
        try:
            self._tend_mails(plan.now, more_to_come=bool(left))
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
        is_changing = any(
            case.resolution or case.taker_id or self._get_renewal(plan, case)
            for case in cases
        )
        self._settle(cases)
        told = self._renew(plan, self._take(cases))
        automatic = locked.filtered(lambda incident: incident.kind == "automatic")
        # While none ends, nobody waits without an incident where there is one.
        escalated = set() if is_changing else set(automatic.ticket_id.ids)
        opened = self._open(
            self._find_due_tickets(
                plan, [one for one in ticket_ids if one not in escalated]
            )
        )
        started = self._raise_causes(plan, ticket_ids)
        is_watched = plan.watched_policies or plan.watched_tickets
        if is_changing or opened or is_watched:
            cases = self._read_cases(plan.now, ticket_ids)
        self._advance(plan, cases, told)
        self._pass_over_earlier(started)

    def _get_plan(self, now):
        policies = self.env["helpdesk.escalation.policy"].search(
            [("active", "=", True)]
        )
        return Plan(now, policies, policies._get_cutoffs(now))

    def _find_work(self, plan):
        """Find the tickets that need something, longest wait first.

        :return: their ids, the open incidents, and the tickets that wait without one
        :rtype: tuple[list, list[Case], Waiting]
        """
        cases = self._read_cases(plan.now)
        waiting = self._read_waiting(plan)
        ticket_ids = [
            case.ticket_id
            for case in cases
            if case.resolution
            or case.taker_id
            or self._get_renewal(plan, case)
            or self._get_firing_steps(plan, case)
        ]
        ticket_ids += [ticket_id for ticket_id, *_anchor in waiting.due]
        ticket_ids += self._find_caused(plan, cases, waiting)
        return list(dict.fromkeys(ticket_ids)), cases, waiting

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

    def _settle_now(self, ticket_ids, speaker=None):
        """End at once what a change on a ticket settles; the run would find it anyway.

        It never waits for a lock: what somebody holds is left to the run (R11).

        :param speaker: the partner whose public word it was: goes on following (R8)
        """
        if self._is_any_open(ticket_ids):
            incidents = self._get_open_incidents(ticket_ids)
            with self.env.cr.savepoint():
                if speaker:
                    notifications = self.env["helpdesk.escalation.notification"]
                    notifications._keep_access(incidents.ticket_id, speaker.ids)
                locked = lock_rows(incidents)
                # Also what was put off after a fault: it is over now.
                cases = self._read_cases(datetime.max, locked.ticket_id.ids)
                self._settle(cases)
                self._take(cases)
