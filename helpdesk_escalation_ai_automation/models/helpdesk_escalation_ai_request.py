from odoo import api, fields, models

from odoo.addons.helpdesk_escalation.tools.mail_text import get_new_text


class HelpdeskEscalationAiRequest(models.Model):
    """A client's further message: how they feel, where a policy looks for it."""

    _inherit = "helpdesk.escalation.ai.request"

    kind = fields.Selection(
        selection_add=[("tone", "Tone of a message")], ondelete={"tone": "cascade"}
    )

    @api.model
    def _prepare_tone(self, ticket, message, settings):
        text = get_new_text(message.body)
        # What a mail has opened a ticket with was read with the ticket.
        if not text or text == get_new_text(ticket.description):
            return None
        tones = {"tone": self._get_choices(ticket)["tone"]}
        return self._make_question(
            tones, self._get_text(ticket, message.body, settings)
        )

    def _take_tone(self, kept, question):
        self._propose(kept, question)
