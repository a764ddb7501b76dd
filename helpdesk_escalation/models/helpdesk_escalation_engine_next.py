import logging

from odoo import models

from odoo.addons.base.models.ir_cron import _intervalTypes

_logger = logging.getLogger(__name__)


class HelpdeskEscalationEngine(models.AbstractModel):
    """R13, in time: the job comes back when the next step falls due."""

    _inherit = "helpdesk.escalation.engine"

    def _come_back_in_time(self, plan, waiting, cases=None):
        """Have the job run again when the next step falls due, not minutes later (R13).

        One trigger at most: none when the job comes by then anyway.

        :param Waiting waiting: the tickets that wait without an incident
        :param cases: the open incidents, None to read what has become of them
        """
        try:
            if cases is None:
                cases = self._read_cases(plan.now)
            moments = [
                moment
                for moment in self._get_next_moments(plan, waiting, cases)
                if moment and moment > plan.now
            ]
            job_id = self.env["ir.model.data"]._xmlid_to_res_id(
                "helpdesk_escalation.ir_cron_escalate", raise_if_not_found=True
            )
            job = self.env["ir.cron"].sudo().browse(job_id)
            regular_call = job.nextcall
            if regular_call <= plan.now:
                # It is put off to its next regular time only when it has ended.
                interval = _intervalTypes[job.interval_type](job.interval_number)
                regular_call = plan.now + interval
            next_call = min(moments, default=regular_call)
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

    def _get_next_moments(self, plan, waiting, cases):
        """Say when something falls due, and when working hours begin that are closed.

        What waits for these is not read before.

        :return: moments (naive UTC), None among them for what never comes
        :rtype: list[datetime | None]
        """
        moments = [
            plan.working_times[policy_id].due(anchor, delay)
            for (policy_id, delay), anchor in waiting.next_anchors.items()
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
