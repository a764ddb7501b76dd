from odoo import api, models
from odoo.exceptions import ValidationError

from .helpdesk_escalation_internal_thread import faces_inward


class MailFollowers(models.Model):
    """Nobody outside follows a thread among colleagues, whoever adds them."""

    _inherit = "mail.followers"

    @api.constrains("partner_id", "res_id", "res_model")
    def _check_escalation_colleagues(self):
        for follower in self:
            if not faces_inward(self.env, follower.res_model):
                continue
            record = self.env[follower.res_model].browse(follower.res_id or ())
            if follower.partner_id not in record._keep_colleagues(
                follower.partner_id.ids
            ):
                raise ValidationError(record._get_refusal(follower.partner_id))

    def _insert_followers(self, res_model, res_ids, partner_ids, *args, **kwargs):
        if not faces_inward(self.env, res_model):
            return super()._insert_followers(
                res_model, res_ids, partner_ids, *args, **kwargs
            )
        for record in self.env[res_model].browse(res_ids):
            colleagues = record._keep_colleagues(partner_ids or [])
            if colleagues:
                super()._insert_followers(
                    res_model, record.ids, colleagues.ids, *args, **kwargs
                )
        return None
