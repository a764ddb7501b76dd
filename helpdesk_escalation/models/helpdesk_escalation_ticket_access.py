from odoo import api, models
from odoo.fields import Domain


class HelpdeskEscalationTicketAccess(models.AbstractModel):
    """Records that are seen exactly by those who may read their ticket (R14)."""

    _name = "helpdesk.escalation.ticket.access"
    _description = "Access through the Ticket"

    @api.model
    def _search(
        self,
        domain,
        offset=0,
        limit=None,
        order=None,
        *,
        bypass_access=False,
        **kwargs,
    ):
        if not (self.env.su or bypass_access):
            self.browse().check_access("read")
            tickets = self.env["helpdesk.ticket"].with_context(active_test=False)
            domain = Domain(domain) & Domain("ticket_id", "in", tickets._search([]))
        return super()._search(
            domain, offset, limit, order, bypass_access=bypass_access, **kwargs
        )

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not any(self._ids):
            return result
        forbidden, make_error = result or (self.browse(), None)
        rest = self - forbidden
        # Sudo, here and below: only to find the ticket; its access is what is asked.
        tickets = rest.sudo().ticket_id.sudo(False)
        denied = tickets._check_access("read")
        if denied:
            denied_tickets, ticket_error = denied
            forbidden |= rest.filtered(lambda r: r.sudo().ticket_id in denied_tickets)
            make_error = make_error or ticket_error
        return (forbidden, make_error) if forbidden else None
