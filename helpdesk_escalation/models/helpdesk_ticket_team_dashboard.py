from odoo import api, fields, models

from .groups import VIEWER_GROUPS

INCIDENT = "helpdesk.escalation.incident"
ACTIVE = [("state", "=", "active"), ("is_leading", "=", True)]


class HelpdeskTicketTeam(models.Model):
    """The host's dashboard of teams: what is escalated, in all and in each team."""

    _inherit = "helpdesk.ticket.team"

    escalation_active_count = fields.Integer(
        string="Escalated",
        compute="_compute_escalation_active_count",
        groups=VIEWER_GROUPS,
        help="Tickets of this team that are being escalated and that nobody has "
        "taken yet.",
    )

    @api.depends("ticket_ids.escalation_incident_ids.state")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_escalation_active_count(self):
        counts = dict(
            self.env[INCIDENT]._read_group(
                [("team_id", "in", self.ids), *ACTIVE],
                ["team_id"],
                ["__count"],
            )
        )
        for team in self:
            team.escalation_active_count = counts.get(team, 0)

    def _retrieve_dashboard(self):
        tiles = super()._retrieve_dashboard()
        incidents = self.env[INCIDENT]
        if not incidents.has_access("read"):
            return tiles
        count = incidents.search_count(ACTIVE)
        tiles.append(
            {
                "name": self.env._("Escalated"),
                "value": count,
                "sequence": 3,
                "icon": "fa-bell",
                "show": True,
                "action": "helpdesk_escalation."
                "helpdesk_escalation_incident_action_active",
            }
        )
        return tiles

    def action_view_escalations(self):
        """List the team's tickets that are being escalated.

        :raise AccessError: when the user may not read incidents
        """
        self.ensure_one()
        self.env[INCIDENT].check_access("read")
        self.check_access("read")
        action = self.env[INCIDENT]._prepare_list_action(
            self.env._("Escalated Tickets"),
            INCIDENT,
            [("team_id", "=", self.id), *ACTIVE],
        )
        # As on the dashboard: cards first.
        action["views"].sort(key=lambda view: view[1] != "kanban")
        return action
