from odoo import fields, models

from odoo.addons.helpdesk_escalation.models.groups import VIEWER_GROUPS


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    escalation_closing_sign_off = fields.Boolean(
        string="Closing Needs a Sign-off",
        tracking=True,
        groups=VIEWER_GROUPS,
        help="Tickets of this team and of its sub-teams are closed by a helpdesk "
        "manager or the team's leader only. The client may always close their own "
        "ticket.",
    )

    def _escalation_wants_sign_off(self):
        """Whether the team, or a team above it, wants a sign-off."""
        team = self
        while team and not team.escalation_closing_sign_off:
            team = team.parent_id
        return bool(team)
