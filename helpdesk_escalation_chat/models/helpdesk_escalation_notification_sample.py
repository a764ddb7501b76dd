from odoo import models

from ..tools.message import Message
from .helpdesk_escalation_chat_sender import SendingError


class HelpdeskEscalationNotification(models.Model):
    """A chat message to try a policy with, to one person and at once."""

    _inherit = "helpdesk.escalation.notification"

    def _send_sample_chat(self):
        lines = [
            (self._get_sample_words(), False),
            (self.env._("Open the policy"), self._get_sample_url()),
        ]
        title = self.env._("[Test] %s", self._get_plain_subject())
        try:
            self.user_id._escalation_send_chat(Message(title, lines, "info"))
        except SendingError as error:
            return error.args[0]
        return None
