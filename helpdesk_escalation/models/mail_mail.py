import logging

from odoo import models

from ..tools.mail_bounce import MAX_REASON
from ..tools.mail_text import one_line
from ..tools.message_kinds import UNDELIVERED

_logger = logging.getLogger(__name__)

TICKET = "helpdesk.ticket"


class MailMail(models.Model):
    """R2, R9, R10: when Odoo's queue comes to a mail of ours, and to an answer."""

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

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Keep of an answer to a client that it was refused, or sent after all (R2)."""
        # Asked first: Odoo may delete the mails. Sudo: whoever sends them.
        answers = [
            (mail.mail_message_id, failure_reason or mail.failure_reason)
            for mail in self.sudo()
            if mail.model == TICKET and mail.is_notification
        ]
        result = super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
        is_sent = bool(success_pids or success_emails or not failure_type)
        for message, reason in answers:
            if failure_type and message.escalation_party == "staff":
                news = {"reason": one_line(reason or "")[:MAX_REASON]}
            elif is_sent and message.escalation_voice == UNDELIVERED:
                news = {"has_arrived": True}
            else:
                continue
            try:
                # Only an addition, and no error may be left behind: what was sent would
                # be sent again.
                with self.env.cr.savepoint(flush=False):
                    self.env["helpdesk.escalation.delivery"]._add(message, **news)
            except Exception:
                _logger.exception("What became of the mail of %s is not kept", message)
        return result
