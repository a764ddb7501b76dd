"""A ticket that an absence note opened, in the past."""

from ..support.hygiene import HygieneCommon


class TestOpenedByAnAbsenceNote(HygieneCommon):
    def test_the_past_tells_the_same(self):
        ticket = self._open(self.director.email)
        self._client_writes(ticket, 5, author=self.director.partner_id)
        (wait,) = self.env["helpdesk.escalation.history"]._read_waits(
            ticket.ids, self._moment(-60), self.policy
        )
        self.assertEqual(wait.messages, [self._moment(5)])
