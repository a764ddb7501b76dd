from odoo import models

from ..tools.notices import make_notice


class HelpdeskTicket(models.Model):
    """*Do Not Escalate* on several tickets at once, from the menu of their list."""

    _inherit = "helpdesk.ticket"

    def action_escalation_mute(self):
        """Turn escalation off for tickets (R1).

        :raise AccessError: when the user may not change one of them
        """
        return self._escalation_mute(
            True,
            self.env._(
                "Escalation is turned off for the selected tickets (%s).", len(self)
            ),
        )

    def action_escalation_unmute(self):
        """Turn escalation on again: clients who wait do so from now on (R3).

        :raise AccessError: when the user may not change one of them
        """
        return self._escalation_mute(
            False,
            self.env._(
                "Escalation is turned on again for the selected tickets (%s).",
                len(self),
            ),
        )

    def _escalation_mute(self, is_muted, words):
        self.check_access("write")
        # Those that are so already are left alone.
        changed = self.filtered(lambda ticket: ticket.escalation_muted != is_muted)
        changed.write({"escalation_muted": is_muted})
        return make_notice(
            words,
            "success",
            {"type": "ir.actions.client", "tag": "soft_reload"},
        )
