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

        As the system: who makes it come need not read scheduled actions.
        """
        return self.env.ref(JOB).sudo()

    @api.model
    def _trigger_run(self):
        """Have the job run as soon as this transaction ends; one trigger is enough."""
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

        One trigger at most: none when the job comes by then anyway.

        :param Work work: what the run has found; what has become of the incidents is
            read anew where it has changed any
        """
        try:
            waits_by_hours = self._get_waits(plan, work.waits, self._read_cases(plan))
            moments = [
                calendar._escalation_next_due(plan.now, waits, company)
                for (calendar, company), waits in waits_by_hours.items()
            ]
            job = self._get_job()
            regular_call = job.nextcall
            if regular_call <= plan.now:
                # It is put off to its next regular time only when it has ended.
                interval = _intervalTypes[job.interval_type](job.interval_number)
                regular_call = plan.now + interval
            next_call = min(filter(None, moments), default=regular_call)
            # Always asked, so that runs with nothing to do cost the same queries.
            comes_by_then = (
                self.env["ir.cron.trigger"]
                .sudo()
                .search_count(
                    [
                        ("cron_id", "=", job.id),
                        ("call_at", ">", plan.now),
                        ("call_at", "<=", next_call),
                    ],
                    limit=1,
                )
            )
            if next_call < regular_call and not comes_by_then:
                job._trigger(at=next_call)
                self.env["ir.cron"]._commit_progress()
        except Exception:
            # The job comes every 5 minutes whatever happens here.
            self.env.cr.rollback()
            _logger.warning("No trigger could be set", exc_info=True)

    def _get_waits(self, plan, waits, cases):
        """Collect what is running, per working hours: the longest of each kind.

        :return: pairs of beginning and delay, per calendar and company
        :rtype: dict[tuple, list[tuple[datetime, int]]]
        """
        longest = {}

        def add(policy, since, delay):
            key = (policy, delay)
            longest[key] = min(since, longest.get(key, since))

        step_model = self.env["helpdesk.escalation.step"]
        for wait in waits:
            if wait.first_step_id and not wait.is_due:
                step = step_model.browse(wait.first_step_id)
                add(plan.policies.browse(wait.policy_id), wait.anchor_date, step.delay)
        steps_of = {policy.id: policy.step_ids.sorted() for policy in plan.policies}
        for case in cases:
            policy = plan.policies.browse(case.policy_id)
            if case.state == "active":
                steps = steps_of.get(case.policy_id, ())
                for step in self._get_left_steps(steps, case)[:1]:
                    add(policy, case.round_date, step.delay)
            elif case.on_it_until:
                add(policy, case.on_it_until, 0)
            elif policy.confirm_expiry:
                add(policy, case.confirmed_date, policy.confirm_expiry)
        by_hours = {}
        for (policy, delay), since in longest.items():
            key = (policy.calendar_id, policy.company_id)
            by_hours.setdefault(key, []).append((since, delay))
        for policy in plan.policies.filtered(lambda p: p.id not in plan.cutoffs):
            # Closed now: come back when it opens.
            by_hours.setdefault((policy.calendar_id, policy.company_id), [])
        return by_hours
