from odoo import api, models

from odoo.addons.helpdesk_escalation.tools.erasing import Words

DELIVERY = "helpdesk.escalation.webhook.delivery"


class HelpdeskEscalationErasure(models.AbstractModel):
    """S16: the log of what was sent, which names people and tickets."""

    _inherit = "helpdesk.escalation.erasure"

    @api.model
    def _get_words(self):
        return [
            *super()._get_words(),
            Words(
                DELIVERY,
                fields=("body",),
                incidents="incident_id",
                ticket="incident_id.ticket_id",
                company="company_id",
                # What waits is still to be sent, and is gone in a day.
                domain=(("state", "!=", "pending"),),
            ),
        ]

    @api.model
    def _empty(self, words, records):
        if words.model == DELIVERY:
            # Without its message there is nothing to send again.
            return records.unlink()
        return super()._empty(words, records)
