from odoo import models
from odoo.tools import SQL

from .helpdesk_escalation_step import DUTY_KINDS


class HelpdeskEscalationEngine(models.AbstractModel):
    """R6: when duty changes hands, who is on duty now is notified of what is open."""

    _inherit = "helpdesk.escalation.engine"

    def _prepare_plan(self, now):
        """Read who is on duty in all rotas that steps name, in a few queries."""
        values = super()._prepare_plan(now)
        # Sudo: steps name rotas that whoever looks may not read.
        steps = values["policies"].sudo().step_ids
        steps = steps.filtered(lambda step: step.recipient in DUTY_KINDS)
        steps.rota_ids.mapped("current_user_id")
        on_duty = {
            step.id: frozenset(step.rota_ids.current_user_id.ids)
            for step in steps
            if step.recipient == "on_duty"
        }
        return {**values, "on_duty": on_duty}

    def _sql_case_fields(self):
        """Add of which steps for who is on duty who was meant: pairs as texts."""
        return {
            **super()._sql_case_fields(),
            # Where no step is for them, no line is looked at.
            "duty_lines": SQL(
                """CASE WHEN (SELECT EXISTS (SELECT FROM helpdesk_escalation_step
                                              WHERE recipient = 'on_duty')) THEN (
            SELECT array_agg(DISTINCT line.step_id || ' ' || line.user_id)
              FROM helpdesk_escalation_notification line
              JOIN helpdesk_escalation_step step
                ON step.id = line.step_id AND step.recipient = 'on_duty'
             WHERE line.incident_id = incident.id
               AND incident.state = 'active'
               AND line.round = incident.round
               AND line.user_id IS NOT NULL
               AND line.is_replaced IS NOT TRUE
               AND line.is_fallback IS NOT TRUE
               AND line.state IN ('pending', 'sent', 'skipped')) END"""
            ),
        }

    def _query_cases(self, now, ticket_ids):
        self.env["helpdesk.escalation.step"].flush_model(["recipient"])
        return super()._query_cases(now, ticket_ids)

    def _needs_work(self, plan, case):
        return bool(self._get_passed_on(plan, case)) or super()._needs_work(plan, case)

    def _restart(self, plan, cases):
        """Notify also who has come on duty, for all incidents together."""
        self._pass_duty_on(plan, cases)
        return super()._restart(plan, cases)

    def _get_passed_on(self, plan, case):
        """Return the steps of a case whose duty somebody else has by now (ids).

        Where nobody is on duty any more, whoever was keeps it.
        """
        on_duty = getattr(plan, "on_duty", None)
        if not (on_duty and case.duty_lines) or case.resolution or case.hands:
            return []
        if case.state != "active" or not self._is_at_work(plan, case):
            return []
        meant = {}
        for pair in case.duty_lines:
            step_id, user_id = map(int, pair.split())
            meant.setdefault(step_id, set()).add(user_id)
        return [
            step_id
            for step_id, users in meant.items()
            if on_duty.get(step_id, frozenset()) - users
        ]

    def _pass_duty_on(self, plan, cases):
        passed_on = {
            case.incident_id: (case, self._get_passed_on(plan, case)) for case in cases
        }
        passed_on = {key: found for key, found in passed_on.items() if found[1]}
        if not passed_on:
            return
        plan.known.clear()
        incidents = self.env["helpdesk.escalation.incident"].browse(passed_on)
        steps = self.env["helpdesk.escalation.step"]
        for speaking in incidents._sort_for_firing()._in_company_terms():
            policies, its_steps = {}, {}
            for incident in speaking:
                case, step_ids = passed_on[incident.id]
                policies[incident] = plan.policies.browse(case.policy_id or ())
                its_steps[incident] = steps.browse(step_ids)
            plan.tell(speaking._pass_duty_on(policies, its_steps, plan.notified))
