"""What the run keeps in memory about policies is never older than they are."""

from unittest.mock import patch

from odoo import Command, models
from odoo.modules.registry import Registry

from ..support.common import EscalationCommon

URGENT = "[('priority', '=', '3')]"


class TestKeptAnswers(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.step = cls.policy.step_ids[0]
        cls.triggers = cls.env["helpdesk.escalation.trigger"]

    def _new_trigger(self, policy):
        return self.triggers.create(
            {"policy_id": policy.id, "kind": "keyword", "keywords": "refund"}
        )

    def test_conditions_of_policies_and_steps(self):
        policies, steps = self.policy.browse(), self.step.browse()
        self.assertFalse(policies._get_conditions() + steps._get_conditions())
        self.policy.condition = URGENT
        self.assertEqual(policies._get_conditions(), ((self.policy.id, URGENT),))
        added = self.env[steps._name].create(
            {"policy_id": self.policy.id, "delay": 7, "condition": URGENT}
        )
        ids = self.policy.id, added.id
        self.assertEqual(steps._get_conditions(), ((*ids, 7, URGENT),))
        added.delay = 9
        self.assertEqual(steps._get_conditions(), ((*ids, 9, URGENT),))
        added.unlink()
        self.policy.condition = False
        self.assertFalse(policies._get_conditions() + steps._get_conditions())

    def test_stages_that_pause(self):
        stage = self.env["helpdesk.ticket.stage"].search([], limit=1)
        self.assertFalse(self.policy._get_pausing_ids())
        pausing = self._new_policy(
            "Pausing", {"delay": 5}, pause_stage_ids=[Command.set(stage.ids)]
        )
        self.assertEqual(self.policy._get_pausing_ids(), (pausing.id,))
        pausing.unlink()
        self.assertFalse(self.policy._get_pausing_ids())

    def test_steps_that_do_something(self):
        self.assertFalse(self.step._acts_anywhere())
        self.step.tell_client = True
        self.assertTrue(self.step._acts_anywhere())
        self.step.unlink()
        self.assertFalse(self.policy.step_ids._acts_anywhere())

    def test_triggers_also_when_they_go_with_their_policy(self):
        self.assertFalse(self.triggers._get_policy_ids())
        spare = self._new_policy("Spare", {"delay": 5})
        self._new_trigger(spare)
        self.assertEqual(self.triggers._get_policy_ids(), (spare.id,))
        spare.unlink()
        self.assertFalse(self.triggers._get_policy_ids())

    def test_the_first_call_ever(self):
        calls = self.env["helpdesk.escalation.request"]
        self.assertFalse(calls._may_be_there())
        calls.create({"ticket_id": self._new_ticket(0).id, "detail": "X"})
        self.assertTrue(calls._may_be_there())

    def test_the_first_news_of_a_mail_ever(self):
        deliveries = self.env["helpdesk.escalation.delivery"]
        self.assertFalse(deliveries._may_be_there())
        deliveries._add(self._staff_answers(self._new_ticket(0), 1))
        self.assertTrue(deliveries._may_be_there())

    def test_whoever_asks_in_the_midst_of_a_change_brings_nothing_old_back(self):
        spare = self._new_policy("Spare", {"delay": 5})
        calls = self.env["helpdesk.escalation.request"]

        def ask():
            self.step._acts_anywhere()
            self.triggers._get_policy_ids()
            calls._may_be_there()

        def asks_before(method):
            def asking(records, *args):
                ask()
                return method(records, *args)

            return asking

        base = models.BaseModel
        for name in ("create", "write", "unlink"):
            self.patch(base, name, asks_before(getattr(base, name)))
        self.step.tell_client = True
        self.assertTrue(self.step._acts_anywhere())
        trigger = self._new_trigger(spare)
        self.assertEqual(self.triggers._get_policy_ids(), (spare.id,))
        trigger.unlink()
        self.assertFalse(self.triggers._get_policy_ids())
        calls.create({"ticket_id": self._new_ticket(0).id, "detail": "X"})
        self.assertTrue(calls._may_be_there())

    def test_a_change_that_says_nothing_about_it_forgets_nothing(self):
        trigger = self._new_trigger(self.policy)
        with patch.object(Registry, "clear_cache") as forget:
            self.step.channel = "email"
            self.policy.name = "Renamed"
            trigger.keywords = "lawyer"
            forget.assert_not_called()
            trigger.unlink()
            forget.assert_called_once_with()
