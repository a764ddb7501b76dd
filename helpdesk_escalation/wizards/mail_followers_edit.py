from odoo import models

from odoo.addons.mail.tools.parser import parse_res_ids

from ..models.helpdesk_escalation_internal_thread import faces_inward


class MailFollowersEdit(models.TransientModel):
    _inherit = "mail.followers.edit"

    def edit_followers(self):
        for wizard in self:
            if wizard.operation == "add" and faces_inward(self.env, wizard.res_model):
                for record in self.env[wizard.res_model].browse(
                    parse_res_ids(wizard.res_ids, self.env)
                ):
                    record._check_recipients(wizard.partner_ids)
        return super().edit_followers()
