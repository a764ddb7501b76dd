from odoo import fields, models
from odoo.tools import SQL

from .groups import PREFETCH_GROUP
from .helpdesk_ticket import CLOCK_FIELDS

# A change of these may bring a ticket back: a responsible may come with a team, and a
# team with another stage.
BACK_FIELDS = {*CLOCK_FIELDS, "user_id"}
# What leaves a ticket visible: who writes there waits already, and goes on waiting.
HEARING = {"closed", "paused"}


class HelpdeskTicket(models.Model):
    """R3: a ticket that comes back unanswered waits from the moment it came back."""

    _inherit = "helpdesk.ticket"

    escalation_back_date = fields.Datetime(
        string="Came Back On",
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        prefetch=PREFETCH_GROUP,
        help="When the ticket was last settled no longer, such as reopened: whoever "
        "waits on it waits from then.",
    )

    # What is a duplicate of a ticket, and comes back when that is deleted.
    _escalation_duplicate_idx = models.Index(
        "(duplicate_id) WHERE duplicate_id IS NOT NULL"
    )

    def _escalation_come_back(self, moment=None):
        """Let the wait of tickets go on from now (R3).

        Not by way of ``write``: for automations and modules it is no change of its own.

        :param datetime moment: naive UTC, by default now
        """
        # Sudo: nobody writes this moment by hand.
        return super(HelpdeskTicket, self.sudo()).write(
            {"escalation_back_date": moment or fields.Datetime.now()}
        )

    def write(self, vals):
        if BACK_FIELDS.isdisjoint(vals):
            return super().write(vals)
        before = self._escalation_get_settlements()
        waits = self._escalation_read_waits(
            [one for one, ways in before.items() if ways <= HEARING]
        )
        result = super().write(vals)
        if before:
            self.browse(before)._escalation_note_back(before, waits)
        return result

    def unlink(self):
        # The database takes the duplicates' link off, without a write.
        # Sudo: they come back, whoever may see them.
        duplicates = self.sudo().with_context(active_test=False).duplicate_ids - self
        before = duplicates._escalation_get_settlements()
        result = super().unlink()
        duplicates._escalation_note_back(before, {})
        return result

    def _escalation_note_back(self, before, waits):
        """Note on tickets that came back when they did (R3).

        Who had written on the ticket and waited already goes on waiting from then.

        :param dict before: in what ways each was settled before, by its id
        :param dict waits: since when somebody waited all the same, by its id
        """
        after = self._escalation_get_settlements()
        moments = {}
        for ticket in self:
            ways_left = after.get(ticket.id, set())
            lost = before.get(ticket.id, set()) - ways_left
            if lost and ways_left <= HEARING:
                moment = waits.get(ticket.id) if lost <= HEARING else None
                moments.setdefault(moment, []).append(ticket.id)
        for moment, ticket_ids in moments.items():
            self.browse(ticket_ids)._escalation_come_back(moment)

    def _escalation_get_settlements(self):
        """Tell in what ways tickets are settled; open ones are left out (R3).

        :return: a set of "archived", "closed", "duplicate", "muted" and "paused" by
            the ticket's id
        :rtype: dict[int, set[str]]
        """
        settled = {}
        paused_ids = self._escalation_find_paused()
        # Sudo: it does not depend on what the user may read.
        for ticket in self.sudo():
            ways = {
                "archived": not ticket.active,
                "closed": ticket.stage_id.closed,
                "duplicate": ticket.duplicate_id,
                "muted": ticket.escalation_muted,
                "paused": ticket.id in paused_ids,
            }
            ways = {way for way, holds in ways.items() if holds}
            if ways:
                settled[ticket.id] = ways
        return settled

    def _escalation_find_paused(self):
        """Find those that are in a stage that pauses the policy that counts."""
        # Sudo: any policy may pause.
        policies = self.env["helpdesk.escalation.policy"].sudo()
        policies = policies.browse(policies._get_pausing_ids())
        if not policies:
            return set()
        stages = policies.pause_stage_ids
        tickets = self.sudo().filtered(lambda ticket: ticket.stage_id in stages)
        if not tickets:
            return set()
        policy_of = dict(
            self.env.execute_query(
                SQL(
                    "SELECT clock.id, clock.policy_id FROM %s AS clock "
                    "WHERE clock.id IN %s",
                    self.env["helpdesk.escalation.clock"]._table_sql,
                    tuple(tickets.ids),
                )
            )
        )
        return {
            ticket.id
            for ticket in tickets
            if ticket.stage_id in policies.browse(policy_of[ticket.id]).pause_stage_ids
        }

    def _escalation_read_waits(self, ticket_ids):
        """Read since when somebody waits on tickets; the others are left out.

        :rtype: dict[int, datetime]
        """
        if not ticket_ids:
            return {}
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT wait.id, wait.waiting_since FROM %s AS wait "
                    "WHERE wait.id IN %s AND wait.is_waiting",
                    self.env["helpdesk.escalation.clock"]._sql_waiting(),
                    tuple(ticket_ids),
                )
            )
        )
