import logging

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.base.models.ir_cron import _intervalTypes

_logger = logging.getLogger(__name__)

JOB = "helpdesk_escalation.ir_cron_escalate"


class HelpdeskEscalationEngine(models.AbstractModel):
    """R13, in time: the job comes back when the next step falls due."""

    _inherit = "helpdesk.escalation.engine"

    @api.model
    def _get_job(self):
        """Return the job that runs the engine.

        As the system: who makes it come need not read scheduled actions. Its id is
        known without a query: a run asks more than once.
        """
        job_id = self.env["ir.model.data"]._xmlid_to_res_id(JOB, True)
        return self.env["ir.cron"].sudo().browse(job_id)

    @api.model
    def _get_regular_call(self, now):
        """Return when the job comes again anyway (naive UTC)."""
        job = self._get_job()
        if job.nextcall > now:
            return job.nextcall
        # It is put off to its next regular time only when it has ended.
        return now + _intervalTypes[job.interval_type](job.interval_number)

    def _get_coming(self, plan):
        """Return what the delays reach back to when the job comes again anyway.

        Of policies within their working hours now; these may have ended by then.

        :rtype: dict[int, datetime]
        """
        return {
            step.id: plan.working_times[policy_id].cutoff(
                plan.regular_call, step.delay, even_closed=True
            )
            for policy_id, cutoffs in plan.cutoffs.items()
            for step, _cutoff in cutoffs.steps
        }

    @api.model
    def _trigger_run(self):
        """Have the job run as soon as this transaction ends; once is enough."""
        job = self._get_job()
        if not self.env.execute_query(
            SQL(
                "SELECT FROM ir_cron_trigger WHERE cron_id = %s AND call_at <= %s "
                "LIMIT 1",
                job.id,
                fields.Datetime.now(),
            )
        ):
            job._trigger()

    def _schedule_next_run(self, plan, work):
        """Have the job run again when the next step falls due, not minutes later (R13).

        One call at most: none when the job comes by then anyway.

        :param Work work: what the run has found; what has become of the incidents is
            read anew where it has changed any
        """
        try:
            cases = self._read_cases(plan)
            moments = [
                moment
                for moment in self._get_next_moments(plan, work.waits, cases)
                if moment and moment > plan.now
            ]
            job = self._get_job()
            next_call = min(moments, default=plan.regular_call)
            # Always asked, so that runs with nothing to do cost the same queries.
            comes_by_then = (
                self.env["ir.cron.trigger"]
                .sudo()  # the run is the system's
                .search_count(
                    [
                        ("cron_id", "=", job.id),
                        ("call_at", ">", plan.now),
                        ("call_at", "<=", next_call),
                    ],
                    limit=1,
                )
            )
            if next_call < plan.regular_call and not comes_by_then:
                job._trigger(at=next_call)
                self.env["ir.cron"]._commit_progress()
        except Exception:
            # The job comes every 5 minutes whatever happens here.
            self.env.cr.rollback()
            _logger.warning("The next run comes at its regular time", exc_info=True)

    def _get_next_moments(self, plan, waits, cases):
        """Say when something falls due, and when working hours begin that are closed.

        What waits for these is not read before.

        :return: moments (naive UTC), None among them for what never comes
        :rtype: list[datetime | None]
        """
        step_model = self.env["helpdesk.escalation.step"]
        # Of those that wait for the same step the longest wait comes first.
        longest = {}
        for wait in waits:
            if wait.first_step_id and not wait.is_due:
                longest.setdefault((wait.policy_id, wait.first_step_id), wait)
        moments = [
            plan.working_times[policy_id].due(
                wait.anchor_date, step_model.browse(step_id).delay
            )
            for (policy_id, step_id), wait in longest.items()
        ]
        steps_of = {policy.id: policy.step_ids.sorted() for policy in plan.policies}
        for case in cases:
            if case.policy_id not in steps_of:
                continue
            policy = plan.policies.browse(case.policy_id)
            coming = self._get_next(policy, steps_of[case.policy_id], case)
            if coming:
                working_time = plan.working_times[case.policy_id]
                moments.append(working_time.due(coming.since, coming.delay))
        moments += [
            plan.working_times[policy.id].opens(plan.now)
            for policy in plan.policies
            if policy.id not in plan.cutoffs
        ]
        return moments
