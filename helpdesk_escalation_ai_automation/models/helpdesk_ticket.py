import logging

from odoo import models

_logger = logging.getLogger(__name__)


class HelpdeskTicket(models.Model):
    """What a client writes later is shown to the model where a policy looks for it."""

    _inherit = "helpdesk.ticket"

    def _message_post_after_hook(self, message, msg_values):
        # Sudo: the poster need not read the message, nor who spoke in it.
        if message.sudo().escalation_party == "client":
            self._escalation_ask_tone(message.sudo())
        return super()._message_post_after_hook(message, msg_values)

    def _escalation_ask_tone(self, message):
        """Have the model asked about a message; never raise."""
        if not self.env["helpdesk.escalation.trigger"]._get_policy_ids():
            return
        try:
            with self.env.cr.savepoint(flush=False):
                # Sudo: a client writes, who sees none of this.
                ticket = self.sudo()
                triggers = ticket.effective_escalation_policy_id.trigger_ids
                server = self.env["helpdesk.escalation.ai"]
                if "tone" in triggers.mapped("kind") and server._is_on(
                    ticket.company_id
                ):
                    self.env["helpdesk.escalation.ai.request"]._put(
                        "tone", ticket, message
                    )
        except Exception:
            # A client's message is not lost because of us.
            _logger.exception("The model is not asked about %s", message)
