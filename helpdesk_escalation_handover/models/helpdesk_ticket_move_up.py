from odoo import models
from odoo.exceptions import RedirectWarning, UserError

from odoo.addons.helpdesk_escalation.models.groups import MANAGER_GROUP

ESCALATE_ACTION = "helpdesk_escalation_handover.helpdesk_ticket_action_escalate"


class HelpdeskTicket(models.Model):
    """Where a team wants it, a ticket goes up with a handover, and not without."""

    _inherit = "helpdesk.ticket"

    def write(self, vals):
        # The system's own moves go on: steps, handovers, giving back, incoming mail.
        if vals.get("team_id") and not self.env.su:
            self._escalation_check_move_up(vals["team_id"])
        return super().write(vals)

    def _escalation_check_move_up(self, team_id):
        """Stop an agent who moves a ticket up without a handover.

        :raise RedirectWarning: which leads to the dialog of the handover
        :raise UserError: when several tickets are moved at once
        """
        if self.env.user.has_group(MANAGER_GROUP):
            return
        # Sudo: the teams may be out of the agent's sight; only their names are said.
        team = self.env["helpdesk.ticket.team"].sudo().browse(team_id).exists()
        tickets = self.sudo().filtered(
            lambda ticket: team._is_escalation_above(ticket.team_id)
            and (
                team.escalation_handover_only or ticket.team_id.escalation_handover_only
            )
        )
        if not tickets:
            return
        if len(tickets) > 1:
            raise UserError(
                self.env._(
                    "Tickets go up to %s with a handover. Open each of them and press "
                    "Escalate.",
                    team.name,
                )
            )
        raise RedirectWarning(
            self.env._(
                "%(ticket)s goes up to %(team)s with a handover. Press Escalate and "
                "say what they need to know.",
                ticket=tickets.display_name,
                team=team.name,
            ),
            self.env.ref(ESCALATE_ACTION).id,
            self.env._("Escalate"),
            {
                "active_model": self._name,
                "active_id": tickets.id,
                "active_ids": tickets.ids,
            },
        )
