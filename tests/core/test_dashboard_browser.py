"""The dashboard in a real browser: stories that the page tells by itself."""

from ..support.common import MANAGER, PatientHttpCase
from ..support.dashboard import DashboardCommon


class TestDashboardInTheBrowser(DashboardCommon, PatientHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.incidents.search([]).unlink()
        # Who may start the scheduler's job by hand.
        cls.chief = cls._new_user("esc_chief", f"{MANAGER},base.group_system")

    def test_a_ticket_escalates_and_is_confirmed_before_ones_eyes(self):
        ticket = self._new_ticket(-15)
        self.start_tour(
            "/odoo/escalation-policies",
            "helpdesk_escalation_dashboard",
            login=self.chief.login,
        )
        self.env.invalidate_all()
        incident = self._incident(ticket)
        self.assertEqual(incident.confirmed_by_id, self.chief)
        self.assertEqual(incident.confirmed_via, "dashboard")
        self.assertEqual(incident.resolution, "answered")

    def test_the_first_page_leads_to_the_first_policy(self):
        self.policy.active = False
        self.cron.sudo().active = False
        self.start_tour(
            "/odoo/escalations",
            "helpdesk_escalation_first_page",
            login=self.chief.login,
        )
        self.env.invalidate_all()
        self.assertTrue(self.cron.sudo().active)
