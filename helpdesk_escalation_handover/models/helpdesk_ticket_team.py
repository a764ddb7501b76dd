from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.helpdesk_escalation.models.groups import PREFETCH_GROUP, VIEWER_GROUPS


class HelpdeskTicketTeam(models.Model):
    """Tiers, and what a team wants of a handover."""

    _inherit = "helpdesk.ticket.team"

    def _default_escalation_handover_part_ids(self):
        return self.env["helpdesk.escalation.handover.part"]._get_default()

    escalation_tier = fields.Integer(
        string="Tier",
        compute="_compute_escalation_tier",
        groups=VIEWER_GROUPS,
        help="1 for a team with none below it; a parent team is a tier above the "
        "highest of its teams.",
    )
    escalation_mail_receiver = fields.Boolean(
        string="Mail Handovers",
        prefetch=PREFETCH_GROUP,
        groups=VIEWER_GROUPS,
        help="Who gets a ticket handed over to this team gets an email too, with "
        "the whole handover. A notification in Odoo they always get.",
    )
    escalation_tell_client = fields.Boolean(
        string="Inform the Client of Handovers",
        prefetch=PREFETCH_GROUP,
        groups=VIEWER_GROUPS,
        help="Proposed when this team escalates by hand: the client gets a short mail "
        "that the request has been passed on.",
    )
    escalation_handover_part_ids = fields.Many2many(
        comodel_name="helpdesk.escalation.handover.part",
        string="Required Parts",
        default=lambda self: self._default_escalation_handover_part_ids(),
        groups=VIEWER_GROUPS,
        help="What a handover to this team must say. Nothing chosen: all of it "
        "is optional.",
    )
    escalation_handover_length_ids = fields.One2many(
        comodel_name="helpdesk.escalation.handover.length",
        inverse_name="team_id",
        string="Minimum Lengths",
        groups=VIEWER_GROUPS,
        help="How much this team wants to read in a required part, where that is not "
        "the usual length.",
    )
    escalation_handover_days = fields.Integer(
        string="Days of Warranty",
        default=14,
        prefetch=PREFETCH_GROUP,
        groups=VIEWER_GROUPS,
        help="How many days this team looks back when it hands a ticket over: the "
        "client's tickets that were opened or closed since are shown. One like it that "
        "was closed within these days is marked.",
    )
    escalation_handover_only = fields.Boolean(
        string="Move Up with Escalate Only",
        prefetch=PREFETCH_GROUP,
        groups=VIEWER_GROUPS,
        help="Tickets go from this team to a team above it, or to this one from a team "
        "below it, with Escalate, so that nobody gets one without a handover. Helpdesk "
        "managers and the steps of policies may still move them.",
    )
    escalation_tell_client_back = fields.Boolean(
        string="Inform the Client of De-escalations",
        prefetch=PREFETCH_GROUP,
        groups=VIEWER_GROUPS,
        help="Proposed when a ticket is given back to this team: the client gets a "
        "short mail that the specialists have done their part.",
    )
    escalation_tell_client_late = fields.Boolean(
        string="Inform the Client of Late News",
        prefetch=PREFETCH_GROUP,
        groups=VIEWER_GROUPS,
        help="Proposed when this team escalates by hand: the client gets a short mail "
        "when the promised news is late. The team is reminded before.",
    )
    escalation_received_count = fields.Integer(
        string="Handovers",
        compute="_compute_escalation_received_count",
        groups=VIEWER_GROUPS,
        help="How many tickets were handed over to this team by hand.",
    )
    escalation_sent_back_count = fields.Integer(
        string="Sent Back",
        compute="_compute_escalation_received_count",
        groups=VIEWER_GROUPS,
        help="How many of them it has sent back because something was missing.",
    )

    _escalation_handover_days_range = models.Constraint(
        "CHECK(escalation_handover_days BETWEEN 1 AND 3650)",
        "Look back between one day and ten years.",
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

    def _get_part_lengths(self):
        """Return how much each part must say in a handover to this team.

        :return: minimum length and whether one word is enough, by the part's code
        :rtype: dict[str, tuple[int, bool]]
        """
        # Sudo: the team may be one that whoever escalates cannot read.
        team = self.sudo()
        own = {
            line.part_id: line.min_length
            for line in team.escalation_handover_length_ids
        }
        return {
            part.code: (own.get(part, part.min_length), part.one_word)
            for part in self.env["helpdesk.escalation.handover.part"].sudo().search([])
        }

    def _is_escalation_above(self, team):
        """Whether a team is above another one, however far."""
        return self != team and (team.parent_path or "").startswith(
            self.parent_path or "?"
        )

    def _get_tier_words(self):
        """Name the team, with its tier where there are tiers."""
        if not self:
            return ""
        if self.escalation_tier == 1 and not self.parent_id:
            return self.name
        return self.env._(
            "%(team)s (tier %(tier)s)", team=self.name, tier=self.escalation_tier
        )
