from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.helpdesk_escalation.tools.notices import CLOSE, make_notice

from ..models.helpdesk_escalation_chat_sender import SendingError
from ..tools.message import Message


class HelpdeskEscalationChatAddress(models.TransientModel):
    """Where one's own chat messages go. What is entered is kept nowhere in between."""

    _name = "helpdesk.escalation.chat.address"
    _description = "Chat for Escalations"

    address = fields.Char(
        compute="_compute_address",
        inverse="_inverse_address",
        help="Your address at a chat service, as apprise writes it, such as "
        "ntfy://my-topic. Whoever knows it can write to you, so it is shown to nobody "
        "once it is saved.",
    )
    service = fields.Char(
        compute="_compute_service",
        string="Now",
        help="Where your chat messages go at the moment.",
    )

    def _compute_address(self):
        self.address = False

    def _inverse_address(self):
        for dialog in self.filtered("address"):
            dialog._get_person()._escalation_set_chat_address(dialog.address)

    def _compute_service(self):
        person = self._get_person()
        for dialog in self:
            dialog.service = person.escalation_chat_service or self.env._("Discuss")

    def _get_person(self):
        user = self.env.user
        if not user._is_internal():
            raise AccessError(self.env._("Only employees are notified by chat."))
        return user

    def action_save(self):
        """Go on with the address that was entered."""
        self.ensure_one()
        self.check_access("write")
        return CLOSE

    def action_use_discuss(self):
        """Forget the address: messages go to Discuss."""
        self.ensure_one()
        self.check_access("write")
        self._get_person()._escalation_set_chat_address(False)
        return CLOSE

    def action_test(self):
        """Send oneself a message now, to where messages go.

        :return: a notice of where it was sent
        :raise UserError: with what went wrong
        """
        self.ensure_one()
        self.check_access("write")
        person = self._get_person()
        words = self.env._("Messages about escalated tickets will arrive here.")
        message = Message(
            self.env._("Test of Helpdesk Escalation"), [(words, False)], "info"
        )
        try:
            person._escalation_send_chat(message)
        except SendingError as error:
            raise UserError(error.args[0]) from None
        # Sudo: it is the system's note.
        person.sudo().escalation_chat_error = False
        return make_notice(self.env._("Sent to %s.", self.service), "success")
