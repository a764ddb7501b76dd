from odoo import api, fields, models

from .groups import VIEWER_GROUPS


class HelpdeskTicket(models.Model):
    """R10: taking over, and reopening, from the ticket."""

    _inherit = "helpdesk.ticket"

    escalation_may_take_over = fields.Boolean(
        compute="_compute_escalation_may_take_over",
        groups=VIEWER_GROUPS,
        help="Somebody else is on it, and the user leads the team or the helpdesk.",
    )

    @api.depends(
        "escalation_incident_ids.state", "escalation_incident_ids.confirmed_by_id"
    )
    @api.depends_context("uid")
    def _compute_escalation_may_take_over(self):
        for ticket in self:
            ticket.escalation_may_take_over = any(
                ticket.escalation_incident_ids.mapped("may_take_over")
            )

    def action_escalation_take_over(self):
        """Be on it instead of somebody else, as a leader or manager (R10).

        :raise AccessError: when the user may not see the ticket, or take it over
        """
        self.ensure_one()
        self.check_access("read")
        user = self.env.user
        answer = True
        for incident in self._get_escalation_confirmed():
            answer = incident._take_over_checked(user, "ticket")
        return answer

    def action_escalation_reopen(self):
        """Start the escalation again though somebody is on it (R6).

        :raise AccessError: when the user may not see the ticket, or reopen it
        """
        self.ensure_one()
        self.check_access("read")
        answer = True
        for incident in self._get_escalation_confirmed():
            answer = incident._reopen_checked(self.env.user)
        return answer

    def _get_escalation_confirmed(self):
        """Return an incident of each person who is on any; the last one when there is
        none, which answers a late click.

        Whatever else that person is on here is shown as one with it.
        """
        incidents = self.escalation_incident_ids.sorted("id")
        confirmed = incidents.filtered(lambda one: one.state == "confirmed")
        of_people = confirmed.grouped("confirmed_by_id").values()
        first = incidents.browse().union(*(one[:1] for one in of_people))
        return first or incidents[-1:]
