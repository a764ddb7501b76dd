from odoo import Command, api, fields, models
from odoo.fields import Domain

from ..tools.likeness import KINDS, THINGS, is_alike

HISTORY_DAYS = 14
HISTORY_LIMIT = 80


class HelpdeskEscalationHandover(models.Model):
    """What else the client asked, and what comes back too soon after it was closed."""

    _inherit = "helpdesk.escalation.handover"

    history_days = fields.Integer(
        compute="_compute_history_days",
        help="How many days the team looks back.",
    )
    warranty_text = fields.Text(
        compute="_compute_warranty_text",
        help="Tickets like this one that were closed so short ago that this may be the "
        "same issue.",
    )
    may_relate_warranty = fields.Boolean(compute="_compute_warranty_text")

    @api.depends("from_team_id.escalation_handover_days")
    def _compute_history_days(self):
        for handover in self:
            # Sudo: the team may be out of the author's sight by now.
            team = handover.from_team_id.sudo()
            handover.history_days = team.escalation_handover_days or HISTORY_DAYS

    @api.depends("history_ids.is_within_warranty", "history_ids.is_related")
    @api.depends_context("lang", "tz")
    def _compute_warranty_text(self):
        for handover in self:
            lines = handover.history_ids.filtered("is_within_warranty")
            handover.may_relate_warranty = not all(lines.mapped("is_related"))
            handover.warranty_text = bool(lines) and self.env._(
                "Within warranty: %s",
                ", ".join(
                    self.env._(
                        "%(ticket)s, closed on %(date)s",
                        ticket=line.ticket_id.display_name,
                        date=line._get_closed_words(),
                    )
                    for line in lines
                ),
            )

    def action_relate_warranty(self):
        """Name the tickets that this one may come back from as related.

        :raise AccessError: for who is not the author of the draft
        :raise UserError: when it is no draft any more
        """
        self.ensure_one()
        self._check_is_own_draft()
        self.history_ids.filtered("is_within_warranty").is_related = True
        # Opened again: a button that answers with nothing would close the dialog.
        return self._get_dialog_action()

    def _refresh_history(self):
        """Show the contact's and the company's tickets of the last days."""
        self.ensure_one()
        recent = self._find_recent_tickets()
        lines = self.history_ids
        lines.filtered(
            lambda line: not line.is_related and line.ticket_id not in recent
        ).unlink()
        self.history_ids = [
            Command.create({"ticket_id": ticket.id})
            for ticket in recent - lines.ticket_id
        ]
        for line in self.history_ids:
            line.is_within_warranty = self._is_within_warranty(line.ticket_id)

    def _relate_again(self):
        """Name again what the handover that was sent back named as related."""
        if self.previous_id.outcome != "sent_back":
            return
        tickets = self.previous_id._get_related_tickets()
        self.history_ids = [
            Command.create({"ticket_id": ticket.id, "is_related": True})
            for ticket in tickets
        ]

    def _get_history_start(self):
        return fields.Datetime.subtract(fields.Datetime.now(), days=self.history_days)

    def _find_recent_tickets(self):
        """Find what else the contact and the company asked, as far as one may read.

        Opened within the days that the team looks back, or closed within them.
        """
        ticket = self.ticket_id
        whose = Domain.FALSE
        if ticket.partner_id:
            whose |= Domain("partner_id", "=", ticket.partner_id.id)
        if ticket.commercial_partner_id:
            whose |= Domain(
                "commercial_partner_id", "=", ticket.commercial_partner_id.id
            )
        elif ticket.partner_email:
            whose |= Domain("partner_email", "=ilike", ticket.partner_email)
        start = self._get_history_start()
        recent = Domain("create_date", ">=", start) | (
            Domain("closed_date", ">=", start) & Domain("stage_id.closed", "=", True)
        )
        return (
            self.env["helpdesk.ticket"]
            .sudo(False)
            .search(
                whose & recent & Domain("id", "!=", ticket.id),
                order="create_date desc",
                limit=HISTORY_LIMIT,
            )
        )

    def _is_within_warranty(self, other):
        """Whether a ticket like this one was closed so short ago that it came back."""
        ticket = self.ticket_id
        # Sudo: the lines of the draft are what its author may read.
        other = other.sudo()
        if not other.closed or not other.closed_date:
            return False
        if other.closed_date < self._get_history_start():
            return False
        known = [name for name in (*THINGS, *KINDS) if name in ticket._fields]
        return is_alike(
            {name: ticket[name] for name in known},
            {name: other[name] for name in known},
        )
