import json

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
            ),
        ]

    @api.model
    def _empty(self, words, records):
        if words.model != DELIVERY:
            return super()._empty(words, records)
        pending = records.filtered(lambda one: one.state == "pending")
        # Without its message there is nothing to send again.
        (records - pending).unlink()
        for delivery in pending:
            # Whoever was told that it is open must hear of its end, but not of whom.
            message = json.loads(delivery.body)
            message["data"].get("ticket", {}).update(name=None, client=None)
            delivery.body = json.dumps(message, ensure_ascii=False)
        return None
