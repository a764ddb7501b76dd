from odoo import models


class HelpdeskTicket(models.Model):
    """R3: who wrote on a duplicate waits on where its original is archived."""

    _inherit = "helpdesk.ticket"

    def write(self, vals):
        clock = self.env["helpdesk.escalation.clock"]
        if vals.get("active", True) or not clock._has_words_on_duplicates():
            return super().write(vals)
        before = clock._read_words_on_duplicates()
        result = super().write(vals)
        # What has waited elsewhere until now comes to them at this moment.
        handed_on = clock._read_words_on_duplicates().keys() - before.keys()
        self.browse(handed_on)._escalation_come_back()
        return result
