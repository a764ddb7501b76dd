from odoo import models


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _filter_waivers_taken_along(self):
        if self.env.context.get("escalation_merging"):
            # With what they waive. Whom they do not speak of goes on waiting: the
            # merge carries that over.
            return self
        return super()._filter_waivers_taken_along()
