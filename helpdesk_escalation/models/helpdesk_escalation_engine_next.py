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
            waits_by_hours = self._get_waits(plan, waiting.next_anchors, cases)
            moments = [
                calendar._escalation_next_due(plan.now, waits, company)
                for (calendar, company), waits in waits_by_hours.items()
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

    def _get_waits(self, plan, next_anchors, cases):
        """Collect what is running, per working hours: the longest of each kind.

        :return: pairs of beginning and delay, per calendar and company
        :rtype: dict[tuple, list[tuple[datetime, int]]]
        """
        longest = {}

        def add(policy, since, delay):
            key = (policy, delay)
            longest[key] = min(since, longest.get(key, since))

        for (policy_id, delay), anchor in next_anchors.items():
            add(plan.policies.browse(policy_id), anchor, delay)
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
        waits = {}
        for (policy, delay), since in longest.items():
            key = (policy.calendar_id, policy.company_id)
            waits.setdefault(key, []).append((since, delay))
        for policy in plan.policies.filtered(lambda p: p.id not in plan.cutoffs):
            # Closed now: come back when it opens.
            waits.setdefault((policy.calendar_id, policy.company_id), [])
        return waits
