from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Have tickets of a merged contact go on needing a sign-off."""
        partners = self.env["res.partner"].browse(partner_ids).exists()
        partners._escalation_keep_sign_off()
        return super()._merge(partner_ids, dst_partner, extra_checks)
