import logging

from odoo import api, models
from odoo.tools import email_normalize

from ..tools.mail_authentication import HEADER, is_marked_as_failed
from ..tools.mail_links import strip_links_of_mail

_logger = logging.getLogger(__name__)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Remember what a mail's headers say, as they are not kept (R2).

        Whether a machine sent it; whether our own server doubts its sender; and whether
        it answers a mail among colleagues, which it quotes.
        """
        strip_links_of_mail(self.env, message_dict)
        known = {
            "escalation_automatic_mail": self._escalation_is_automatic(message),
            "escalation_failed_mail": self._escalation_is_failed(
                message, message_dict.get("email_from")
            ),
            "escalation_face_inward": self._escalation_answers_inside(
                message_dict, routes
            ),
        }
        known = {name: True for name, holds in known.items() if holds}
        if known:
            self = self.with_context(**known)
        return super()._message_route_process(message, message_dict, routes)

    @api.model
    def _escalation_is_failed(self, message, sender):
        """Whether our own mail server says that a mail is not from whom it names.

        :param str sender: whom Odoo takes for the sender: the first of several
        """
        try:
            headers = message.get_all(HEADER) or []
            return is_marked_as_failed(headers, email_normalize(sender))
        except Exception:
            _logger.info("Unreadable headers in an incoming mail", exc_info=True)
            return False

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
