from datetime import datetime

from odoo import SUPERUSER_ID, api, fields, models

from ..tools.plan import Plan
from .helpdesk_escalation_health_watch import TWO_RUNS


class HelpdeskEscalationHealth(models.AbstractModel):
    """R13, the dead man's switch: what sleeps is no fault, what overslept is one."""

    _inherit = "helpdesk.escalation.health"

    @api.model
    def _find_problems(self):
        return [self._check_overslept(), *super()._find_problems()]

    @api.model
    def _check_overslept(self):
        # As the manager sees them.
        asleep = self.env["helpdesk.escalation.incident"].search(
            [("id", "in", self._find_overslept()), ("is_leading", "=", True)]
        )
        if not asleep:
            return None
        problem = self._prepare_problem(
            "overslept",
            self.env._(
                "Snoozed escalations should have started again, and have not: %s. Take "
                "care of them, and ask your administrator to check the server's log.",
                len(asleep),
            ),
            self.env._("Show"),
            "danger",
            action=self._prepare_list(
                self.env._("Overslept"), "helpdesk.escalation.incident", asleep
            ),
        )
        problem["count"] = len(asleep)
        return problem

    @api.model
    def _find_overslept(self):
        """Find the incidents that a run should have woken two runs ago.

        :return: ids
        """
        here = self.with_user(SUPERUSER_ID)
        asleep = here.env["helpdesk.escalation.incident"].search(
            [("state", "=", "confirmed"), ("snoozed_until", "!=", False)]
        )
        if not asleep:
            return []
        engine = here.env["helpdesk.escalation.engine"]
        now = fields.Datetime.now()
        plan = engine._get_plan(now - TWO_RUNS)
        # Whatever a fault has put off.
        cases = engine._read_cases(Plan(datetime.max), asleep.ticket_id.ids)
        found = []
        for case in cases:
            # What was written since the last runs is for the next one.
            written = case.client_date and case.client_date <= plan.now
            case = case._replace(heard=case.heard and written)
            if engine._get_renewal(plan, case) in ("woken", "heard"):
                found.append(case.incident_id)
        return found
