from odoo import api, models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Remember that a mail comes in now, whatever date it bears (R3)."""
        return super(
            MailThread, self.with_context(escalation_incoming_mail=True)
        )._message_route_process(message, message_dict, routes)
