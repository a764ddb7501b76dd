from odoo import fields, models
from odoo.exceptions import AccessError

from odoo.addons.helpdesk_escalation.models.groups import PREFETCH_GROUP, READER_GROUP


class ResUsers(models.Model):
    """Where a person's chat messages go: to their own address, or to Discuss."""

    _inherit = "res.users"

    escalation_chat_secret = fields.Char(
        copy=False, prefetch=False, groups=fields.NO_ACCESS
    )
    escalation_chat_service = fields.Char(
        string="Chat for Escalations",
        readonly=True,
        copy=False,
        prefetch=PREFETCH_GROUP,
        groups=READER_GROUP,
        help="Where chat messages about escalated tickets go. Empty: to Discuss.",
    )
    escalation_chat_error = fields.Char(
        readonly=True,
        copy=False,
        prefetch=PREFETCH_GROUP,
        groups=fields.NO_ACCESS,
        help="Why the last chat message did not get through.",
    )

    def action_escalation_chat_address(self):
        """Open the dialog in which one chooses where one's own chat messages go.

        :raise AccessError: for anybody else than the person
        """
        self.ensure_one()
        if self != self.env.user or not self._is_internal():
            raise AccessError(
                self.env._("Everybody sets their own chat address, and nobody else's.")
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Chat for Escalations"),
            "res_model": "helpdesk.escalation.chat.address",
            "view_mode": "form",
            "target": "new",
        }

    def _escalation_set_chat_address(self, address):
        """Send a person's chat messages to an address from now on.

        :param str address: False for Discuss
        :raise ValidationError: where no message could be sent to it
        """
        self.ensure_one()
        sender = self.env["helpdesk.escalation.chat.sender"]
        # Sudo: nobody reads or writes the secret itself.
        self.sudo().write(
            {
                "escalation_chat_secret": address and address.strip(),
                "escalation_chat_service": address and sender._check_address(address),
                "escalation_chat_error": False,
            }
        )

    def _escalation_send_chat(self, message):
        """Send a person a chat message, at once.

        :raise SendingError: when that was not possible
        """
        self.ensure_one()
        sender = self.env["helpdesk.escalation.chat.sender"]
        # Sudo: nobody reads the secret itself.
        address = self.sudo().escalation_chat_secret
        if address:
            sender._send_outside(address, message)
        else:
            sender._send_in_discuss(sender._get_discuss_chat(self.partner_id), message)
