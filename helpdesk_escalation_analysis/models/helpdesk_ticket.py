from odoo import fields, models


class HelpdeskTicket(models.Model):
    """Through which teams a ticket went is known from Odoo's own tracking."""

    _inherit = "helpdesk.ticket"

    team_id = fields.Many2one(tracking=True)
    # Odoo would track the team's properties with it, and read them at each write.
    properties = fields.Properties(tracking=False)
