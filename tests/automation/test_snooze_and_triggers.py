"""A trigger wakes what sleeps (R6)."""

from ..support.snooze import SnoozeMixin
from ..support.triggers import TriggerCommon


class TestSnoozeAndTriggers(SnoozeMixin, TriggerCommon):
    def test_a_trigger_wakes_it_and_starts_at_its_step(self):
        self._add_trigger(
            "priority", priority="3", step_id=self.policy.step_ids.sorted()[1].id
        )
        ticket = self._new_ticket(0)
        self._run(11)
        self._snooze_ticket(ticket, 15, 2000)
        self._run(20)
        incident = self._incident(ticket)
        self.assertEqual(incident.state, "confirmed")
        ticket.priority = "3"
        self._run(21)
        self.assertEqual((incident.state, incident.round), ("active", 2))
        self.assertFalse(incident.snoozed_until)
        self.assertEqual(self._told(ticket)[1:], [(self.leader, "email")])
        self.assertIn("A trigger ends the snooze", " ".join(self._notes(ticket)))

    def test_so_does_code(self):
        ticket = self._new_ticket(0)
        self._run(11)
        self._snooze_ticket(ticket, 15, 2000)
        ticket._escalation_request("The plant stands still")
        self._run(20)
        self.assertEqual(self._incident(ticket).state, "active")

    def test_where_somebody_is_on_it_the_cause_is_listed_as_ever(self):
        self._add_trigger("priority", priority="3")
        ticket = self._new_ticket(0)
        self._run(11)
        incident = self._incident(ticket)
        with self._at(12):
            incident._confirm(self.agent, "ticket")
        ticket.priority = "3"
        self._run(21)
        self.assertEqual(incident.state, "confirmed")
