from odoo import api, fields, models
from odoo.exceptions import UserError

from .groups import READER_GROUP


class HelpdeskTicket(models.Model):
    """R10, snooze, from the ticket: by whoever may confirm."""

    _inherit = "helpdesk.ticket"

    escalation_may_snooze = fields.Boolean(
        compute="_compute_escalation_may_snooze", groups=READER_GROUP
    )
    escalation_may_wake = fields.Boolean(
        compute="_compute_escalation_may_snooze", groups=READER_GROUP
    )

    @api.depends("escalation_incident_ids.state", "escalation_status")
    @api.depends_context("uid")
    def _compute_escalation_may_snooze(self):
        if not self._escalation_is_for_staff():
            self._escalation_show_notified(
                "escalation_may_snooze", "escalation_may_wake"
            )
            return
        for ticket in self:
            incident = ticket.escalation_incident_id
            ticket.escalation_may_snooze = incident.may_snooze
            ticket.escalation_may_wake = incident.may_wake

    def action_escalation_snooze(self):
        """Let the escalation sleep until a moment: opens a small dialog.

        :raise AccessError: when the user may not see the ticket or confirm it
        :raise UserError: when nothing is escalated
        """
        self.ensure_one()
        self._find_escalation_to_snooze()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Snooze"),
            "res_model": "helpdesk.escalation.snooze",
            "view_mode": "form",
            "target": "new",
            "context": {"default_ticket_id": self.id},
        }

    def action_escalation_wake(self):
        """Start the steps again before the moment has come (R6).

        :return: True, or a kind notice where nothing sleeps
        :raise AccessError: when the user may not see the ticket or confirm it
        :raise UserError: when nothing is escalated
        """
        self.ensure_one()
        return self._find_escalation_to_snooze()._wake_checked(self.env.user)

    def _find_escalation_to_snooze(self):
        """Return the ticket's escalation, as superuser, to who may act on it.

        :raise AccessError: when the user may not see the ticket or confirm it
        :raise UserError: when nothing is escalated
        """
        self.check_access("read")
        # Sudo: whoever was notified need not be of the helpdesk.
        incident = self.sudo()._find_escalation_open().filtered("is_leading")[:1]
        if not incident:
            raise UserError(self.env._("This ticket is not escalated any more."))
        incident._check_may_confirm(self.env.user)
        return incident
