"""What does not apply is empty in a pivot and a graph, in a real browser."""

from odoo import Command

from ..support.common import EscalationCommon, PatientHttpCase


class TestEmptyFigures(EscalationCommon, PatientHttpCase):
    def test_a_team_that_closed_nothing_has_no_share_of_it(self):
        done = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        busy = self.env["helpdesk.ticket.team"].create(
            {"name": "Busy", "user_ids": [Command.set(self.agent.ids)]}
        )
        self._new_ticket(name="Done").stage_id = done
        self._new_ticket(name="Not yet", team_id=busy.id)
        action = self.env.ref(
            "helpdesk_escalation_analysis.helpdesk_escalation_ticket_report_action"
        )
        action.domain = str([("team_id", "in", (self.team + busy).ids)])
        self.start_tour(
            f"/odoo/action-{action.id}", "escalation_empty", login=self.manager.login
        )
