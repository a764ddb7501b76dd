from odoo import models

from ..tools.mail_access import check_may_write_about


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _evaluate_res_ids(self):
        """Check them wherever they are used, also before anything is saved."""
        res_ids = super()._evaluate_res_ids()
        check_may_write_about(self.env, self.template_id, self.model, res_ids)
        return res_ids

    def _prepare_mail_values(self, res_ids):
        """Check those that were found by a domain too."""
        check_may_write_about(self.env, self.template_id, self.model, res_ids)
        return super()._prepare_mail_values(res_ids)
