"""What the tests of waits that come back share."""

from .common import EscalationCommon


class ComingBackCommon(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.done = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        cls.working = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_in_progress")

    def _write(self, records, minute, **values):
        with self._at(minute):
            records.write(values)
            self.env.flush_all()
        self.env.invalidate_all()

    def _since(self, ticket):
        """The minute since which somebody waits on a ticket, None for nobody."""
        self.env.flush_all()
        self.env.invalidate_all()
        since = ticket.escalation_waiting_since
        return (since - self.t0).total_seconds() / 60 if since else None

    def _anchor(self, ticket):
        self.env.flush_all()
        self.env.invalidate_all()
        anchor = self.env["helpdesk.escalation.clock"].browse(ticket.id).anchor_date
        return (anchor - self.t0).total_seconds() / 60 if anchor else None
