from odoo import api, models

from ..tools.mail_access import check_may_write_about


class MailTemplatePreview(models.TransientModel):
    _inherit = "mail.template.preview"

    @api.depends("lang", "resource_ref")
    def _compute_mail_template_fields(self):
        for preview in self.filtered("resource_ref"):
            check_may_write_about(
                preview.env,
                preview.mail_template_id,
                preview.resource_ref._name,
                preview.resource_ref.ids,
            )
        return super()._compute_mail_template_fields()
