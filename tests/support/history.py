"""What the tests of the past share."""

from datetime import timedelta

from .common import EscalationCommon

DAY = 24 * 60


class HistoryCommon(EscalationCommon):
    def _waits(self, *tickets, count_from="client_first", since=-DAY):
        self.env.flush_all()
        return self.env["helpdesk.escalation.history"]._read_waits(
            [ticket.id for ticket in tickets],
            self.t0 + timedelta(minutes=since),
            self.policy,
            count_from,
        )

    def _still_waits(self, ticket):
        """Since when the client waits now, by the history."""
        return next((w.messages[0] for w in self._waits(ticket) if not w.end), False)

    def _clock_says(self, ticket):
        self.env.invalidate_all()
        return self.env["helpdesk.escalation.clock"].browse(ticket.id).waiting_since

    def _tracked(self, ticket):
        self._flush_tracking()
        return ticket.with_context(tracking_disable=False, mail_notrack=False)

    def _flush_tracking(self):
        self.env.flush_all()
        self.cr.flush()

    def _move(self, ticket, stage, minute):
        """Move a ticket to a stage at a minute, with Odoo's own tracking."""
        known = ticket.message_ids
        with self._at(minute):
            self._tracked(ticket).stage_id = stage
            self._flush_tracking()
        self.env.invalidate_all()
        self._date(ticket.message_ids - known, minute)
