from odoo import api, models

from .helpdesk_escalation_internal_thread import faces_inward
from .mail_message_internal import keep_linked


class MailMail(models.Model):
    """A mail about a thread among colleagues, from whatever template, goes to them."""

    _inherit = "mail.mail"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._escalation_keep_inside(v) for v in vals_list])

    @api.model
    def _escalation_keep_inside(self, vals):
        model = vals.get("model")
        if not faces_inward(self.env, model):
            return vals
        vals = dict(vals)
        # Sudo: who is a colleague does not depend on who writes.
        record = self.env[model].sudo().browse(vals.get("res_id") or ())
        messages = self.env["mail.message"]
        if vals.get("recipient_ids"):
            vals["recipient_ids"] = keep_linked(
                vals["recipient_ids"], lambda ids: record._keep_colleagues(ids).ids
            )
        for name in ("email_to", "email_cc"):
            if vals.get(name):
                vals[name] = messages._escalation_keep_addresses(vals[name])
        return vals
