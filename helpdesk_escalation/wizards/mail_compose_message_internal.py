from odoo import models

from ..models.helpdesk_escalation_internal_thread import faces_inward


class MailComposeMessage(models.TransientModel):
    """A person who writes to somebody outside from among colleagues is told so.

    What an automation composes is no *comment*, and goes on without them.
    """

    _inherit = "mail.compose.message"

    def _action_send_mail(self, auto_commit=False):
        self._check_escalation_recipients()
        return super()._action_send_mail(auto_commit=auto_commit)

    def _action_schedule_message(self):
        self._check_escalation_recipients()
        return super()._action_schedule_message()

    def _check_escalation_recipients(self):
        for wizard in self:
            if wizard.message_type != "comment" or not wizard.partner_ids:
                continue
            if faces_inward(self.env, wizard.model):
                for record in self.env[wizard.model].browse(wizard._evaluate_res_ids()):
                    record._check_recipients(wizard.partner_ids)
