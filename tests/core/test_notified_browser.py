"""Whoever was notified and is in no helpdesk group, in a real browser."""

from ..support.common import EscalationCommon, PatientHttpCase


class TestNotifiedInTheBrowser(EscalationCommon, PatientHttpCase):
    def test_the_director_finds_the_ticket_and_says_that_they_are_on_it(self):
        self.director.name = "Dora Director"
        ticket = self._new_ticket(-90)
        self._run(0)
        self.start_tour(
            "/odoo", "helpdesk_escalation_notified", login=self.director.login
        )
        self.env.invalidate_all()
        incident = self._incident(ticket)
        self.assertEqual(incident.confirmed_by_id, self.director)
        self.assertEqual(incident.confirmed_via, "ticket")
