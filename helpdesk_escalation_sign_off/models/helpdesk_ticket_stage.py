from odoo import models

from .helpdesk_ticket import SIGN_OFF_TYPE


class HelpdeskTicketStage(models.Model):
    """A stage that becomes a closed one closes all that is in it."""

    _inherit = "helpdesk.ticket.stage"

    def write(self, vals):
        closing = self.browse()
        if vals.get("closed"):
            # Sudo: the host lets some write stages who may not read them.
            closing = self.sudo().filtered(lambda stage: not stage.closed)
        # Sudo: whoever may see the tickets.
        tickets = self.env["helpdesk.ticket"].sudo()
        if closing:
            tickets = tickets.search([("stage_id", "in", closing.ids)])
            tickets = tickets._filter_sign_off()
            tickets._check_sign_off()
        result = super().write(vals)
        tickets.activity_unlink([SIGN_OFF_TYPE])
        tickets._note_sign_off()
        return result
