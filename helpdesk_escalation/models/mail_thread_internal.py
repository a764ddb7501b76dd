from odoo import models

from .helpdesk_escalation_internal_thread import faces_inward


class MailThread(models.AbstractModel):
    """The last gate: whoever is named, follows, or has left us since, is not mailed."""

    _inherit = "mail.thread"

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        if not recipients:
            return recipients
        values = msg_vals or {}
        # Sudo, here and below: where a message is, whoever moves it.
        model = values["model"] if "model" in values else message.sudo().model
        if faces_inward(self.env, model):
            res_id = values["res_id"] if "res_id" in values else message.sudo().res_id
            record = self.env[model].sudo().browse(res_id or ())
        elif self.env.context.get("escalation_face_inward"):
            # The answer to a mail among colleagues, which it quotes.
            record = self.env["helpdesk.escalation.incident"]
        else:
            return recipients
        ids = [recipient["id"] for recipient in recipients if recipient["id"]]
        colleagues = set(record._keep_colleagues(ids).ids)
        keep_address = self.env["mail.message"]._escalation_keep_addresses
        return [
            recipient
            for recipient in recipients
            if recipient["id"] in colleagues
            or (not recipient["id"] and keep_address(recipient["email_normalized"]))
        ]
