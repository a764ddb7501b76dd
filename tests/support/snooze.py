"""What the tests of snoozing share."""

from datetime import timedelta


class SnoozeMixin:
    """Beside EscalationCommon: what people do in the dialog."""

    def _open_dialog(self, ticket, user=None):
        dialogs = self.env["helpdesk.escalation.snooze"].with_user(user or self.agent)
        dialogs = dialogs.with_context(default_ticket_id=ticket.id)
        return dialogs.create({"reason": "Back on Monday"})

    def _snooze_ticket(self, ticket, minute, until, user=None, reason="Back on Monday"):
        """Let a person snooze a ticket, from a minute to another."""
        with self._at(minute):
            dialog = self._open_dialog(ticket, user)
            dialog.write(
                {
                    "preset": "custom",
                    "snoozed_until": self.t0 + timedelta(minutes=until),
                    "reason": reason,
                }
            )
            result = dialog.action_snooze()
        self.env.flush_all()
        self.env.invalidate_all()
        return result
