"""The promise in one story: a forgotten ticket climbs until somebody is on it."""

from ..support.common import EscalationCommon


class TestStory(EscalationCommon):
    def test_a_forgotten_ticket_climbs_to_the_director(self):
        ticket = self._new_ticket(minute=0)
        self._run(9)
        self.assertFalse(self._told(ticket), "nobody is alarmed before the time")
        self._run(10)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        self._run(31)
        self.assertEqual(self._told(ticket)[1:], [(self.leader, "email")])
        self._run(61)
        self.assertEqual(self._told(ticket)[2:], [(self.director, "email")])
        self._run(600)
        self.assertEqual(len(self._told(ticket)), 3, "nobody is told twice")
        self.assertEqual(self._incident(ticket).state, "active")
