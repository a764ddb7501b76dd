from odoo import models


class HelpdeskEscalationEngine(models.AbstractModel):
    """R13: whoever watches from outside learns that a run has succeeded."""

    _inherit = "helpdesk.escalation.engine"

    def _note_success(self, plan):
        self.env["helpdesk.escalation.heartbeat"]._note_run(plan.now)
        return super()._note_success(plan)
