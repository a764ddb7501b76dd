from odoo import fields, models

from odoo.addons.helpdesk_escalation.models.groups import VIEWER_GROUPS


class HelpdeskEscalationIncident(models.Model):
    _inherit = "helpdesk.escalation.incident"

    sign_off = fields.Selection(
        related="ticket_id.escalation_sign_off", groups=VIEWER_GROUPS
    )
