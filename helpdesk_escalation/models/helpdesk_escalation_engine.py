from datetime import datetime

from odoo import SUPERUSER_ID, api, models

from ..tools.plan import Plan, Work


class HelpdeskEscalationEngine(models.AbstractModel):
    """The run: who has waited too long is seen to, all or nothing, at most once.

    This file is the story of R13. Transactions and faults are in ``_engine_batch``,
    what is read in ``_engine_read``, what follows from it in ``_engine_decide``, what
    is written in ``_engine_write``, and when the job comes again in
    ``_engine_schedule``.
    """

    _name = "helpdesk.escalation.engine"
    _description = "Escalation Engine"

    @api.model
    def _cron_escalate(self):
        """End, restart, open and fire: the job that runs every 5 minutes (R13).

        First it sees to mails that did not arrive: they may bring waits back. One
        moment counts for the whole run. What it has no time for is left to the
        next, which comes at once. It never raises. Before all old messages are read
        nobody can tell who waits, so it does nothing (R2).
        """
        # As the system, whoever lets it run: by another job, or by hand.
        self = self.with_user(SUPERUSER_ID)
        self.env["helpdesk.escalation.delivery"]._process_all()
        plan, work = self._start()
        if not plan:
            return
        left = self._process_in_batches(plan, work.ticket_ids)
        if not left:
            self._schedule_next_run(plan, work)
        self.env["helpdesk.escalation.notification"]._process_outbox(plan.now, left)
        if not left and not plan.failed:
            self._note_success(plan)

    def _process(self, plan, ticket_ids):
        """Bring the incidents of some tickets up to date, in one transaction.

        Judge again after the lock, then end, restart, open, fire, and say so in one
        note a ticket.
        """
        plan.stories.clear()
        ticket_ids = self._lock_incidents(plan, ticket_ids)
        cases = self._resolve_ended(plan, self._read_cases(plan, ticket_ids))
        self._restart(plan, cases)
        self._open_due(plan, ticket_ids)
        self._fire_due(plan, self._read_cases(plan, ticket_ids))
        self.env["helpdesk.escalation.incident"]._log_lines(plan.stories)

    @api.model
    def _get_plan(self, now):
        """Make the plan of a run.

        :param datetime now: naive UTC
        """
        return Plan(**self._prepare_plan(now))

    def _prepare_plan(self, now):
        """Return what a plan is made of; a wing adds what it has to know."""
        policies = self.env["helpdesk.escalation.policy"].search(
            [("active", "=", True)]
        )
        working_times = policies._get_working_times()
        return {
            "now": now,
            "policies": policies,
            "working_times": working_times,
            "cutoffs": policies._get_cutoffs(now, working_times),
        }

    def _find_work(self, plan):
        """Find the tickets that need something, longest wait first.

        :rtype: Work
        """
        plan.regular_call = self._get_regular_call(plan.now)
        plan.coming = self._get_coming(plan)
        cases = self._read_cases(plan)
        waits = self._read_waits(plan)
        ticket_ids = [
            *(case.ticket_id for case in cases if self._needs_work(plan, case)),
            *(wait.ticket_id for wait in waits if wait.is_due),
        ]
        return Work(list(dict.fromkeys(ticket_ids)), cases, waits)

    def _needs_work(self, plan, case):
        """Whether an open incident ends, starts again or has a step to fire."""
        return bool(
            case.resolution
            or self._get_renewal(plan, case)
            or self._get_firing_steps(plan, case)
        )

    def _resolve_now(self, ticket_ids, speaker=None):
        """End at once what a change on a ticket settles, and go on with another policy.

        The run would find it anyway.

        It never waits for a lock: what somebody holds is left to the run (R11).

        :param speaker: the partner whose public message it was: goes on following (R8)
        """
        if not self._is_any_open(ticket_ids):
            return
        # Also what was put off after a fault: it is over now.
        plan = Plan(datetime.max)
        # Who is away ends nothing: not asked while somebody posts.
        plan.absences = None
        with self.env.cr.savepoint():
            if speaker:
                self.env["helpdesk.escalation.notification"]._keep_access(
                    self._get_open_incidents(ticket_ids).ticket_id, speaker.ids
                )
            ticket_ids = self._lock_incidents(plan, ticket_ids, only_escalated=True)
            cases = self._resolve_ended(plan, self._read_cases(plan, ticket_ids))
            self._change_policies(plan, cases)
            self.env["helpdesk.escalation.incident"]._log_lines(plan.stories)
