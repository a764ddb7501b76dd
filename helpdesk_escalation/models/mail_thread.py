import logging

from odoo import api, models
from odoo.tools import email_normalize
from odoo.tools.mail import email_normalize_all

from ..tools.automatic_mail import MACHINE_HEADERS, get_machine_sign
from ..tools.mail_authentication import HEADER, is_marked_as_failed
from ..tools.mail_links import strip_links_of_mail

_logger = logging.getLogger(__name__)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Remember what is known of a mail only while it comes in (R2, R3).

        That it comes in now, whatever date it bears; whether it is an automatic reply,
        or a machine sent it otherwise; whether our own server doubts its sender;
        whether it names an alias of ours; and whether it answers a mail among
        colleagues, which it quotes.
        """
        strip_links_of_mail(self.env, message_dict)
        sign = self._escalation_get_machine_sign(message)
        known = {
            "escalation_incoming_mail": True,
            "escalation_automatic_mail": sign == "reply",
            "escalation_machine_mail": sign == "machine",
            "escalation_failed_mail": self._escalation_is_failed(
                message, message_dict.get("email_from")
            ),
            "escalation_by_alias": self._escalation_comes_by_alias(message_dict),
            "escalation_face_inward": self._escalation_answers_inside(
                message_dict, routes
            ),
        }
        known = {name: True for name, holds in known.items() if holds}
        return super(MailThread, self.with_context(**known))._message_route_process(
            message, message_dict, routes
        )

    @api.model
    def _escalation_comes_by_alias(self, message_dict):
        """Whether an alias of ours is among those a mail names as its recipients."""
        return any(
            len(email_normalize_all(message_dict.get(name) or ""))
            > len(email_normalize_all(message_dict.get(f"{name}_filtered") or ""))
            for name in ("to", "cc")
        )

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
        """Whether a machine sent an incoming mail, by any sign of it."""
        return bool(self._escalation_get_machine_sign(message))

    @api.model
    def _escalation_get_machine_sign(self, message):
        """Say whether an incoming mail is an automatic reply, or otherwise a machine's.

        :return: "reply", "machine" or False
        """
        try:
            headers = {name: message.get(name) for name in MACHINE_HEADERS}
            return get_machine_sign(headers, str(message.get("Subject") or ""))
        except Exception:
            # A header that Python cannot parse must not cost the client's mail.
            _logger.info("Unreadable headers in an incoming mail", exc_info=True)
            return False
