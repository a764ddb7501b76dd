from odoo import fields, models


class HelpdeskEscalationTrigger(models.Model):
    _inherit = "helpdesk.escalation.trigger"

    kind = fields.Selection(
        selection_add=[("rating", "Bad rating")], ondelete={"rating": "cascade"}
    )
