import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .groups import VIEWER_GROUPS

_logger = logging.getLogger(__name__)

# What is said to be older than this when it is posted comes from elsewhere.
IMPORTED_AFTER = timedelta(days=1)


class HelpdeskTicket(models.Model):
    """R3: a client who writes on a closed ticket, or on a duplicate, waits too."""

    _inherit = "helpdesk.ticket"

    escalation_written_after_closing = fields.Boolean(
        string="Written After Closing",
        compute="_compute_escalation_written_after_closing",
        search="_search_escalation_written_after_closing",
        groups=VIEWER_GROUPS,
        help="The ticket is closed, and its client has written since and waits for an "
        "answer.",
    )

    @api.depends("escalation_status", "stage_id", "active", "duplicate_id")
    def _compute_escalation_written_after_closing(self):
        found = self.browse(self._find_written_after_closing())
        for ticket in self:
            ticket.escalation_written_after_closing = ticket._origin in found

    def _search_escalation_written_after_closing(self, operator, value):
        if operator != "in":
            return NotImplemented
        self._check_field_access(
            self._fields["escalation_written_after_closing"], "read"
        )
        found = Domain("id", "in", self._find_written_after_closing())
        if set(value) == {True}:
            return found
        return ~found if set(value) == {False} else Domain.TRUE

    @api.model
    def _find_written_after_closing(self):
        """Find the tickets, among all there are, on which somebody waits so."""
        clock = self.env["helpdesk.escalation.clock"]
        late_ids = clock._find_late_ids()
        if not late_ids:
            return []
        rows = self.env.execute_query(
            SQL(
                "SELECT wait.id FROM %s AS wait WHERE wait.id IN %s "
                "AND wait.is_waiting AND NOT wait.is_open",
                clock._sql_waiting(),
                tuple(late_ids),
            )
        )
        return [ticket_id for (ticket_id,) in rows]

    def _message_post_after_hook(self, message, msg_values):
        late = self._escalation_get_late(message)
        if late:
            # Sudo: nobody else writes what decides who waits.
            message.sudo().escalation_late = late
        if late == "duplicate":
            self._escalation_note_duplicate()
        return super()._message_post_after_hook(message, msg_values)

    def _escalation_note_duplicate(self):
        """Have all servers look for words on duplicates, from the first one on."""
        clock = self.env["helpdesk.escalation.clock"]
        if not clock._has_words_on_duplicates():
            forget = self.env.registry.clear_cache
            forget()
            # Whoever asked before this was committed has kept the old answer.
            self.env.cr.postcommit.add(forget)

    def _escalation_get_late(self, message):
        """Say whether a message is posted on a ticket that is not open, and live.

        What is imported waits for nobody: messages that are created without being
        posted, by Odoo's import, or with a date of long ago. A mail that comes in is
        live whatever date it bears.

        :return: "closed", "duplicate" or False
        """
        context = self.env.context
        try:
            # Sudo: the poster need not read either.
            message, ticket = message.sudo(), self.sudo()
            if message.message_type == "user_notification":
                return False
            late = ticket._escalation_get_late_place()
            if not late:
                return False
            if context.get("import_file") or context.get("install_mode"):
                return False
            if not context.get("escalation_incoming_mail") and (
                message.date < fields.Datetime.now() - IMPORTED_AFTER
            ):
                return False
            return late
        except Exception:
            # No message is lost by a fault of ours.
            _logger.info("Cannot tell whether a message came late", exc_info=True)
            return False

    def _escalation_get_late_place(self):
        """Say what makes a message on the ticket late: "closed", "duplicate", False."""
        if self.duplicate_id:
            return "duplicate"
        closed = self.stage_id._escalation_get_closed_ids()
        return self.stage_id.id in closed and "closed"

    def _escalation_resolve(self, careful=False, speaker=None):
        """End at once also what was written here and counts for another ticket."""
        originals = self.browse()
        try:
            originals = self._escalation_get_originals()
        except Exception:
            # No message is lost by a fault of ours; the run finds it (R13).
            _logger.info("Cannot tell what tickets are duplicates of", exc_info=True)
        tickets = self | originals
        return super(HelpdeskTicket, tickets)._escalation_resolve(careful, speaker)

    def _escalation_get_originals(self):
        """Return the tickets that these are duplicates of, and so on."""
        # Sudo: it does not depend on what the user may read.
        originals, link = self.browse(), self.sudo().duplicate_id
        while link - originals:
            originals |= link
            link = link.duplicate_id
        return originals.sudo(self.env.su)
