from odoo import models

from ..tools.notices import make_count_notice
from ..tools.program import is_program


class HelpdeskEscalationIncident(models.Model):
    """Buttons on several cards or lines at once.

    What is not the user's to take stays as it is, and they are told how many.
    """

    _inherit = "helpdesk.escalation.incident"

    def action_confirm(self):
        if len(self) < 2:
            return super().action_confirm()
        self.check_access("read")
        return self._confirm_many("dashboard")

    def action_assign_me(self):
        if len(self) < 2:
            return super().action_assign_me()
        self.check_access("read")
        user = self.env.user
        mine = self.filtered(lambda one: one.may_assign or one.user_id == user)
        tickets = mine.filtered("may_assign").ticket_id
        mine.filtered("may_confirm")._confirm_many("dashboard")
        tickets.write({"user_id": user.id})
        return make_count_notice(self.env, len(self - mine), len(self))

    def _confirm_many(self, via):
        """Say "I'm on it" as the current user where they may, on all together.

        :return: True when all of them are the user's now, or a kind notice
        """
        user = self.env.user
        taken = self.filtered("may_confirm")._confirm(
            user, "api" if is_program() else via
        )
        # Sudo: the user was known to read them.
        others = (self.sudo() - taken).filtered(lambda one: not one._is_on_it(user))
        if len(others) == 1 and others.state != "active":
            return others.with_env(self.env)._notify_too_late()
        return make_count_notice(self.env, len(others), len(self))
