"""The policy's screens in a real browser: make one, look at it, try it, use it."""

from ..support.common import EscalationCommon, PatientHttpCase


class TestPolicyTours(EscalationCommon, PatientHttpCase):
    def test_a_manager_makes_a_policy_tries_it_and_sets_it_on_a_team(self):
        self.start_tour("/odoo", "escalation_policy", login=self.manager.login)
        policy = self.policies.search([("name", "=", "Gold")])
        self.assertEqual(
            [(step.delay, step.recipient, step.channel) for step in policy.step_ids],
            [
                (10, "responsible", "activity"),
                (30, "team_leader", "email"),
                (90, "account_manager", "email"),
            ],
        )
        self.assertEqual(self.team.escalation_policy_id, policy)
        self.assertFalse(self.incidents.search([("policy_id", "=", policy.id)]))
