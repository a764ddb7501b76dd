from odoo import models


class MailMail(models.Model):
    """R10: a mail that was taken back is not sent, also when its queue is at work."""

    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, *args, **kwargs):
        # All that we send is internal: nobody else's mail costs a query.
        if self.is_internal:
            # Odoo has written the state, and now the database knows too: whoever says
            # "I'm on it" from here on sees that the mail is on its way.
            self.flush_recordset()
            if (
                self.env["helpdesk.escalation.notification"]
                .sudo()  # whoever sends it
                ._get_taken_back(self)
            ):
                self.write(
                    {"state": "cancel", "failure_type": False, "failure_reason": False}
                )
                return []
        return super()._prepare_outgoing_list(*args, **kwargs)
