"""Escalating by hand as people do it, in a real browser."""

from ..support.common import PatientHttpCase
from ..support.handover import HandoverCommon


class TestHandoverTours(HandoverCommon, PatientHttpCase):
    def _open(self, record):
        return f"/odoo/{record._name}/{record.id}"

    def test_escalate_send_back_and_de_escalate(self):
        self._new_ticket(0, name="Toner everywhere")
        # Who sees one's own tickets only loses sight of what is handed over.
        self.start_tour(
            self._open(self.ticket), "escalation_handover", login=self.agent.login
        )
        self.env.invalidate_all()
        incident = self._incident(self.ticket)
        handover = incident.handover_id
        self.assertEqual(handover.user_impact, "Twelve people cannot print")
        self.assertEqual(handover.history_ids.ticket_id.name, "Toner everywhere")
        self.assertEqual(self.ticket.team_id, self.upper)

        self.start_tour(
            self._open(self.ticket), "escalation_send_back", login=self.expert.login
        )
        self.env.invalidate_all()
        self.assertEqual(incident.resolution, "sent_back")
        self.assertEqual(self.ticket.user_id, self.agent)
        self.assertIn("Which print server?", self._activities(self.agent).note)

        again = self._escalate(to_user_id=self.expert.id)
        self.start_tour(
            self._open(self.ticket), "escalation_de_escalate", login=self.expert.login
        )
        self.env.invalidate_all()
        self.assertEqual(again.resolution, "de_escalated")
        self.assertEqual(again.confirmed_by_id, self.expert)
        self.assertIn("new driver", again.handover_id.outcome_reason)
