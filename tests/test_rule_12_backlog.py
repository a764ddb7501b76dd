"""R12: old waits are left alone until somebody includes them."""

from odoo import Command

from .common import EscalationCommon


class TestBacklog(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.old = cls._new_ticket(minute=-10000)
        cls.fresh_policy = cls.env["helpdesk.escalation.policy"].create(
            {
                "name": "Fresh",
                "step_ids": [Command.create({"delay": 10, "recipient": "responsible"})],
            }
        )
        cls.team.escalation_policy_id = cls.fresh_policy

    def test_a_new_policy_leaves_old_waits_alone_and_says_how_many(self):
        self.assertEqual(self.fresh_policy.start_date, self.t0)
        self._run(600)
        self.assertFalse(self._told(self.old))
        self.assertEqual(self.fresh_policy.backlog_count, 1)

    def test_a_wait_that_begins_later_counts(self):
        self._client_writes(self.old, 1)
        self._run(12)
        self.assertEqual(self._told(self.old), [(self.agent, "activity")])
        self.assertEqual(self.fresh_policy.backlog_count, 0)

    def test_the_backlog_can_be_included(self):
        self.fresh_policy.with_user(self.manager).action_include_backlog()
        self.assertEqual(self.fresh_policy.backlog_count, 0)
        self._run(1)
        self.assertEqual(self._told(self.old), [(self.agent, "activity")])

    def test_set_on_the_ticket_itself_it_counts_at_once(self):
        self.old.escalation_policy_id = self.fresh_policy
        self.assertEqual(self.fresh_policy.backlog_count, 0)
        self._run(1)
        self.assertEqual(self._told(self.old), [(self.agent, "activity")])

    def test_the_ticket_does_not_promise_a_step_that_will_not_come(self):
        self.assertNotIn("next step", self.old.escalation_status_text)
        new = self._new_ticket(minute=5)
        self.assertIn("next step", new.escalation_status_text)

    def test_a_copied_policy_starts_anew(self):
        self.policy.start_date = False
        self.assertEqual(self.policy.copy().start_date, self.t0)
