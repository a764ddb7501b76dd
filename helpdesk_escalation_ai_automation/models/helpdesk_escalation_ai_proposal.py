from odoo import api, models


class HelpdeskEscalationAiProposal(models.Model):
    _inherit = "helpdesk.escalation.ai.proposal"

    @api.model_create_multi
    def create(self, vals_list):
        """Have the run come at once for a tone that a trigger may look for."""
        proposals = super().create(vals_list)
        read = proposals.filtered(lambda one: one.kind == "tone" and one.quote)
        read.ticket_id._escalation_trigger_run()
        return proposals
