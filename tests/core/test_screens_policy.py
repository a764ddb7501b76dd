"""The policy's screens in a real browser: from nothing to working on a team."""

from ..support.common import EscalationCommon, PatientHttpCase


class TestPolicyTours(EscalationCommon, PatientHttpCase):
    def test_a_manager_makes_a_policy_for_a_team_in_ten_clicks(self):
        self.team.escalation_policy_id = False
        self.policies.search([]).action_archive()
        with self.mock_mail_gateway():
            self.start_tour(
                "/odoo/escalations", "escalation_policy", login=self.manager.login
            )
        policy = self.policies.search([("name", "=", "Gold")])
        self.assertEqual(
            [(step.delay, step.recipient, step.channel) for step in policy.step_ids],
            [
                (10, "responsible", "activity"),
                (30, "team_leader", "email"),
                (90, "parent_team_leader", "email"),
            ],
        )
        self.assertEqual(self.team.escalation_policy_id, policy)
        self.assertFalse(self.incidents.search([("policy_id", "=", policy.id)]))
