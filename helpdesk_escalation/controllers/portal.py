from odoo import http
from odoo.http import request

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController
from odoo.addons.portal.controllers.portal import CustomerPortal


class EscalationCustomerPortal(CustomerPortal):
    def _document_check_access(self, model_name, document_id, access_token=None):
        """Keep auditors (S17) off the client's page, which holds the client's token."""
        if model_name == "helpdesk.ticket":
            ticket = request.env[model_name].browse(document_id)
            ticket._escalation_check_not_audited()
        return super()._document_check_access(
            model_name, document_id, access_token=access_token
        )


class EscalationTicketController(HelpdeskTicketController):
    @http.route()
    def support_ticket_close(self, **kw):
        """Keep auditors (S17) from closing: the host closes for whoever is logged in.

        Without a ticket it is left to the host to say what is missing.
        """
        ticket = request.env["helpdesk.ticket"].browse(int(kw.get("ticket_id") or 0))
        ticket._escalation_check_not_audited()
        return super().support_ticket_close(**kw)
