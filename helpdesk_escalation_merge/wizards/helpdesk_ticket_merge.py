from collections import namedtuple
from datetime import timedelta

from odoo import models
from odoo.tools import SQL

Wait = namedtuple(
    "Wait",
    [
        "ticket_id",
        "count_from",
        "waiting_since",
        "waiting_message_id",
        "anchor_date",
        "anchor_message_id",
    ],
)
Wait.__doc__ = "What the clock says of a ticket, and how its policy counts."


class HelpdeskTicketMerge(models.TransientModel):
    """R3: the oldest open wait of merged tickets goes on where they are merged into."""

    _inherit = "helpdesk.ticket.merge"

    def merge_tickets(self):
        tickets = self.ticket_ids
        if not self.create_new_ticket:
            tickets |= self.dst_ticket_id
        waits = self._escalation_read_waits(tickets)
        merging = self.with_context(escalation_merging=True)
        result = super(HelpdeskTicketMerge, merging).merge_tickets()
        target = self.dst_ticket_id
        if self.create_new_ticket:
            # Whoever waits has asked before: nobody by this ticket's creation.
            target.sudo().escalation_auto_opened = True
        merging._escalation_take_waivers((tickets - target).sudo(), target)
        self._escalation_take_duplicates((tickets - target).sudo(), target.sudo())
        self._escalation_carry_over(waits, target.sudo())
        (tickets | target)._escalation_resolve()
        return result

    def _escalation_take_waivers(self, merged, target):
        """Have waivers go along with what they waive; the merge leaves notes behind."""
        waivers = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", target._name),
                    ("res_id", "in", merged.ids),
                    ("escalation_party", "=", "waived"),
                ]
            )
        )
        waivers.write({"res_id": target.id})

    def _escalation_take_duplicates(self, merged, target):
        """Have what is a duplicate of a merged ticket be one of the target.

        The target, where it was one itself, is one of what the merged ticket was.
        """
        original, left = target.duplicate_id, merged
        while original & left:
            left -= original
            original = original.duplicate_id
        original -= merged + target
        if original != target.duplicate_id:
            target.duplicate_id = original
        duplicates = merged.with_context(active_test=False).duplicate_ids
        (duplicates - merged - target).write({"duplicate_id": target.id})

    def _add_message(self, way, ticket_numbers, ticket):
        # A note of the merge is no answer (R2).
        ticket = ticket.with_context(escalation_automatic_mail=True)
        return super()._add_message(way, ticket_numbers, ticket)

    def _escalation_read_waits(self, tickets):
        """Read what the clock says of tickets.

        :rtype: list[Wait]
        """
        # Sudo: nobody has access to the clock.
        clock = self.env["helpdesk.escalation.clock"].sudo()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT clock.id, policy.count_from, clock.waiting_since, "
                "clock.waiting_message_id, clock.anchor_date, clock.anchor_message_id "
                "FROM %s AS clock LEFT JOIN helpdesk_escalation_policy policy "
                "ON policy.id = clock.policy_id WHERE clock.id IN %s",
                clock._table_sql,
                tuple(tickets.ids) or (0,),
            )
        )
        return [Wait(*row) for row in rows]

    def _escalation_get_anchor(self, wait, count_from):
        """Tell since when somebody waits, as a policy counts it (R4), and the message.

        A ticket whose own policy counts otherwise gives its first open message.

        :rtype: tuple[datetime | None, int]
        """
        if wait.count_from == count_from and wait.anchor_date:
            return wait.anchor_date, wait.anchor_message_id
        return wait.waiting_since, wait.waiting_message_id

    def _escalation_carry_over(self, waits, target):
        """Have somebody wait on a ticket who waited on one that was merged into it.

        The messages have moved there. Where one answered somebody else, or there was
        none, what the client wrote is repeated at the end. Where somebody waits there
        for less long, the message that the wait begins with is taken for as old as the
        oldest wait, as none can be put before it: which is first goes by their ids.

        :param list waits: as they were before the merge
        :param target: the ticket, as superuser
        """
        here, message_id, count_from = self._escalation_find_anchor(target)
        found = [
            (*self._escalation_get_anchor(wait, count_from), wait.ticket_id)
            for wait in waits
        ]
        since, asked_id, ticket_id = min(
            (wait for wait in found if wait[0]), default=(None, None, None)
        )
        if not since or (here and here <= since):
            return
        incident = target.escalation_incident_ids.filtered(
            lambda one: one.kind == "automatic" and one.state != "resolved"
        )
        if incident and here and incident.anchor_date <= since:
            return
        if target.escalation_back_date and since < target.escalation_back_date:
            target._escalation_come_back(since)
            here, message_id, _count_from = self._escalation_find_anchor(target)
        if here and since < here and not message_id and not incident:
            # No ticket is older than it is: from now on its messages tell.
            target.escalation_auto_opened = True
            here, message_id, _count_from = self._escalation_find_anchor(target)
        if not here:
            message = self._escalation_repeat(target, ticket_id, asked_id, since)
            if incident:
                incident.anchor_message_id = message.id
        elif since < here and message_id:
            message = self.env["mail.message"].sudo().browse(message_id)
            self._escalation_date(message, min(since, message.create_date))
        if incident and since < incident.anchor_date:
            incident.anchor_date = since

    def _escalation_find_anchor(self, target):
        """Tell since when somebody waits on a ticket, and how its policy counts.

        :rtype: tuple[datetime | None, int, str | None]
        """
        (wait,) = self._escalation_read_waits(target)
        return *self._escalation_get_anchor(wait, wait.count_from), wait.count_from

    def _escalation_repeat(self, target, ticket_id, message_id, since):
        """Repeat on a ticket what a client asked on one that was merged into it.

        :param message_id: what they wrote; 0 for the ticket itself
        :return: the message, as superuser
        """
        # Sudo: also what the client wrote on a ticket of another team.
        messages = self.env["mail.message"].sudo()
        asked = messages.browse(message_id or ())
        ticket = self.env["helpdesk.ticket"].sudo().browse(ticket_id)
        message = messages.create(
            {
                "model": target._name,
                "res_id": target.id,
                "message_type": "comment",
                "subtype_id": self.env.ref("mail.mt_note").id,
                "is_internal": True,
                "author_id": (asked.author_id or ticket.partner_id).id,
                "email_from": asked.email_from or ticket.partner_email,
                "body": asked.body or ticket.description or ticket.name,
            }
        )
        # Whoever is the contact here: they were the client when they asked.
        message.write({"escalation_party": "client", "escalation_voice": "outside"})
        message.escalation_late = target._escalation_get_late(message)
        if message.escalation_late == "duplicate":
            target._escalation_note_duplicate()
        elif message.escalation_late and target.closed_date:
            since = max(since, target.closed_date + timedelta(seconds=1))
        message.date = since
        self._escalation_date(message, since)
        return message

    def _escalation_date(self, message, moment):
        """Take a message for as old as a wait, but for what people read of it."""
        message.flush_recordset()
        # The ORM knows no other moment than now.
        self.env.cr.execute(
            SQL(
                "UPDATE mail_message SET create_date = %s WHERE id = %s",
                moment,
                message.id,
            )
        )
        message.invalidate_recordset()
