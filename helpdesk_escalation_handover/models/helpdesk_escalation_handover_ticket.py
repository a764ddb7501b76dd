from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date


class HelpdeskEscalationHandoverTicket(models.Model):
    """Another ticket of the same client: seen by who may read that ticket."""

    _name = "helpdesk.escalation.handover.ticket"
    _description = "Recent Ticket in a Handover"
    _inherit = ["helpdesk.escalation.ticket.access"]
    _order = "is_within_warranty desc, ticket_id desc"

    handover_id = fields.Many2one(
        comodel_name="helpdesk.escalation.handover",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    ticket_id = fields.Many2one(
        comodel_name="helpdesk.ticket",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
        context={"active_test": False},
    )
    is_related = fields.Boolean(
        string="Related", help="It has to do with the ticket that is handed over."
    )
    is_within_warranty = fields.Boolean(
        string="Within Warranty",
        readonly=True,
        help="A ticket like this one that was closed so short ago that this may be the "
        "same issue.",
    )
    number = fields.Char(related="ticket_id.number")
    name = fields.Char(related="ticket_id.name")
    partner_id = fields.Many2one(related="ticket_id.partner_id")
    category_id = fields.Many2one(related="ticket_id.category_id")
    stage_id = fields.Many2one(related="ticket_id.stage_id")
    created = fields.Datetime(related="ticket_id.create_date", string="Created")
    closed_date = fields.Datetime(related="ticket_id.closed_date", string="Closed On")

    def write(self, vals):
        # Which tickets there are is found by the system, as far as the author may read.
        if not self.env.su and vals.keys() - {"is_related"}:
            raise AccessError(
                self.env._("Only tick the tickets that have to do with this one.")
            )
        return super().write(vals)

    def action_open_ticket(self):
        """Open the ticket."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "helpdesk.ticket",
            "res_id": self.ticket_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _get_closed_words(self):
        """Write the day on which the ticket was closed, empty while it is open."""
        if not self.ticket_id.closed or not self.closed_date:
            return ""
        day = fields.Datetime.context_timestamp(self, self.closed_date).date()
        return format_date(self.env, day)
