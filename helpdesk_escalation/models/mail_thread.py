import logging

from odoo import api, models

from ..tools.mail_links import strip_links_of_mail

_logger = logging.getLogger(__name__)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Remember that a mail was sent by a machine: its headers are not kept (R2)."""
        strip_links_of_mail(self.env, message_dict)
        if self._escalation_is_automatic(message):
            self = self.with_context(escalation_automatic_mail=True)
        return super()._message_route_process(message, message_dict, routes)

    @api.model
    def _escalation_is_automatic(self, message):
        """Whether an incoming mail is an automatic reply or a mass mail.

        ``Precedence: list`` is left out on purpose: clients do write through lists,
        and those ask to be spared out-of-office replies (``OOF``) to what people write.
        """
        try:
            headers = {
                name: str(message.get(name) or "").lower().split(";")[0].strip()
                for name in (
                    "Auto-Submitted",
                    "X-Auto-Response-Suppress",
                    "X-Autoreply",
                    "X-Autorespond",
                    "Precedence",
                )
            }
        except Exception:
            # A header that Python cannot parse must not cost the client's mail.
            _logger.info("Unreadable headers in an incoming mail", exc_info=True)
            return False
        return bool(
            headers["Auto-Submitted"].split(" ")[0] not in ("", "no")
            or {"all", "autoreply"}.intersection(
                headers["X-Auto-Response-Suppress"].replace(",", " ").split()
            )
            or headers["X-Autoreply"] not in ("", "no")
            or headers["X-Autorespond"]
            or headers["Precedence"] in ("auto_reply", "bulk", "junk")
        )
