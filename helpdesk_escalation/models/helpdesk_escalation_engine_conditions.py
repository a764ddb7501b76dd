from odoo import models
from odoo.tools import SQL


class HelpdeskEscalationEngine(models.AbstractModel):
    """R6, steps with a condition: in the statements that the run reads anyway."""

    _inherit = "helpdesk.escalation.engine"

    def _sql_first_cutoff(self, plan):
        """State how long a ticket must wait for the first step that is meant for it.

        Steps whose condition does not hold are passed over. A ticket that no step is
        meant for has no cut-off and is never due.
        """
        step_model = self.env["helpdesk.escalation.step"].sudo()
        policy_ids = {
            policy_id for policy_id, *_step in step_model._get_conditions()
        } & set(plan.cutoffs)
        if not policy_ids:
            return SQL("policy.cutoff")
        cases = []
        for policy_id in policy_ids:
            choices = []
            for step, moment in plan.cutoffs[policy_id].steps:
                holds = (
                    step._sql_condition(step.condition, SQL("clock.id"))
                    if step._has_condition()
                    else SQL("TRUE")
                )
                choices.append(SQL("WHEN %s THEN %s::timestamp", holds, moment))
            cases.append(SQL("WHEN %s THEN CASE %s END", policy_id, _join(choices)))
        return SQL("CASE policy.id %s ELSE policy.cutoff END", _join(cases))

    def _sql_passed_steps(self):
        """State which steps an incident passes over, as their condition fails (R6).

        Where a later step has fired already, order goes before completeness.
        """
        conditions = self.env["helpdesk.escalation.step"].sudo()._get_conditions()
        if not conditions:
            return SQL("NULL::int[]")
        step_model = self.env["helpdesk.escalation.step"].sudo()
        return SQL(
            "ARRAY[%s]",
            SQL(", ").join(
                SQL(
                    "CASE WHEN clock.policy_id = %s "
                    "AND (incident.fired_delay > %s OR NOT %s) THEN %s END",
                    policy_id,
                    delay,
                    step_model._sql_condition(condition, SQL("clock.id")),
                    step_id,
                )
                for policy_id, step_id, delay, condition in conditions
            ),
        )


def _join(parts):
    return SQL(" ").join(parts)
