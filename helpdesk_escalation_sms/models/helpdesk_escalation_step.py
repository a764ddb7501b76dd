from odoo import fields, models


class HelpdeskEscalationStep(models.Model):
    _inherit = "helpdesk.escalation.step"

    channel = fields.Selection(
        selection_add=[("sms", "SMS")],
        # Without the add-on it is what would have been fallen back on.
        ondelete={"sms": "set activity"},
    )
