from odoo import api, fields, models

from odoo.addons.helpdesk_escalation.models.groups import VIEWER_GROUPS


class HelpdeskTicketTeam(models.Model):
    """Who is on duty, on the card of the team."""

    _inherit = "helpdesk.ticket.team"

    on_call_rota_ids = fields.Many2many(
        comodel_name="helpdesk.escalation.rota",
        relation="helpdesk_escalation_rota_team_rel",
        column1="team_id",
        column2="rota_id",
        string="On-Call Rotas",
        groups=VIEWER_GROUPS,
        help="The rotas whose duty the team's card shows.",
    )
    on_call_words = fields.Char(
        string="On Duty",
        compute="_compute_on_call_words",
        groups=VIEWER_GROUPS,
        help="Who is on duty in the team's rotas, and until when.",
    )

    @api.depends("on_call_rota_ids.current_user_id")
    @api.depends_context("tz", "lang")
    def _compute_on_call_words(self):
        for team in self:
            # Sudo: who is on duty in a team's rotas is for all who see the team.
            rotas = team.sudo().on_call_rota_ids.filtered("active")
            team.on_call_words = ", ".join(
                rota._get_current_words() for rota in rotas.sudo(False)
            )
