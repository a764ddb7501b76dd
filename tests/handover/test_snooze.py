"""An escalation by hand may sleep too: it wakes whatever becomes of it meanwhile."""

from ..support.handover import HandoverCommon
from ..support.snooze import SnoozeMixin


class TestSnooze(SnoozeMixin, HandoverCommon):
    def test_one_that_was_answered_meanwhile_wakes_all_the_same(self):
        self.ticket.escalation_muted = True
        incident = self._escalate(minute=5, to_team_id=self.upper.id)
        self._snooze_ticket(self.ticket, 10, 200, user=self.chief)
        self.assertEqual(incident.state, "confirmed")
        self._staff_answers(self.ticket, 20, user=self.chief)
        self._run(199)
        self.assertEqual(incident.state, "confirmed")
        self._run(200)
        self.assertEqual((incident.state, incident.round), ("active", 2))
        self.assertIn("Snooze over", incident.notification_ids.mapped("step_name"))

    def test_the_clients_next_message_wakes_it(self):
        incident = self._escalate(minute=5, to_team_id=self.upper.id)
        self._snooze_ticket(self.ticket, 10, 2000, user=self.chief)
        self._client_writes(self.ticket, 20)
        self._run(21)
        self.assertEqual(incident.state, "active")

    def test_all_that_is_shown_as_one_sleeps(self):
        self._run(11)
        self._escalate(minute=12, to_team_id=self.upper.id)
        self._run(13)
        incidents = self.ticket.escalation_incident_ids
        self.assertEqual(len(incidents), 2)
        self._snooze_ticket(self.ticket, 15, 200, user=self.chief)
        self.assertEqual(set(incidents.mapped("state")), {"confirmed"})
        self.assertEqual(self.ticket.escalation_status, "snoozed")
        with self._at(20):
            self.ticket.with_user(self.expert).action_escalation_wake()
        self.assertEqual(set(incidents.mapped("state")), {"active"})
