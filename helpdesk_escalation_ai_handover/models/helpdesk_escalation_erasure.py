from odoo import api, models

from odoo.addons.helpdesk_escalation.tools.erasing import Words


class HelpdeskEscalationErasure(models.AbstractModel):
    """S16: summaries of what clients wrote."""

    _inherit = "helpdesk.escalation.erasure"

    @api.model
    def _get_words(self):
        return [
            *super()._get_words(),
            Words(
                "helpdesk.escalation.ai.proposal",
                fields=("value_text",),
                moment="create_date",
                domain=(("kind", "=", "summary"),),
            ),
        ]
