from odoo import fields, models


class HelpdeskEscalationIncident(models.Model):
    _inherit = "helpdesk.escalation.incident"

    confirmed_via = fields.Selection(
        selection_add=[("sms", "SMS")], ondelete={"sms": "set ticket"}
    )
