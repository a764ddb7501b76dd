from odoo import api, fields, models


class HelpdeskEscalationCause(models.Model):
    """Why an incident was opened or raised, beside the time: kept and shown."""

    _name = "helpdesk.escalation.cause"
    _description = "Escalation Cause"
    _inherit = ["helpdesk.escalation.ticket.access"]
    _order = "id"

    incident_id = fields.Many2one(
        comodel_name="helpdesk.escalation.incident",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    ticket_id = fields.Many2one(
        related="incident_id.ticket_id", store=True, index=True, string="Ticket"
    )
    kind = fields.Selection(
        selection="_selection_kind",
        string="What",
        required=True,
        readonly=True,
    )
    detail = fields.Char(readonly=True, help="What was found.")
    message_id = fields.Many2one(
        comodel_name="mail.message",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The message it was found in; empty for the ticket itself.",
    )
    round = fields.Integer(readonly=True, default=1)
    step_id = fields.Many2one(
        comodel_name="helpdesk.escalation.step",
        string="Started At",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The step that fired because of it; empty when it had fired already, or "
        "when somebody was on it.",
    )

    @api.model
    def _selection_kind(self):
        """Return what a cause may be; a wing that finds causes adds its kinds."""
        return []

    @api.depends("kind", "detail")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._selection_kind())
        for cause in self:
            # What a wing that is gone has found has no label any more.
            words = (labels.get(cause.kind), cause._get_detail_label())
            cause.display_name = ": ".join(filter(None, words))

    def _get_detail_label(self):
        """Put what was found into words; a wing that keeps a key translates it."""
        self.ensure_one()
        return self.detail


class HelpdeskEscalationIncident(models.Model):
    _inherit = "helpdesk.escalation.incident"

    cause_ids = fields.One2many(
        comodel_name="helpdesk.escalation.cause",
        inverse_name="incident_id",
        string="Causes",
        readonly=True,
    )
    cause_text = fields.Char(
        string="Cause",
        compute="_compute_cause_text",
        help="What the escalation was raised for, beside the time: a word, a client, a "
        "priority.",
    )

    @api.depends("state", "cause_ids.detail")
    @api.depends_context("lang")
    def _compute_cause_text(self):
        for incident in self:
            # Of what is open, one speaks for all.
            is_open = incident.state != "resolved"
            joint = incident._get_joint() if is_open else incident
            names = joint.cause_ids.mapped("display_name")
            incident.cause_text = ", ".join(dict.fromkeys(names))

    def _pass_over_earlier(self):
        """Leave out the steps before the one that a cause started at (R6).

        Those that were due in the same run have fired in it.
        """
        for incident in self:
            started = incident.cause_ids.filtered(
                lambda cause, incident=incident: cause.round == incident.round
            ).step_id
            skipped = max(started.mapped("delay"), default=0) - 1
            if skipped > incident.skip_until_delay:
                incident.skip_until_delay = skipped

    def _get_opening_words(self):
        words = super()._get_opening_words()
        return f"{words} {self.cause_text}." if self.cause_text else words
