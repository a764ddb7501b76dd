"""What the condition of a trigger may look at."""

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from ..support.common import EscalationCommon
from ..support.scope import ScopeCommon

QUIET = "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_condition"


HOLDS_FOR_ALL = "[('id', '!=', 0)]"


class TestWhatATriggerMayLookAt(ScopeCommon):
    def test_every_door_is_the_same(self):
        """Create, write, import, copy, defaults, steps, triggers, in one go or not."""
        secret = "[('access_token', '=like', 'a%')]"
        values = {
            "name": "New",
            "step_ids": [Command.create({"recipient": "responsible"})],
        }
        policies = self.policies.with_user(self.manager)
        (step,) = self.policy.with_user(self.manager).step_ids[0]
        triggers = self.env["helpdesk.escalation.trigger"].with_user(self.manager)
        trigger = triggers.create(
            {"policy_id": self.policy.id, "kind": "keyword", "keywords": "refund"}
        )
        other = "[('user_ids.share', '=', True)]"
        doors = [
            lambda: policies.create({**values, "condition": secret}),
            lambda: policies.with_context(default_condition=secret).create(values),
            lambda: policies.create(
                {
                    **values,
                    "step_ids": [
                        Command.create(
                            {"recipient": "responsible", "condition": secret}
                        )
                    ],
                }
            ),
            lambda: policies.browse(self.policy.id).write(
                {"step_ids": [Command.update(step.id, {"condition": secret})]}
            ),
            lambda: step.write({"condition": secret}),
            lambda: policies.browse(self.policy.id).copy({"condition": secret}),
            lambda: trigger.write({"kind": "client", "partner_condition": other}),
            # It need not be of the kind that uses it.
            lambda: trigger.write({"partner_condition": other}),
            lambda: policies.browse(self.policy.id).write(
                {
                    "trigger_ids": [
                        Command.create({"kind": "client", "partner_condition": other})
                    ]
                }
            ),
        ]
        for door in doors:
            with (
                self.assertRaisesRegex(ValidationError, "Choose "),
                self.env.cr.savepoint(),
            ):
                door()
        result = policies.load(
            ["name", "condition", "step_ids/recipient"],
            [["Imported", secret, "responsible"]],
        )
        self.assertIn("access_token", result["messages"][0]["message"])
        self.assertFalse(policies.search([("name", "in", ["New", "Imported"])]))

    @mute_logger(QUIET)
    def test_what_became_forbidden_matches_nothing_and_is_shown(self):
        secret = "[('access_token', '=', False)]"
        ticket = self._new_ticket(0)
        trigger = self.env["helpdesk.escalation.trigger"].create(
            {
                "policy_id": self.policy.id,
                "kind": "client",
                "partner_condition": HOLDS_FOR_ALL,
            }
        )
        self._break(trigger, "partner_condition", "[('signup_type', '=', False)]")
        self.assertIn("signup_type", trigger.partner_condition_error)
        self.assertFalse(trigger._filter_clients(self.client.sudo()))
        step = self.policy.step_ids[0]
        self._break(step, "condition", secret)
        self.assertIn("access_token", step.condition_error)
        self._run(15)
        self.assertFalse(self._told(ticket))
        self._break(self.policy, "condition", secret)
        self.assertIn("access_token", self.policy.condition_error)
        self.assertFalse(ticket.effective_escalation_policy_id)


class TestWhatATriggersConditionMayBe(ScopeCommon):
    def test_a_condition_on_every_client_is_none(self):
        for condition in ("[]", "[ ]", "[(1, '=', 1)]", False):
            with (
                self.subTest(condition),
                self.assertRaisesRegex(ValidationError, "cannot be for every client"),
                self.env.cr.savepoint(),
            ):
                self.env["helpdesk.escalation.trigger"].create(
                    {
                        "policy_id": self.policy.id,
                        "kind": "client",
                        "partner_condition": condition,
                    }
                )


URGENT = "[('priority', '=', '3')]"


class TestHiddenConditions(EscalationCommon):
    def test_who_may_not_see_what_a_condition_looks_at_hears_that_it_works(self):
        """What a client was invoiced is for accounting to see."""
        hidden = "[('partner_id.helpdesk_total_invoiced', '<=', 0)]"
        self.policy.condition = hidden
        trigger = self.env["helpdesk.escalation.trigger"].create(
            {
                "policy_id": self.policy.id,
                "kind": "client",
                "partner_condition": "[('helpdesk_total_invoiced', '<=', 0)]",
            }
        )
        for user, expected in (self.manager, True), (self.env.user, False):
            policy, theirs = self.policy.with_user(user), trigger.with_user(user)
            self.assertEqual(policy.condition_hidden, expected)
            self.assertEqual(theirs.partner_condition_hidden, expected)
            self.assertFalse(policy.condition_error)
        self.policy.condition = URGENT
        self.assertFalse(self.policy.with_user(self.manager).condition_hidden)
        ticket = self._new_ticket(0)
        self.policy.condition = hidden
        self.env.invalidate_all()
        self.assertEqual(ticket.effective_escalation_policy_id, self.policy)


class TestCopiesOfHiddenConditions(ScopeCommon):
    def test_a_copy_is_its_makers(self):
        """Who may not read what a policy looks at makes no second one of it."""
        self.policy.condition = "[('partner_id.helpdesk_total_invoiced', '<=', 0)]"
        with self.assertRaisesRegex(ValidationError, "You may not read"):
            self.policy.with_user(self.manager).copy()
        # What they change elsewhere in the policy is theirs to change.
        self.policy.with_user(self.manager).skip_on_leave = False
