from odoo import fields, models


class HelpdeskEscalationNotification(models.Model):
    _inherit = "helpdesk.escalation.notification"

    received_as = fields.Selection(
        selection_add=[("on_duty", "Now on duty")], ondelete={"on_duty": "set null"}
    )
