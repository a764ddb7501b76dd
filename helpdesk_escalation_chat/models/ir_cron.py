from odoo import api, models


class IrCron(models.Model):
    _inherit = "ir.cron"

    @api.model
    def _escalation_jobs(self):
        job = self.env.ref(
            "helpdesk_escalation_chat.ir_cron_send_chats", raise_if_not_found=False
        )
        return super()._escalation_jobs() + (job or self.browse())
