from odoo import models

from odoo.addons.helpdesk_escalation.tools.mail_text import one_line


class HelpdeskEscalationNotification(models.Model):
    """A text to try a policy with, to one person and at once."""

    _inherit = "helpdesk.escalation.notification"

    def _send_sample_sms(self):
        """Send the text at once, so that a fault of the provider is seen."""
        reason = self.user_id._escalation_get_sms_obstacle()
        if reason:
            return reason
        words = self.env._(
            "[Test] %(client)s has been waiting for %(waited)s. Nobody else was "
            "notified: %(link)s",
            client=self.client_name,
            waited=self.waited,
            link=self._get_sample_url(),
        )
        # Sudo: the queue is Odoo's.
        texts = self.env["sms.sms"].sudo()
        text = texts.create(
            {
                "body": one_line(words),
                "number": self.user_id.partner_id.phone_sanitized,
                "partner_id": self.user_id.partner_id.id,
            }
        )
        text.send(unlink_sent=False)
        fault = text.state == "error" and text._escalation_get_failure()
        text.unlink()
        return fault
