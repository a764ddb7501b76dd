from odoo.http import request

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
