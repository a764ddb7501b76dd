from odoo import fields, models
from odoo.exceptions import UserError

from ..tools.notices import CLOSE, make_notice


class HelpdeskEscalationSameCause(models.TransientModel):
    """Says of tickets that they have the same cause as one that is escalated."""

    _name = "helpdesk.escalation.same.cause"
    _description = "Same Cause"
    _inherit = ["helpdesk.escalation.input"]

    ticket_ids = fields.Many2many(
        comodel_name="helpdesk.ticket",
        relation="helpdesk_escalation_same_cause_ticket_rel",
        string="Tickets",
        required=True,
        help="Nobody is notified of these while the other one is escalated.",
    )
    cause_ticket_id = fields.Many2one(
        comodel_name="helpdesk.ticket",
        string="Same Cause As",
        required=True,
        domain="[('escalation_incident_ids.state', 'in', ('active', 'confirmed')),"
        " ('escalation_cause_ticket_id', '=', False)]",
        help="The ticket whose escalation stands for all. Whoever is on it is on all.",
    )

    def action_link(self):
        """Link the tickets: their own escalations end.

        :raise AccessError: when the user may not change one of them
        :raise UserError: when the other one is not escalated
        """
        self.ensure_one()
        cause = self.cause_ticket_id
        tickets = self.ticket_ids - cause
        cause.check_access("read")
        tickets.check_access("write")
        if not tickets:
            raise UserError(
                self.env._("Choose at least one ticket beside %s.", cause.number)
            )
        tickets._escalation_name_cause(cause)
        words = self.env._(
            "%(count)s tickets have the same cause as %(number)s now: only that one is "
            "escalated.",
            count=len(tickets),
            number=cause.number,
        )
        return make_notice(words, "success", following=CLOSE)
