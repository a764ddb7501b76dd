from odoo import fields, models

from .groups import STAFF_GROUP


class HelpdeskEscalationPolicy(models.Model):
    _inherit = "helpdesk.escalation.policy"

    standard = fields.Text(
        string="Standard to Keep",
        translate=True,
        help="What is expected of who takes an escalation: what is handed over, how "
        "the client is informed. Shown in the incident and in the mail.",
    )


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    escalation_authority = fields.Text(
        string="Authority",
        translate=True,
        groups=STAFF_GROUP,
        help="What this team may decide by itself: refunds up to an amount, a "
        "replacement, a visit. Shown where its tickets are escalated.",
    )


class HelpdeskEscalationIncident(models.Model):
    _inherit = "helpdesk.escalation.incident"

    standard = fields.Text(related="policy_id.standard")
    authority = fields.Text(related="ticket_id.team_id.escalation_authority")


class HelpdeskEscalationBrief(models.Model):
    """What who hands over should know: what is asked of them, what the tier decides."""

    _inherit = "helpdesk.escalation.brief"

    standard = fields.Text(related="ticket_id.effective_escalation_policy_id.standard")
    authority = fields.Text(related="to_team_id.escalation_authority")
