from odoo import fields, models

from .groups import PREFETCH_GROUP
from .helpdesk_ticket_late import IMPORTED_AFTER
from .mail_message import TICKET


class MailMessage(models.Model):
    """R3: what is written on a ticket that is closed, or a duplicate, waits too."""

    _inherit = "mail.message"

    escalation_late = fields.Selection(
        selection=[("closed", "Closed"), ("duplicate", "Duplicate")],
        string="Ticket Was",
        readonly=True,
        copy=False,
        prefetch=PREFETCH_GROUP,
        groups=fields.NO_ACCESS,
        help="What the ticket was when somebody wrote on it, live: closed, or a "
        "duplicate. Empty on open tickets, and for what was imported.",
    )

    # From this the run finds who wrote after the closing, and no closed ticket is read.
    _escalation_late_idx = models.Index(
        "(escalation_late, create_date, res_id) WHERE model = 'helpdesk.ticket' "
        "AND escalation_party = 'client' AND escalation_late IS NOT NULL"
    )

    def write(self, vals):
        if {"model", "res_id"}.isdisjoint(vals):
            return super().write(vals)
        # Sudo: who waits does not depend on who may see it.
        moved = self.sudo().filtered(
            lambda one: (
                TICKET in (one.model, vals.get("model", one.model))
                and (one.model, one.res_id) != one._get_escalation_place(vals)
            )
        )
        if moved:
            # Before it is judged again where it arrives, and that is acted on.
            self.env[TICKET]._escalation_guard_answer(
                True, lambda: moved._escalation_move(vals)
            )
        return super().write(vals)

    def _get_escalation_place(self, vals):
        return vals.get("model", self.model), vals.get("res_id", self.res_id)

    def _escalation_move(self, vals):
        """See to what messages were on a ticket, that are about to go elsewhere (R2).

        Whether they are late goes by where they arrive. A waiver counts only where it
        was given: there it was said of somebody else's message.
        """
        waivers = self.filtered(lambda one: one.escalation_party == "waived")
        (waivers - waivers._filter_waivers_taken_along()).escalation_party = False
        for message in self:
            model, res_id = message._get_escalation_place(vals)
            late = False
            if model == TICKET and message._is_escalation_live():
                ticket = self.env[TICKET].browse(res_id)
                late = ticket._escalation_get_late_place()
            if late == "duplicate":
                ticket._escalation_note_duplicate()
            if (message.escalation_late or False) != late:
                message.escalation_late = late

    def _filter_waivers_taken_along(self):
        """Return the waivers that count where they move to as well: none."""
        return self.browse()

    def _is_escalation_live(self):
        """Whether a message was posted when it was written, and not imported.

        A mail that came in is live whatever date it bears.
        """
        return bool(
            self.escalation_late
            or self.incoming_email_to
            or self.date >= self.create_date - IMPORTED_AFTER
        )
