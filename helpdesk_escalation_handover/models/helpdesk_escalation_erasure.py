from odoo import api, models

from odoo.addons.helpdesk_escalation.tools.erasing import Words

from .helpdesk_escalation_handover import PARTS

HANDOVER = "helpdesk.escalation.handover"


class HelpdeskEscalationErasure(models.AbstractModel):
    """S16: what was said with handovers, and in drafts that nobody has sent."""

    _inherit = "helpdesk.escalation.erasure"

    @api.model
    def _get_words(self):
        return [
            *super()._get_words(),
            Words(
                HANDOVER,
                fields=(*PARTS, "outcome_reason"),
                incidents="incident_ids",
                domain=(("state", "=", "done"),),
            ),
            Words(
                HANDOVER,
                fields=PARTS,
                moment="write_date",
                domain=(("state", "=", "draft"),),
            ),
        ]

    @api.model
    def _empty(self, words, records):
        if words.model == HANDOVER:
            # The same stands in the note by which it is kept on the ticket.
            ids = set(records.incident_ids.mapped("anchor_message_id")) - {0}
            notes = self.env["mail.message"].browse(ids).exists()
            self._empty_messages(notes.filtered("is_internal"))
        return super()._empty(words, records)
