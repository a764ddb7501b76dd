from odoo import api, models

from odoo.addons.helpdesk_escalation.tools.erasing import Words

PROPOSAL = "helpdesk.escalation.ai.proposal"


class HelpdeskEscalationErasure(models.AbstractModel):
    """S16: the sentences of clients that proposals rest on."""

    _inherit = "helpdesk.escalation.erasure"

    @api.model
    def _get_words(self):
        return [
            *super()._get_words(),
            Words(
                PROPOSAL,
                fields=("quote",),
                named=("value_text",),
                moment="create_date",
            ),
        ]

    @api.model
    def _empty(self, words, records):
        if words.model == PROPOSAL:
            # Nobody can judge any more whether it is right.
            records.filtered(lambda one: one.state == "proposed").state = "outdated"
        return super()._empty(words, records)
