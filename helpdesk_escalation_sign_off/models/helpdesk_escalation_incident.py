from odoo import fields, models

from odoo.addons.helpdesk_escalation.models.groups import STAFF_GROUP


class HelpdeskEscalationIncident(models.Model):
    _inherit = "helpdesk.escalation.incident"

    sign_off = fields.Selection(
        related="ticket_id.escalation_sign_off", groups=STAFF_GROUP
    )
