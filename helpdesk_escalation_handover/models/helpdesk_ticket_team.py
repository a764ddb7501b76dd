from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.helpdesk_escalation.models.groups import PREFETCH_GROUP, STAFF_GROUP


class HelpdeskTicketTeam(models.Model):
    """Tiers, and what a team wants of a handover."""

    _inherit = "helpdesk.ticket.team"

    def _default_escalation_handover_part_ids(self):
        return self.env["helpdesk.escalation.handover.part"]._get_default()

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
        help="Who gets a ticket handed over to this team gets an email too, with "
        "the whole handover. A notification in Odoo they always get.",
    )
    escalation_tell_client = fields.Boolean(
        string="Inform the Client of Handovers",
        prefetch=PREFETCH_GROUP,
        groups=STAFF_GROUP,
        help="Proposed when this team escalates by hand: the client gets a short mail "
        "that the request has been passed on.",
    )
    escalation_handover_part_ids = fields.Many2many(
        comodel_name="helpdesk.escalation.handover.part",
        string="Required Parts",
        default=lambda self: self._default_escalation_handover_part_ids(),
        groups=STAFF_GROUP,
        help="What a handover to this team must say. Nothing chosen: all of it "
        "is optional.",
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
        # Sudo: a tier counts also the teams that the user does not see.
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
        rows = self.env["helpdesk.escalation.handover"]._read_group(
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
        self.env["helpdesk.escalation.handover"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_escalation_handover.helpdesk_escalation_handover_action"
        )
        action["domain"] = [("to_team_id", "=", self.id), ("state", "=", "done")]
        action["context"] = {}
        return action

    @api.model
    def _require_default_parts(self):
        """Let the teams from before the installation require the default parts.

        One statement that changes no team: nobody who edits one waits for it.
        """
        field = self._fields["escalation_handover_part_ids"]
        self.env[field.comodel_name].flush_model(["is_default"])
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO %(relation)s (%(team)s, %(part)s)
                     SELECT team.id, part.id
                       FROM helpdesk_ticket_team team
                 CROSS JOIN helpdesk_escalation_handover_part part
                      WHERE part.is_default
                ON CONFLICT DO NOTHING
                """,
                relation=SQL.identifier(field.relation),
                team=SQL.identifier(field.column1),
                part=SQL.identifier(field.column2),
            )
        )
        self.invalidate_model([field.name])

    def _get_required_parts(self):
        """Return the codes of the parts that a handover to this team must have.

        Without a team: those that a new team requires.

        :rtype: list[str]
        """
        # Sudo: the team may be one that whoever escalates cannot read.
        parts = self.sudo().escalation_handover_part_ids
        if not self:
            parts = parts._get_default()
        return parts.mapped("code")

    def _get_tier_words(self):
        """Name the team, with its tier where there are tiers."""
        if not self:
            return ""
        if self.escalation_tier == 1 and not self.parent_id:
            return self.name
        return self.env._(
            "%(team)s (tier %(tier)s)", team=self.name, tier=self.escalation_tier
        )
