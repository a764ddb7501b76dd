from odoo import api, fields, models
from odoo.tools import ormcache

from .helpdesk_escalation_condition import NO_CONDITION


class HelpdeskEscalationStep(models.Model):
    """For which tickets a step fires."""

    _name = "helpdesk.escalation.step"
    _inherit = ["helpdesk.escalation.step", "helpdesk.escalation.condition"]
    _cache_fields = frozenset({"delay", "policy_id"})

    condition = fields.Char(
        help="The step fires for these tickets only; for others it is skipped. A "
        "ticket that matches later is notified about then, unless a later step has "
        "fired by that time. Empty: every ticket.",
    )

    @api.model
    @ormcache()
    def _get_conditions(self):
        """Return policy id, step id, delay and condition of each step that has one."""
        # Sudo: one answer is kept for everybody.
        steps = self.sudo().search([("condition", "not in", NO_CONDITION)])
        return tuple(
            (step.policy_id.id, step.id, step.delay, step.condition) for step in steps
        )

    def _is_passed_over(self, incident):
        """Whether the step's condition keeps it from firing on an incident (R6)."""
        self.ensure_one()
        # Sudo: a condition is judged by all of the ticket, whoever asks.
        return self._has_condition() and (
            self.delay < incident.last_fired_delay
            or not self._condition_holds(incident.sudo().ticket_id)
        )
