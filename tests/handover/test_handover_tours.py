"""Escalating by hand as people do it, in a real browser."""

from odoo import Command

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

    def test_a_drag_to_the_closed_stage_asks_for_the_sign_off(self):
        self.policy.closing_sign_off = True
        self.ticket.name = "Sign me off"
        stages = self.env["helpdesk.ticket.stage"].search([])
        stages.filtered("closed").fold = False
        stages.filtered("closed")[0].write({"name": "Done", "sequence": 2})
        action = self.env["ir.actions.act_window"].create(
            {
                "name": "One team",
                "res_model": "helpdesk.ticket",
                "view_mode": "kanban",
                "domain": [("id", "=", self.ticket.id)],
                "view_ids": [
                    Command.create(
                        {
                            "view_mode": "kanban",
                            "view_id": self.env.ref(
                                "helpdesk_mgmt.view_helpdesk_ticket_kanban"
                            ).id,
                        }
                    )
                ],
            }
        )
        self.start_tour(
            f"/odoo/action-{action.id}", "escalation_sign_off", login=self.agent.login
        )
        self.env.invalidate_all()
        self.assertFalse(self.ticket.closed)
        self.assertEqual(self.ticket.activity_ids.user_id, self.leader)
