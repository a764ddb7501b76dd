from odoo import http
from odoo.exceptions import RedirectWarning, UserError

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController


class SignOffTicketController(HelpdeskTicketController):
    @http.route()
    def support_ticket_close(self, **kw):
        """Tell an agent who closes on the portal's page why that is stopped there."""
        try:
            return super().support_ticket_close(**kw)
        except RedirectWarning as warning:
            raise UserError(warning.args[0]) from warning
