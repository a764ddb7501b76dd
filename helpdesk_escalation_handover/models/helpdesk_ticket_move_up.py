from odoo import fields, models
from odoo.exceptions import RedirectWarning, UserError

from odoo.addons.helpdesk_escalation.models.groups import MANAGER_GROUP, PREFETCH_GROUP

ESCALATE_ACTION = "helpdesk_escalation_handover.helpdesk_ticket_action_escalate"


class HelpdeskTicket(models.Model):
    """Where a team wants it, a ticket goes up with a handover, and not without.

    An agent who takes it out of its team first, or aside, still moves it up from there.
    """

    _inherit = "helpdesk.ticket"

    escalation_moved_from_id = fields.Many2one(
        comodel_name="helpdesk.ticket.team",
        string="Moved By Hand From",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups=fields.NO_ACCESS,
        prefetch=PREFETCH_GROUP,
        help="The team that an agent took the ticket out of: from there it goes up "
        "with a handover.",
    )

    def write(self, vals):
        if "team_id" not in vals:
            return super().write(vals)
        # The system's own moves go on: steps, handovers, giving back, incoming mail.
        if self.env.su or self.env.user.has_group(MANAGER_GROUP):
            self._escalation_forget_team()
        else:
            self._escalation_check_move_up(vals["team_id"])
            self._escalation_remember_team()
        return super().write(vals)

    def _escalation_remember_team(self):
        """Keep where an agent takes tickets from: the first of several moves."""
        # Sudo, here and below: nobody writes it by hand.
        tickets = self.sudo().filtered(
            lambda ticket: ticket.team_id.parent_id
            and not ticket.escalation_moved_from_id
        )
        for team, of_team in tickets.grouped("team_id").items():
            of_team._write_moved_from(team.id)

    def _escalation_forget_team(self):
        moved = self.sudo().filtered("escalation_moved_from_id")
        if moved:
            moved._write_moved_from(False)

    def _write_moved_from(self, team_id):
        """Keep the team: no change of its own (no ``write``)."""
        return super().write({"escalation_moved_from_id": team_id})

    def _escalation_check_move_up(self, team_id):
        """Stop an agent who moves a ticket up without a handover.

        :raise RedirectWarning: which leads to the dialog of the handover
        :raise UserError: when several tickets are moved at once
        """
        # Sudo: the teams may be out of the agent's sight; only their names are said.
        team = self.env["helpdesk.ticket.team"].sudo().browse(team_id).exists()
        tickets = self.sudo().filtered(
            lambda ticket: any(
                team._is_escalation_above(below)
                and (team.escalation_handover_only or below.escalation_handover_only)
                for below in ticket.team_id | ticket.escalation_moved_from_id
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
