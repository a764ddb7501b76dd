from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

# What a proposal is about, and the field of the ticket that takes it.
TICKET_FIELDS = {
    "category": "category_id",
    "priority": "priority",
    "team": "team_id",
}
MODELS = {"category": "helpdesk.ticket.category", "team": "helpdesk.ticket.team"}


class HelpdeskEscalationAiProposal(models.Model):
    """What a model proposes for a ticket, and what people made of it.

    It changes nothing until somebody accepts it, as themselves.
    """

    _name = "helpdesk.escalation.ai.proposal"
    _description = "Proposal of the Language Model"
    _inherit = ["helpdesk.escalation.ticket.access"]
    _order = "id"

    ticket_id = fields.Many2one(
        comodel_name="helpdesk.ticket",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="ticket_id.company_id")
    kind = fields.Selection(
        selection=[
            ("category", "Category"),
            ("priority", "Priority"),
            ("team", "Team"),
            ("tone", "Tone"),
        ],
        string="What",
        required=True,
        readonly=True,
    )
    value = fields.Char(
        required=True, readonly=True, help="The key of what is proposed."
    )
    value_text = fields.Char(
        readonly=True, help="What is proposed, as the model read it."
    )
    label = fields.Char(
        string="Proposal",
        compute="_compute_label",
        help="What is proposed, in your language.",
    )
    quote = fields.Char(
        readonly=True, help="The sentence of the client that it rests on."
    )
    message_id = fields.Many2one(
        comodel_name="mail.message",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The message that was read; empty for the ticket's own text.",
    )
    model_name = fields.Char(string="Model", readonly=True)
    state = fields.Selection(
        selection=[
            ("proposed", "Proposed"),
            ("accepted", "Accepted"),
            ("refused", "Refused"),
            ("outdated", "Outdated"),
        ],
        required=True,
        readonly=True,
        default="proposed",
        index=True,
        help="Accepted, also by choosing the same by hand. Refused, also by choosing "
        "something else. Outdated: nobody has decided, and there is something newer.",
    )
    decided_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, index="btree_not_null"
    )
    decided_date = fields.Datetime(readonly=True)

    _one_open = models.UniqueIndex(
        "(ticket_id, kind) WHERE state = 'proposed'",
        "There is a proposal already.",
    )

    @api.depends("kind", "value", "value_text")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for proposal in self:
            proposal.display_name = f"{kinds.get(proposal.kind)}: {proposal.label}"

    @api.depends("kind", "value", "value_text")
    @api.depends_context("lang")
    def _compute_label(self):
        for proposal in self:
            label = self._get_labels(proposal.kind).get(proposal.value)
            # Sudo: a name only.
            target = proposal.sudo()._get_target()
            if target:
                label = target.display_name
            proposal.label = label or proposal.value_text

    @api.model
    def _get_labels(self, kind):
        """Return what a kind with fixed values may be: {key: label}.

        Tones stand in order: each is worse than those before it.
        """
        if kind == "priority":
            field = self.env["helpdesk.ticket"]._fields["priority"]
            return dict(field._description_selection(self.env))
        if kind == "tone":
            return {
                "calm": self.env._("Calm"),
                "worried": self.env._("Worried"),
                "annoyed": self.env._("Annoyed"),
                "angry": self.env._("Angry"),
            }
        return {}

    def _get_target(self):
        """Return the record that is proposed, if there is one and it still exists."""
        self.ensure_one()
        if self.kind not in MODELS:
            return None
        target = self.env[MODELS[self.kind]].browse(int(self.value)).exists()
        return target.filtered(
            lambda one: one.active
            and (not one.company_id or one.company_id == self.ticket_id.company_id)
        )

    # ------------------------------------------------------------------
    # Proposing
    # ------------------------------------------------------------------

    @api.model
    def _propose(self, request, kind, value, value_text, quote=False):
        """Propose a value for a ticket, unless it has it, or somebody decided so.

        :param request: the question it answers
        :return: the new proposal, or none
        """
        ticket = request.ticket_id
        before = self.search([("ticket_id", "=", ticket.id), ("kind", "=", kind)])
        before.filtered(lambda one: one.state == "proposed").state = "outdated"
        # One at a time, also for the database.
        before.flush_recordset(["state"])
        if kind in TICKET_FIELDS:
            now = ticket[TICKET_FIELDS[kind]]
            is_so = value == (str(now.id) if kind in MODELS else now)
            decided = before.filtered("decided_by_id").mapped("value")
            if is_so or value in decided:
                return self.browse()
        return self.create(
            {
                "ticket_id": ticket.id,
                "kind": kind,
                "value": value,
                "value_text": value_text,
                "quote": quote,
                "message_id": request.message_id.id,
                "model_name": request.model_name,
                # Of a client who is calm nobody need be told.
                "state": "outdated"
                if (kind, value) == ("tone", "calm")
                else "proposed",
            }
        )

    # ------------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------------

    def action_accept(self):
        """Do what is proposed, as the user; a tone is only said to be right.

        :raise AccessError: for who may not edit the ticket
        :raise UserError: when it was decided already, or what is proposed is gone
        """
        for proposal in self:
            proposal._check_open()
            ticket = proposal.ticket_id
            name = TICKET_FIELDS.get(proposal.kind)
            if proposal.kind in MODELS:
                # Sudo: whether it is still there; the ticket's own rules say the rest.
                target = proposal.sudo()._get_target()
                if not target:
                    raise UserError(
                        self.env._(
                            "“%s” does not exist any more. Refuse this proposal.",
                            proposal.value_text,
                        )
                    )
                ticket.write({name: target.id})
            elif name:
                ticket.write({name: proposal.value})
            proposal._decide("accepted")
        return True

    def action_refuse(self):
        """Say that a proposal is wrong; it is not made again.

        :raise AccessError: for who may not edit the ticket
        :raise UserError: when it was decided already
        """
        for proposal in self:
            proposal._check_open()
            proposal._decide("refused")
        return True

    def _check_open(self):
        """Check that the user may decide, and that nobody has.

        :raise AccessError: for who may not edit the ticket
        :raise UserError: when it was decided already
        """
        self.check_access("read")
        if not self.ticket_id.has_access("write"):
            raise AccessError(
                self.env._("Only who may edit the ticket can decide on a proposal.")
            )
        if self.state != "proposed":
            raise UserError(
                self.env._("This proposal is no longer open. Reload the page.")
            )

    def _decide(self, state):
        """Keep what somebody made of proposals."""
        # Sudo: the record of it is the system's; who may decide was asked.
        self.sudo().write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_date": fields.Datetime.now(),
            }
        )

    @api.model
    def _settle(self, tickets, vals):
        """See which proposals a change of tickets has decided.

        :param dict vals: what was written on the tickets
        """
        kinds = [kind for kind, name in TICKET_FIELDS.items() if name in vals]
        # Sudo: whoever made the change need not see them.
        proposals = self.sudo().search(
            [
                ("ticket_id", "in", tickets.ids),
                ("kind", "in", kinds),
                ("state", "=", "proposed"),
            ]
        )
        outcomes = {}
        for proposal in proposals:
            value = vals[TICKET_FIELDS[proposal.kind]]
            is_same = proposal.value == str(value)
            state = "accepted" if is_same else "refused"
            outcomes.setdefault(state, self.browse())
            outcomes[state] |= proposal
        for state, decided in outcomes.items():
            if self.env.uid == SUPERUSER_ID or not self.env.user._is_internal():
                # Nobody of us has decided: a step's action, or the client, did it.
                decided.sudo().state = "outdated"
            else:
                decided.with_env(self.env)._decide(state)
