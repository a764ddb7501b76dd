from odoo import api, models
from odoo.tools import email_normalize


class MailThread(models.AbstractModel):
    """R10: a reply by which somebody is on it is filed, and confirms then."""

    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        # Asked first: what Odoo has filed, it has changed.
        line = message_dict.get("references") and self._escalation_guard(
            self._escalation_find_confirmed, False, message, message_dict
        )
        result = super()._message_route_process(message, message_dict, routes)
        if line:
            self._escalation_guard(line._register_reply, None, message_dict)
        return result

    @api.model
    def _escalation_find_confirmed(self, message, message_dict):
        """Return the notification that a mail confirms; False where it confirms none.

        A machine confirms nothing, nor does a mail that our own server doubts.
        """
        # All of them: Odoo takes the first of several.
        senders = [str(sender) for sender in message.get_all("From") or []]
        sender = email_normalize(", ".join(senders))
        if (
            not sender
            or self._escalation_is_automatic(message)
            or self._escalation_is_failed(message, sender)
        ):
            return False
        notifications = self.env["helpdesk.escalation.notification"]
        return notifications._find_confirmed_by(
            sender, message_dict["references"], message_dict.get("body")
        )
