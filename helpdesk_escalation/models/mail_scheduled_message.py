from odoo import api, models
from odoo.exceptions import ValidationError

from .helpdesk_escalation_internal_thread import faces_inward


class MailScheduledMessage(models.Model):
    """What is to be sent later is refused now, while its author is there."""

    _inherit = "mail.scheduled.message"

    @api.constrains("partner_ids", "model", "res_id")
    def _check_escalation_colleagues(self):
        for message in self:
            if not faces_inward(self.env, message.model):
                continue
            record = self.env[message.model].browse(message.res_id)
            partners = message.partner_ids
            outside = partners - record._keep_colleagues(partners.ids)
            if outside:
                raise ValidationError(record._get_refusal(outside))
