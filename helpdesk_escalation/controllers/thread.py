from odoo.addons.mail.controllers.thread import ThreadController

from ..models.helpdesk_escalation_internal_thread import faces_inward


class EscalationThreadController(ThreadController):
    def _prepare_message_data(self, post_data, *, thread, **kwargs):
        """Refuse whoever is mentioned from outside in a thread among colleagues."""
        values = super()._prepare_message_data(post_data, thread=thread, **kwargs)
        if values.get("partner_ids") and faces_inward(self.env, thread._name):
            partners = self.env["res.partner"].browse(values["partner_ids"])
            thread._check_recipients(partners)
        return values
