from odoo import models

from ..tools.mail_text import one_line

TICKET = "helpdesk.ticket"


class MailMail(models.Model):
    """R9, R10: what is true when Odoo's queue comes to a mail of ours."""

    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, *args, **kwargs):
        """Leave out a mail that nobody is to get any more, and mend headers.

        A name of several lines would have the mail refused: ours, and what is said on
        tickets, such as an answer to a client of such a name.
        """
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
        mails = super()._prepare_outgoing_list(*args, **kwargs)
        if self.is_internal or self.model == TICKET:
            for values in mails:
                for name in ("subject", "reply_to", "references"):
                    values[name] = one_line(values[name])
                for name in ("email_to", "email_cc"):
                    values[name] = [one_line(address) for address in values[name]]
                values["headers"] = {
                    name: one_line(value) for name, value in values["headers"].items()
                }
        return mails
