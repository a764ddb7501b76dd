from odoo import models


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    def _escalation_resolve(self, careful=False, speaker=None):
        if self.env.context.get("escalation_merging"):
            # Halfway through a merge an answer that moved here ends what it never
            # answered: what has ended shows when all is done.
            return
        super()._escalation_resolve(careful, speaker)
