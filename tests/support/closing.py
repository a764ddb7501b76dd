"""What the tests of tickets closed while their client waited share."""

from .common import EscalationCommon


class ClosingCommon(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.done = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        cls.new = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_new")

    def _escalated(self, **values):
        ticket = self._new_ticket(**values)
        self._run(11)
        return ticket

    def _close(self, ticket, minute=20, user=None):
        with self._at(minute):
            ticket.with_user(user or self.agent).sudo().stage_id = self.done
            self.env.flush_all()
        self.env.invalidate_all()
