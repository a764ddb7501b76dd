from odoo import api, fields, models


class HelpdeskEscalationIncident(models.Model):
    """What a card of the dashboard shows beside what the incident itself keeps."""

    _inherit = "helpdesk.escalation.incident"

    client_name = fields.Char(
        compute="_compute_client_name",
        string="Who Waits",
        help="The client, or the sender of whom no contact is known.",
    )

    @api.depends("ticket_id.partner_id")
    @api.depends_context("lang")
    def _compute_client_name(self):
        for incident in self:
            # Sudo: the name of a client of whom the reader may not see the contact.
            ticket = incident.sudo().ticket_id
            incident.client_name = ticket._get_escalation_client_name()
