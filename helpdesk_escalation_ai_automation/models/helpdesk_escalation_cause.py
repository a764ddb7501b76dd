from odoo import models


class HelpdeskEscalationCause(models.Model):
    _inherit = "helpdesk.escalation.cause"

    def _get_detail_label(self):
        """Say that a model has read it, and what."""
        if self.kind == "tone" and self.detail:
            return self.env._("the model read “%s”", self.detail)
        return super()._get_detail_label()
