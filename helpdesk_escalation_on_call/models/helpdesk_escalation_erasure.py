from odoo import api, models

from odoo.addons.helpdesk_escalation.tools.erasing import Words


class HelpdeskEscalationErasure(models.AbstractModel):
    """S16: why shifts were changed, and what imported calendars say."""

    _inherit = "helpdesk.escalation.erasure"

    @api.model
    def _get_words(self):
        return [
            *super()._get_words(),
            Words(
                "helpdesk.escalation.rota.change",
                fields=("reason",),
                moment="stop",
                ticket="",
                users=("user_id", "replaced_id", "author_id"),
                company="rota_id.company_id",
            ),
            Words(
                "helpdesk.escalation.rota.span",
                named=("summary",),
                ticket="",
                company="layer_id.rota_id.company_id",
            ),
        ]
