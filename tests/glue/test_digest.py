"""The figures in Odoo's periodic digest."""

from datetime import timedelta

from ..support.common import EscalationCommon


class TestDigest(EscalationCommon):
    def _kpis(self, user):
        digest = self.env["digest.digest"].create(
            {
                "name": "Weekly",
                "kpi_helpdesk_escalation_opened": True,
                "kpi_helpdesk_escalation_confirmed": True,
                "kpi_helpdesk_escalation_answered": True,
            }
        )
        self.env.flush_all()
        kpis = digest._compute_kpis(self.env.company, user)
        return {
            kpi["kpi_name"].removeprefix("kpi_helpdesk_escalation_"): str(
                kpi["kpi_col2"]["value"]
            )
            for kpi in kpis
            if "escalation" in kpi["kpi_name"] and kpi.get("kpi_col2")
        }

    def test_it_counts_what_was_opened_taken_in_time_and_answered(self):
        tickets = [self._new_ticket(0) for _number in range(3)]
        self._run(10)
        for ticket, minute in zip(tickets, (35, 45), strict=False):
            with self._at(minute):
                self._incident(ticket).with_user(self.leader).action_confirm()
        self._staff_answers(tickets[2], 50)
        self._run(55)
        incidents = self.incidents.search([("ticket_id.team_id", "=", self.team.id)])
        self._date(incidents, -2 * 24 * 60)
        self.assertEqual(
            self._kpis(self.manager),
            {"opened": "3", "confirmed": "1", "answered": "1"},
        )

    def test_who_has_no_part_in_the_helpdesk_gets_no_figures(self):
        self.assertFalse(self._kpis(self.director))

    def test_incidents_of_before_do_not_count(self):
        self._new_ticket(0)
        self._run(10)
        incidents = self.incidents.search([("ticket_id.team_id", "=", self.team.id)])
        self.env.cr.execute(
            "UPDATE helpdesk_escalation_incident SET create_date = %s WHERE id IN %s",
            [self.t0 - timedelta(days=100), tuple(incidents.ids)],
        )
        self.assertEqual(self._kpis(self.manager)["opened"], "0")
