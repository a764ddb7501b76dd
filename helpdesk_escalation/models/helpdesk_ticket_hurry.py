import logging

from odoo import api, fields, models

_logger = logging.getLogger(__name__)

# What decides which policy counts.
POLICY_FIELDS = (
    "escalation_cause_ticket_id",
    "escalation_muted",
    "escalation_policy_id",
    "partner_id",
    "team_id",
)


class HelpdeskTicket(models.Model):
    """R1: another policy counts at once, not at the next regular run."""

    _inherit = "helpdesk.ticket"

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(POLICY_FIELDS):
            self._escalation_hurry()
        return result

    def _escalation_hurry(self):
        """Have the job come at once if something is due, without ever raising."""
        # Sudo: the run is the system's, whoever made the change.
        engine = self.env["helpdesk.escalation.engine"].sudo()
        try:
            with self.env.cr.savepoint():
                if engine._is_due(self.ids):
                    engine._trigger_run()
        except Exception:
            # R13: no change is lost by a fault of ours; the job comes all the same.
            _logger.info(
                "Tickets %s are left to the next regular run", self.ids, exc_info=True
            )


class HelpdeskEscalationEngine(models.AbstractModel):
    _inherit = "helpdesk.escalation.engine"

    @api.model
    def _is_due(self, ticket_ids):
        """Whether a run would do something about one of the tickets now (R5, R6)."""
        if self.env["helpdesk.escalation.message.reading"]._is_pending():
            return False
        plan = self._get_plan(fields.Datetime.now())
        return any(wait.is_due for wait in self._read_waits(plan, ticket_ids)) or any(
            self._needs_work(plan, case) for case in self._read_cases(plan, ticket_ids)
        )
