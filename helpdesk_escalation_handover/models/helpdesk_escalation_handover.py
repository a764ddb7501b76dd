from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..tools.says_something import says_something

# The parts of a handover, in the order in which a receiver reads them.
PARTS = (
    "issue_summary",
    "user_impact",
    "current_state",
    "troubleshooting",
    "environment",
    "recent_changes",
    "reason",
)
# What its author may change while it is a draft; the rest is the record.
DRAFT_FIELDS = {
    *PARTS,
    "reason_kind",
    "to_team_id",
    "to_user_id",
    "hand_over",
    "to_priority",
    "tell_client",
    "tell_client_late",
    "news_by",
    "history_ids",
}


class HelpdeskEscalationHandover(models.Model):
    """What one person hands over to another: a draft, then the record of it."""

    _name = "helpdesk.escalation.handover"
    _description = "Escalation Handover"
    _inherit = ["helpdesk.escalation.ticket.access", "helpdesk.escalation.input"]
    _order = "handover_date desc, id desc"

    # Which
    ticket_id = fields.Many2one(
        comodel_name="helpdesk.ticket",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
        context={"active_test": False},
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Escalated By",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
        context={"active_test": False},
    )
    state = fields.Selection(
        selection=[("draft", "Draft"), ("done", "Handed over")],
        required=True,
        readonly=True,
        default="draft",
    )
    handover_date = fields.Datetime(string="Handed Over On", readonly=True)
    previous_id = fields.Many2one(
        comodel_name="helpdesk.escalation.handover",
        string="Escalated Before",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The handover that this one carries on.",
    )
    incident_ids = fields.One2many(
        comodel_name="helpdesk.escalation.incident",
        inverse_name="handover_id",
        string="Incident",
        readonly=True,
    )

    # What is expected of whoever receives it, and what their team decides
    standard = fields.Text(related="ticket_id.effective_escalation_policy_id.standard")
    authority = fields.Text(related="to_team_id.escalation_authority")

    # The seven parts
    issue_summary = fields.Text(help="The issue in a sentence or two.")
    user_impact = fields.Text(
        help="Who cannot do what because of it, and since when. How many people?"
    )
    current_state = fields.Text(
        string="What's Happening",
        help="What one sees: symptoms, messages, and when they appear.",
    )
    troubleshooting = fields.Text(
        string="Troubleshooting Done",
        help="What has been tried, and what came of it. Nobody should try it again.",
    )
    environment = fields.Text(help="Where it happens: system, version, place, account.")
    recent_changes = fields.Text(help="What was changed before it began, or none.")
    reason = fields.Text(
        string="Escalation Reason",
        help="Why it takes somebody else, and what you ask of them.",
    )
    reason_kind = fields.Selection(
        selection=[
            ("expertise", "Expertise"),
            ("access", "Access"),
            ("authority", "Authority"),
            ("unclear", "Unclear cause"),
            ("client", "Client asks for a manager"),
            ("time", "Time"),
            ("other", "Other"),
        ],
        string="Type of Reason",
        help="What is needed that the team does not have.",
    )
    history_ids = fields.One2many(
        comodel_name="helpdesk.escalation.handover.ticket",
        inverse_name="handover_id",
        string="Recent Tickets",
        help="Tickets of the same contact and company that were opened or closed in "
        "the days that the team looks back. Tick those that have to do with this one.",
    )

    # From where; also what the author saw when the dialog was opened
    from_team_id = fields.Many2one(
        comodel_name="helpdesk.ticket.team",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    from_user_id = fields.Many2one(
        comodel_name="res.users",
        string="From Person",
        readonly=True,
        ondelete="set null",
        context={"active_test": False},
        help="Who was responsible for the ticket.",
    )
    from_stage_id = fields.Many2one(
        comodel_name="helpdesk.ticket.stage", readonly=True, ondelete="set null"
    )
    from_priority = fields.Char(readonly=True)

    # To whom
    to_team_id = fields.Many2one(
        comodel_name="helpdesk.ticket.team",
        ondelete="set null",
        index="btree_not_null",
        domain="[('company_id', 'in', [False, company_id])]",
        help="The team that the ticket goes to. The team above is proposed. Empty: the "
        "ticket stays in its team.",
    )
    to_user_id = fields.Many2one(
        comodel_name="res.users",
        string="To Person",
        ondelete="set null",
        domain="to_team_id and [('id', 'in', candidate_ids)]"
        " or [('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who is asked. Empty: the leader of the team, or where there is none its "
        "members.",
    )
    candidate_ids = fields.Many2many(
        comodel_name="res.users", compute="_compute_candidate_ids"
    )
    hand_over = fields.Boolean(
        string="Reassign",
        default=True,
        help="The person above becomes responsible for the ticket, or nobody until a "
        "member of the team takes it. Otherwise the responsible stays.",
    )
    to_priority = fields.Selection(
        selection=lambda self: self.env["helpdesk.ticket"]
        ._fields["priority"]
        ._description_selection(self.env),
        string="New Priority",
        help="Empty: the priority stays as it is.",
    )
    tell_client = fields.Boolean(
        string="Inform the Client",
        help="The client gets a short mail that the request has been passed on. "
        "Nothing of this handover is in it.",
    )
    tell_client_late = fields.Boolean(
        string="Also If News Is Late",
        help="The client gets a short mail when nobody has answered them by then. The "
        "team is reminded before.",
    )
    news_by = fields.Datetime(
        string="Next News By",
        help="By when the client is promised to hear from you.",
    )
    news_state = fields.Selection(
        selection=[
            ("promised", "Promised"),
            ("reminded", "Team reminded"),
            ("late", "Late"),
            ("kept", "Kept"),
            ("over", "Not needed any more"),
        ],
        string="Promised News",
        readonly=True,
        index="btree_not_null",
        help="What came of the promise to the client.",
    )
    news_reminded_date = fields.Datetime(
        string="Team Reminded On",
        readonly=True,
        help="When the team was reminded of the promised news.",
    )

    # What came of it
    outcome = fields.Selection(
        selection=[
            ("taken", "Taken"),
            ("sent_back", "Sent back"),
            ("de_escalated", "De-escalated"),
            ("escalated_further", "Escalated further"),
        ],
        readonly=True,
        index="btree_not_null",
    )
    outcome_state = fields.Selection(
        selection=lambda self: [
            ("not_taken", self.env._("Not taken yet")),
            ("never_taken", self.env._("Never taken")),
            *self._fields["outcome"]._description_selection(self.env),
        ],
        string="How It Stands",
        compute="_compute_outcome_state",
    )
    outcome_reason = fields.Text(string="Why", readonly=True)
    outcome_date = fields.Datetime(readonly=True)
    outcome_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Outcome By",
        readonly=True,
        ondelete="set null",
        context={"active_test": False},
    )

    # For the dialog
    company_id = fields.Many2one(related="ticket_id.company_id")
    client_reachable = fields.Boolean(compute="_compute_client_reachable")
    kept_policy_text = fields.Char(
        compute="_compute_kept_policy_text",
        help="Which policy stays with the ticket where the receiving team has none.",
    )
    from_tier = fields.Integer(
        related="from_team_id.escalation_tier", string="From Tier"
    )
    to_tier = fields.Integer(related="to_team_id.escalation_tier", string="To Tier")
    readiness = fields.Html(compute="_compute_readiness", sanitize=False)
    recurring_text = fields.Char(compute="_compute_recurring_text")
    required_parts = fields.Char(compute="_compute_required_parts")
    missing_parts = fields.Char(compute="_compute_missing_text")
    short_parts = fields.Char(compute="_compute_missing_text")
    missing_text = fields.Char(
        compute="_compute_missing_text", help="How much is still missing, and what."
    )
    blocker_text = fields.Char(
        compute="_compute_missing_text",
        help="Why the ticket cannot be escalated like this, such as a person who "
        "cannot receive it.",
    )
    handover_text = fields.Text(
        string="Handover as Text",
        compute="_compute_handover_text",
        help="All of it, to copy.",
    )

    _one_draft = models.UniqueIndex(
        "(ticket_id, user_id) WHERE state = 'draft'",
        "There is a draft already.",
    )

    @api.depends("ticket_id", "handover_date", "to_team_id", "to_user_id")
    def _compute_display_name(self):
        for handover in self:
            handover.display_name = self.env._(
                "%(ticket)s to %(to)s",
                ticket=handover.ticket_id.display_name,
                to=handover._get_to_words() or "…",
            )

    @api.depends("state", "outcome", "incident_ids.state")
    def _compute_outcome_state(self):
        for handover in self:
            # Sudo: it tells no more than what came of it.
            states = handover.sudo().incident_ids.mapped("state")
            waits = "never_taken" if states == ["resolved"] else "not_taken"
            handover.outcome_state = handover.state == "done" and (
                handover.outcome or waits
            )

    @api.depends("to_team_id")
    def _compute_candidate_ids(self):
        for handover in self:
            team = handover.to_team_id
            handover.candidate_ids = team.user_ids | team.user_id

    @api.depends("ticket_id")
    def _compute_client_reachable(self):
        for handover in self:
            ticket = handover.ticket_id
            handover.client_reachable = bool(
                ticket.partner_id.email or ticket.partner_email
            )

    @api.depends("to_team_id")
    @api.depends_context("lang")
    def _compute_kept_policy_text(self):
        for handover in self:
            # Sudo: policies and teams may be out of the author's sight; names only.
            ticket, team = handover.ticket_id.sudo(), handover.to_team_id.sudo()
            policy, own = ticket._get_escalating_policy(), ticket.escalation_policy_id
            stays = (
                policy
                and team
                and handover.state == "draft"
                and policy != own
                and not ticket.escalation_muted
                and not ticket._escalation_find_policy_in(team, own)
            )
            handover.kept_policy_text = (
                ticket._get_kept_policy_words(policy, team) if stays else False
            )

    @api.depends("ticket_id")
    @api.depends_context("lang", "tz")
    def _compute_readiness(self):
        for handover in self:
            handover.readiness = self.env["ir.qweb"]._render(
                "helpdesk_escalation_handover.handover_readiness",
                {"checks": handover._get_readiness()},
            )

    @api.depends("history_ids")
    def _compute_recurring_text(self):
        for handover in self:
            counts = [
                (category.display_name, len(lines))
                for category, lines in handover.history_ids.grouped(
                    "category_id"
                ).items()
                if category and len(lines) > 1
            ]
            handover.recurring_text = bool(counts) and self.env._(
                "Recurring: %s",
                ", ".join(
                    self.env._("%(count)s × %(category)s", count=count, category=name)
                    for name, count in counts
                ),
            )

    @api.depends("to_team_id", "from_team_id")
    def _compute_required_parts(self):
        for handover in self:
            team = handover._get_receiving_team()
            # Framed, so that a part's name is found in it as a whole.
            handover.required_parts = f",{','.join(team._get_required_parts())},"

    @api.depends(
        "required_parts",
        "reason_kind",
        "to_team_id",
        "to_user_id",
        "hand_over",
        "tell_client",
        "news_by",
        *PARTS,
    )
    @api.depends_context("lang", "uid")
    def _compute_missing_text(self):
        for handover in self:
            missing, short = handover._find_missing()
            what = blocker = False
            if handover.state == "draft":
                what, blocker = handover._get_blocker()
            names = [what] if what else []
            names += handover._get_missing()
            # Framed, so that a part's name is found in it as a whole.
            handover.missing_parts = f",{','.join(missing)},"
            handover.short_parts = f",{','.join(short)},"
            handover.blocker_text = blocker
            handover.missing_text = bool(names) and self.env._(
                "Still missing (%(count)s): %(names)s",
                count=len(names),
                names=", ".join(names),
            )

    @api.depends("history_ids.is_related", "reason_kind", *PARTS)
    @api.depends_context("lang", "tz", "uid")
    def _compute_handover_text(self):
        for handover in self:
            facts = [f"{label}: {value}" for label, value in handover._get_facts()]
            parts = [f"{label}\n{text}" for label, text in handover._get_parts()]
            related = handover._get_related_tickets()
            if related:
                title = self.env._("Related tickets")
                names = [
                    " ".join(filter(None, [ticket.display_name, remark]))
                    for ticket, remark in handover._get_related_remarks(related)
                ]
                parts.append("\n".join([title, *names]))
            handover.handover_text = "\n\n".join(["\n".join(facts), *parts])

    @api.constrains("news_by")
    def _check_news_by(self):
        latest = fields.Datetime.now() + timedelta(days=365)
        for handover in self:
            if handover.news_by and handover.news_by > latest:
                raise ValidationError(
                    self.env._("Promise the client the next news within a year.")
                )

    @api.onchange("to_team_id")
    def _onchange_to_team_id(self):
        if self.to_team_id and self.to_user_id not in self.candidate_ids:
            self.to_user_id = False

    def write(self, vals):
        if not self.env.su and not DRAFT_FIELDS.issuperset(vals):
            raise AccessError(
                self.env._("The record of a handover is kept by the system.")
            )
        return super().write(vals)

    # ------------------------------------------------------------------
    # The state of the ticket
    # ------------------------------------------------------------------

    def _get_readiness(self):
        """Tell what state the ticket is in: (what, whether it is there, in words)."""
        self.ensure_one()
        ticket = self.ticket_id
        clock = ticket._get_escalation_clocks()
        moment = self.env["helpdesk.escalation.incident"]._format_moment
        priorities = dict(ticket._fields["priority"]._description_selection(self.env))
        yes_no = {True: self.env._("Yes"), False: self.env._("No")}
        is_open = bool(clock.is_open)
        return [
            (
                self.env._("Category"),
                bool(ticket.category_id),
                ticket.category_id.display_name or self.env._("Not set"),
            ),
            (
                self.env._("Priority"),
                bool(ticket.priority),
                priorities.get(ticket.priority) or self.env._("Not set"),
            ),
            (
                self.env._("Assigned"),
                bool(ticket.user_id),
                ticket.user_id.name or self.env._("Nobody"),
            ),
            (self.env._("Still open"), is_open, yes_no[is_open]),
            (
                self.env._("Last answer to the client"),
                bool(clock.staff_date),
                moment(clock.staff_date) or self.env._("None yet"),
            ),
        ]

    # ------------------------------------------------------------------
    # The handover in words
    # ------------------------------------------------------------------

    def _get_receiving_team(self):
        return self.to_team_id or self.from_team_id

    def _get_missing(self):
        """Return the labels of the required parts that say nothing, or too little."""
        missing, short = self._find_missing()
        return [
            self.env._(
                "%(part)s (say more: some words, %(count)s characters)",
                part=self._fields[name]._description_string(self.env),
                count=short[name],
            )
            if name in short
            else self._fields[name]._description_string(self.env)
            for name in (*PARTS, "reason_kind")
            if name in short or name in missing
        ]

    def _find_missing(self):
        """Find the required parts that say nothing, and those that say too little.

        :return: names of fields, and of the others how many characters are wanted
        :rtype: tuple[list, dict]
        """
        self.ensure_one()
        wanted = self._get_receiving_team()._get_part_lengths()
        missing, short = [], {}
        for part in PARTS:
            length, one_word = wanted.get(part, (0, True))
            if f",{part}," not in self.required_parts:
                continue
            if not (self[part] or "").strip():
                missing.append(part)
            elif not says_something(self[part], length, one_word):
                short[part] = length
        if ",reason," in self.required_parts and not self.reason_kind:
            missing.append("reason_kind")
        return missing, short

    def _get_parts(self):
        """Return the parts that say something: (label, text), in their order."""
        self.ensure_one()
        return [
            (self._fields[part]._description_string(self.env), self[part].strip())
            for part in PARTS
            if (self[part] or "").strip()
        ]

    def _get_facts(self):
        """Return what stands above the parts: (label, text).

        The context ``escalation_for_all`` says that it is kept for readers everywhere.
        """
        self.ensure_one()
        kinds = dict(self._fields["reason_kind"]._description_selection(self.env))
        incidents = self.env["helpdesk.escalation.incident"]
        moment = incidents._format_moment
        if self.env.context.get("escalation_for_all"):
            moment = incidents._format_moment_for_all
        facts = [
            (self.env._("Ticket"), self.ticket_id.display_name),
            (self.env._("Client"), self.ticket_id._get_escalation_client_name()),
            (self.env._("From"), self._get_from_words()),
            (self.env._("To"), self._get_to_words()),
            (self.env._("Escalated by"), self.user_id.name),
            (self.env._("When"), moment(self.handover_date)),
            (self.env._("Type of reason"), kinds.get(self.reason_kind)),
        ]
        return [(label, value) for label, value in facts if value]

    def _get_related_tickets(self):
        """Return the tickets named as related, as far as the user may read them."""
        # Searched, so that no line that the user may not read comes into the cache.
        # Sudo: which of the tickets they may read is asked at the end.
        lines = (
            self.env["helpdesk.escalation.handover.ticket"]
            .sudo()
            .search(
                [("handover_id", "in", self._origin.ids), ("is_related", "=", True)]
            )
        )
        return lines.ticket_id.with_user(self.env.user)._filtered_access("read")

    def _get_related_remarks(self, tickets):
        """Return with each related ticket its stage, and when it was closed, in words.

        :param tickets: what the reader may read of them
        :rtype: list[tuple]
        """
        # Searched, so that no line that the user may not read comes into the cache.
        # Sudo: of which tickets the lines are was asked.
        lines = (
            self.env["helpdesk.escalation.handover.ticket"]
            .sudo()
            .search(
                [
                    ("handover_id", "in", self._origin.ids),
                    ("ticket_id", "in", tickets.ids),
                ]
            )
            .grouped("ticket_id")
        )
        found = []
        for ticket in tickets:
            line = lines[ticket.sudo()]
            closed = line._get_closed_words()
            remark = [
                ticket.stage_id.name,
                closed and self.env._("closed on %s", closed),
                line.is_within_warranty and self.env._("within warranty"),
            ]
            words = ", ".join(filter(None, remark))
            found.append((ticket, f"({words})" if words else ""))
        return found

    def _render_body(self, reader=None):
        """Write the handover as HTML, in the language of the environment.

        :param reader: a user; only the related tickets that they may read are named
        """
        self.ensure_one()
        # Sudo: the handover is for whoever gets it, who may see the ticket only then.
        here = self.sudo()
        related = here.with_user(reader or self.env.user)._get_related_tickets()
        return self.env["ir.qweb"]._render(
            "helpdesk_escalation_handover.handover_body",
            {
                "handover": here,
                "related": here._get_related_remarks(related.with_env(here.env)),
            },
        )

    def _keep_outcome(self, outcome, reason, user):
        """Keep what came of a handover, who did it and why."""
        # Sudo: what is handed over is the system's record.
        self.sudo().write(
            {
                "outcome": outcome,
                "outcome_reason": reason,
                "outcome_date": fields.Datetime.now(),
                "outcome_user_id": user.id,
            }
        )

    def _get_from_words(self):
        return self._name_place(self.from_team_id, self.from_user_id)

    def _get_to_words(self):
        return self._name_place(self.to_team_id, self.to_user_id)

    def _name_place(self, team, user):
        """Name a team with its tier, and a person."""
        # Sudo: names only, of who may be out of the reader's sight.
        place = team.sudo()._get_tier_words()
        name = user.sudo().name
        if place and name:
            return self.env._("%(name)s, %(team)s", name=name, team=place)
        return name or place or ""
