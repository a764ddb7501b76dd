from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .groups import AUDITOR_GROUP, READER_GROUP, STAFF_GROUP


class HelpdeskTicket(models.Model):
    """R8: whoever was notified can act, helpdesk user or not.

    They open the ticket and see what staff sees of its escalation; other employees who
    may read it, such as its client, see nothing of it.
    """

    _inherit = "helpdesk.ticket"

    escalation_to_me = fields.Boolean(
        string="Escalated to Me",
        compute="_compute_escalation_to_me",
        search="_search_escalation_to_me",
        groups=READER_GROUP,
        help="You were notified of this ticket and nobody is on it yet, or you are.",
    )

    @api.depends("escalation_incident_ids.state")
    @api.depends_context("uid")
    def _compute_escalation_to_me(self):
        mine = set()
        if self._origin:
            mine = {
                ticket_id
                for (ticket_id,) in self.env.execute_query(
                    SQL(
                        "SELECT ticket_id FROM %s AS mine WHERE ticket_id IN %s",
                        self._sql_escalated_to_me(),
                        tuple(self._origin.ids),
                    )
                )
            }
        for ticket in self:
            ticket.escalation_to_me = ticket._origin.id in mine

    def _search_escalation_to_me(self, operator, value):
        if operator != "in":
            return NotImplemented
        self._check_field_access(self._fields["escalation_to_me"], "read")
        mine = Domain(
            "id", "in", SQL("(SELECT ticket_id FROM %s m)", self._sql_escalated_to_me())
        )
        found = Domain.FALSE
        if True in value:
            found |= mine
        if False in value:
            found |= ~mine
        return found

    @api.model
    def _sql_escalated_to_me(self):
        """Return in SQL the tickets of the user's open notifications."""
        self.env["helpdesk.escalation.incident"].flush_model(
            ["confirmed_by_id", "state", "ticket_id"]
        )
        self.env["helpdesk.escalation.notification"].flush_model(
            ["incident_id", "is_replaced", "state", "user_id"]
        )
        return SQL(
            """(
            SELECT incident.ticket_id
              FROM helpdesk_escalation_incident incident
              JOIN helpdesk_escalation_notification line
                ON line.incident_id = incident.id
             WHERE line.user_id = %(user)s
               AND (incident.state = 'active'
                    AND line.state IN ('pending', 'sent')
                    AND line.is_replaced IS NOT TRUE
                    OR incident.state = 'confirmed'
                    AND incident.confirmed_by_id = %(user)s)
            )""",
            user=self.env.uid,
        )

    @api.model
    def _escalation_has_mine(self):
        """Whether the user has an open notification."""
        return bool(
            self.env.execute_query(
                SQL("SELECT 1 FROM %s AS mine LIMIT 1", self._sql_escalated_to_me())
            )
        )

    @api.model
    def _escalation_is_for_staff(self):
        """Whether the user sees the escalation of every ticket that they can read.

        So do auditors, who change nothing of it (S17).
        """
        return self.env.su or self._escalation_may_open_incidents()

    @api.model
    def _escalation_may_open_incidents(self):
        """Whether the user opens incidents themselves, whoever computes for them."""
        user = self.env.user
        return user.has_group(STAFF_GROUP) or user.has_group(AUDITOR_GROUP)

    def _escalation_show_notified(self, *names):
        """Compute fields for a user outside the helpdesk: as staff would see them on
        tickets of which the user was notified, and empty on all others.

        :param names: of fields that are computed together
        """
        user = self.env.user
        # Sudo: they read no notifications; what is shown is for them alone.
        lines = self.env["helpdesk.escalation.notification"].sudo()
        notified = lines.search(
            [("ticket_id", "in", self._origin.ids), ("user_id", "=", user.id)]
        ).ticket_id
        shown = self.sudo().filtered(
            lambda ticket: (
                ticket._origin in notified and ticket.partner_id != user.partner_id
            )
        )
        # Said once more by name: what is just being computed Odoo takes for empty.
        getattr(shown, self._fields[names[0]].compute)()
        for ticket in self:
            seen = ticket.sudo()
            for name in names:
                ticket[name] = seen in shown and seen[name]
