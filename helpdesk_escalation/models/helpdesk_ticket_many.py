from odoo import models

from ..tools.notices import make_count_notice


class HelpdeskTicket(models.Model):
    """Buttons on several tickets at once.

    What is not the user's to take stays as it is, and they are told how many.
    """

    _inherit = "helpdesk.ticket"

    def action_escalation_confirm(self):
        if len(self) < 2:
            return super().action_escalation_confirm()
        self.check_access("read")
        incidents = self._find_escalation_open()
        incidents._confirm_many("ticket")
        left = self - incidents.filtered(self._is_escalation_mine).ticket_id
        return make_count_notice(self.env, len(left), len(self))

    def action_escalation_assign_me(self):
        if len(self) < 2:
            return super().action_escalation_assign_me()
        self.check_access("read")
        user = self.env.user
        # As the host's button on one ticket: only members take a team's tickets.
        mine = self._filtered_access("write").filtered(
            lambda ticket: not ticket.team_id or user in ticket.team_id.user_ids
        )
        mine._find_escalation_open()._confirm_many("ticket")
        mine.filtered(lambda ticket: ticket.user_id != user).user_id = user
        return make_count_notice(self.env, len(self - mine), len(self))

    def _find_escalation_open(self):
        """Find the incidents that somebody can take, or has taken.

        As superuser: who may is asked of each; whoever was notified need not be of the
        helpdesk.
        """
        incidents = self.env["helpdesk.escalation.incident"].sudo()
        return incidents.search(
            [("ticket_id", "in", self.ids), ("state", "!=", "resolved")]
        )

    def _is_escalation_mine(self, incident):
        return incident._is_on_it(self.env.user)
