from odoo import models
from odoo.tools import SQL


class HelpdeskTicketMerge(models.TransientModel):
    """R3: the oldest open wait of merged tickets goes on where they are merged into."""

    _inherit = "helpdesk.ticket.merge"

    def merge_tickets(self):
        waits = self._escalation_read_waits(self.ticket_ids)
        result = super().merge_tickets()
        target = self.dst_ticket_id
        if self.create_new_ticket:
            # Whoever waits has asked before: nobody by this ticket's creation.
            target.sudo().escalation_auto_opened = True
        self._escalation_carry_over(waits, target)
        return result

    def _add_message(self, way, ticket_numbers, ticket):
        # A note of the merge is no answer (R2).
        ticket = ticket.with_context(escalation_automatic_mail=True)
        return super()._add_message(way, ticket_numbers, ticket)

    def _escalation_read_waits(self, tickets):
        """Read who waits on tickets, longest first: ticket, since when, message.

        Since when is told as the policy counts it (R4).

        :rtype: list[tuple]
        """
        # Sudo: nobody has access to the clock.
        clock = self.env["helpdesk.escalation.clock"].sudo()
        tickets.flush_model()
        return self.env.execute_query(
            SQL(
                "SELECT clock.id, COALESCE(clock.anchor_date, clock.waiting_since), "
                "COALESCE(clock.anchor_message_id, clock.waiting_message_id) "
                "FROM %s AS clock WHERE clock.is_waiting AND clock.id IN %s "
                "ORDER BY 2, 1",
                clock._table_sql,
                tuple(tickets.ids) or (0,),
            )
        )

    def _escalation_carry_over(self, waits, target):
        """Have somebody wait on a ticket who waited on one that was merged into it.

        The messages have moved there. Where one answered somebody else, or there was
        none, what the client wrote is repeated: as old as it is, and the last one.
        """
        if not waits:
            return
        ticket_id, since, message_id = waits[0]
        there = self._escalation_read_waits(target)
        if there and there[0][1] <= since:
            return
        # Sudo: also what the client wrote on a ticket of another team.
        messages = self.env["mail.message"].sudo()
        message = messages.browse(message_id or ())
        ticket = self.env["helpdesk.ticket"].sudo().browse(ticket_id)
        repeated = messages.create(
            {
                "model": target._name,
                "res_id": target.id,
                "message_type": "comment",
                "subtype_id": self.env.ref("mail.mt_note").id,
                "is_internal": True,
                "author_id": (message.author_id or ticket.partner_id).id,
                "email_from": message.email_from or ticket.partner_email,
                "body": message.body or ticket.description or ticket.name,
            }
        )
        self.env.flush_all()
        # The ORM knows no other moment than now.
        self.env.cr.execute(
            SQL(
                "UPDATE mail_message SET create_date = %s, date = %s WHERE id = %s",
                since,
                since,
                repeated.id,
            )
        )
        repeated.invalidate_recordset()
