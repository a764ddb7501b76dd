from odoo import api, fields, models

from .groups import STAFF_GROUP


class HelpdeskEscalationIncident(models.Model):
    """R3, R11: "No answer needed" on the dashboard, and closed by who waited."""

    _inherit = "helpdesk.escalation.incident"

    may_waive = fields.Boolean(compute="_compute_may_waive")
    last_message_id = fields.Integer(
        compute="_compute_may_waive",
        help="The last message that counts: what whoever sees the page knows of.",
    )

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_may_waive(self):
        user = self.env.user
        # Who reads an incident may read its ticket.
        staff = user._is_internal() and user.has_group(STAFF_GROUP)
        # Sudo: who speaks does not depend on who may see them.
        known = self.sudo()._find_last_messages_known()
        tickets = self.sudo().ticket_id
        theirs = staff and tickets._filter_escalation_waiting_on_duplicate(user)
        for incident in self:
            ticket = incident.sudo().ticket_id
            incident.last_message_id = known[incident]
            incident.may_waive = (
                staff
                and incident._is_waivable()
                and not self._is_on_client_side(ticket, user)
                and ticket not in theirs
            )

    def _find_last_messages_known(self):
        """Return per incident the last message that counts, also on duplicates."""
        tickets = self.ticket_id
        known = tickets._find_escalation_known(tickets._find_escalation_last_messages())
        return {incident: known.get(incident.ticket_id.id, 0) for incident in self}

    @api.model
    def _is_on_client_side(self, ticket, user):
        """Whether one of the staff speaks for the client of a ticket that they see.

        Nobody of ours does where the client is from outside, as mostly: nothing has to
        be read for that.
        """
        if ticket.partner_id.partner_share:
            return ticket._escalation_is_own(user)
        return ticket._escalation_is_client(ticket, user.partner_id)

    def _is_waivable(self):
        """Whether a waiver ends it, or what is shown as one with it."""
        self.ensure_one()
        return self.state != "resolved" and any(
            one.state != "resolved" and one._ends_by_waiver()
            for one in self._get_joint()
        )

    def _ends_by_waiver(self):
        """Whether it is for somebody who waits for an answer; a wing adds its own."""
        self.ensure_one()
        return self.kind == "automatic"

    def action_no_answer_needed(self):
        """Say that the client's last message needs no answer, on one or several.

        Late or double clicks are answered kindly and change nothing.

        :raise AccessError: when the user may not see an incident, or is its client
        """
        self.check_access("read")
        user = self.env.user
        self.ticket_id._check_escalation_may_waive(user)
        still_open = self.filtered(lambda incident: incident.state != "resolved")
        if self and not still_open:
            return self[-1:]._notify_too_late()
        seen = self.env.context.get("escalation_seen_message_id")
        return still_open.ticket_id._escalation_waive_checked(user, seen)

    def _resolve(self, resolution):
        """A client who closes the ticket themselves waits no longer (R11)."""
        if resolution != "closed_waiting":
            return super()._resolve(resolution)
        by_client = self.filtered(lambda incident: incident._is_closed_by_client())
        super(HelpdeskEscalationIncident, by_client)._resolve("closed")
        return super(HelpdeskEscalationIncident, self - by_client)._resolve(resolution)

    def _is_closed_by_client(self):
        self.ensure_one()
        closer = self.env.user.partner_id
        client, ticket = self._get_waiting_client(), self.ticket_id
        return (
            closer == client
            or (
                client == ticket.partner_id and ticket._escalation_is_own(self.env.user)
            )
            or (
                self.env.user.share
                and closer.commercial_partner_id == client.commercial_partner_id
            )
        )

    def _get_waiting_client(self):
        """Return the contact for whom it is."""
        return self.ticket_id.partner_id
