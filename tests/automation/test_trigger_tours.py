"""In a real browser: a policy with keywords, and the starter set."""

from ..support.common import EscalationCommon, PatientHttpCase


class TestTriggerTours(EscalationCommon, PatientHttpCase):
    def test_the_starter_set_is_made_by_one_click(self):
        self.team.escalation_policy_id = False
        self.policies.search([]).action_archive()
        self.start_tour(
            "/odoo/escalation-policies",
            "escalation_starter_set",
            login=self.manager.login,
        )
        self.assertEqual(len(self.policies.search([])), 3)

    def test_a_policy_with_keywords_raises_the_alarm_at_once(self):
        self.start_tour(
            "/odoo/escalation-policies",
            "escalation_keyword_policy",
            login=self.manager.login,
        )
        policy = self.policies.search([("name", "=", "Alarming words")])
        policy.start_date = False
        self.team.escalation_policy_id = policy
        ticket = self._new_ticket(0, description="<p>My lawyer will call you</p>")
        self._run(1)
        self.assertEqual(self._incident(ticket).cause_text, "Keyword: lawyer")
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
