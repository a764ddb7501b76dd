from odoo import api, fields, models

from ..groups import PREFETCH_GROUP, STAFF_GROUP


class HelpdeskTicketTeam(models.Model):
    """Tiers, and what a team wants of a handover."""

    _inherit = "helpdesk.ticket.team"

    escalation_tier = fields.Integer(
        string="Tier",
        compute="_compute_escalation_tier",
        groups=STAFF_GROUP,
        help="1 for a team with none below it; a parent team is a tier above the "
        "highest of its teams.",
    )
    escalation_mail_receiver = fields.Boolean(
        string="Mail Handovers",
        prefetch=PREFETCH_GROUP,
        groups=STAFF_GROUP,
        help="Who gets a ticket handed over to this team is told by e-mail too, with "
        "the whole brief. A notification in Odoo they always get.",
    )
    escalation_tell_client = fields.Boolean(
        string="Tell the Client of Handovers",
        prefetch=PREFETCH_GROUP,
        groups=STAFF_GROUP,
        help="Proposed when this team escalates by hand: the client gets a short mail "
        "that the request has been passed on.",
    )
    escalation_need_issue_summary = fields.Boolean(
        string="Issue Summary",
        default=True,
        prefetch=PREFETCH_GROUP,
        groups=STAFF_GROUP,
        help="A handover to this team must say what the issue is.",
    )
    escalation_need_user_impact = fields.Boolean(
        string="User Impact",
        default=True,
        prefetch=PREFETCH_GROUP,
        groups=STAFF_GROUP,
        help="A handover to this team must say who is hit by it, and how.",
    )
    escalation_need_current_state = fields.Boolean(
        string="What Is Happening",
        default=True,
        prefetch=PREFETCH_GROUP,
        groups=STAFF_GROUP,
        help="A handover to this team must say what one sees.",
    )
    escalation_need_troubleshooting = fields.Boolean(
        string="Troubleshooting Done",
        default=True,
        prefetch=PREFETCH_GROUP,
        groups=STAFF_GROUP,
        help="A handover to this team must say what was tried.",
    )
    escalation_need_environment = fields.Boolean(
        string="Environment",
        prefetch=PREFETCH_GROUP,
        groups=STAFF_GROUP,
        help="A handover to this team must say where it happens.",
    )
    escalation_need_recent_changes = fields.Boolean(
        string="Recent Changes",
        prefetch=PREFETCH_GROUP,
        groups=STAFF_GROUP,
        help="A handover to this team must say what was changed before.",
    )
    escalation_need_reason = fields.Boolean(
        string="Reason for Escalating",
        default=True,
        prefetch=PREFETCH_GROUP,
        groups=STAFF_GROUP,
        help="A handover to this team must say why, and of what kind the reason is.",
    )
    escalation_received_count = fields.Integer(
        string="Handovers",
        compute="_compute_escalation_received_count",
        groups=STAFF_GROUP,
        help="How many tickets were handed over to this team by hand.",
    )
    escalation_sent_back_count = fields.Integer(
        string="Sent Back",
        compute="_compute_escalation_received_count",
        groups=STAFF_GROUP,
        help="How many of them it has sent back because something was missing.",
    )

    @api.depends("parent_path")
    def _compute_escalation_tier(self):
        below = (
            self.sudo()
            .with_context(active_test=True)
            .search_fetch([("id", "child_of", self.ids)], ["parent_path"])
        )
        for team in self:
            path = team.parent_path or ""
            depths = [
                one.parent_path.count("/") - path.count("/")
                for one in below
                if path and one.parent_path.startswith(path)
            ]
            team.escalation_tier = 1 + max(depths, default=0)

    def _compute_escalation_received_count(self):
        rows = self.env["helpdesk.escalation.brief"]._read_group(
            [("to_team_id", "in", self.ids), ("state", "=", "done")],
            ["to_team_id", "outcome"],
            ["__count"],
        )
        for team in self:
            mine = [row[1:] for row in rows if row[0] == team]
            team.escalation_received_count = sum(count for _outcome, count in mine)
            team.escalation_sent_back_count = dict(mine).get("sent_back", 0)

    def action_escalation_handovers(self):
        """Show what was handed over to the team."""
        self.ensure_one()
        self.check_access("read")
        self.env["helpdesk.escalation.brief"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_escalation.helpdesk_escalation_brief_action"
        )
        action["domain"] = [("to_team_id", "=", self.id), ("state", "=", "done")]
        action["context"] = {}
        return action

    def _get_required_parts(self):
        """Return the parts that a brief to this team must have; the usual without one.

        :rtype: list[str]
        """
        prefix = "escalation_need_"
        team = self.sudo() or self.sudo().new({})
        return [
            name.removeprefix(prefix)
            for name in team._fields
            if name.startswith(prefix) and team[name]
        ]

    def _get_tier_words(self):
        """Name the team, with its tier where there are tiers."""
        if not self:
            return ""
        if self.escalation_tier == 1 and not self.parent_id:
            return self.name
        return self.env._(
            "%(team)s (tier %(tier)s)", team=self.name, tier=self.escalation_tier
        )
