"""Where a policy counts is set on the policy too, and new steps climb a ladder."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form

from ..support.common import USER, EscalationCommon


class TestTeamsOfAPolicy(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gold = cls._new_policy("Gold", {"delay": 5}, company_id=cls.env.company.id)
        cls.bare = cls.env["helpdesk.ticket.team"].create({"name": "Bare"})

    def _add_in_form(self, policy, team):
        """What the form says before it is saved."""
        spec = {"team_ids": {}, "replaced_words": {}}
        changes = {"team_ids": [Command.link(team.id)]}
        result = policy.onchange(changes, ["team_ids"], spec)
        return result["value"].get("replaced_words", "")

    def test_a_team_is_added_on_the_policy_and_counts_from_then(self):
        old = self._new_ticket(-60, team_id=self.bare.id)
        gold = self.gold.with_user(self.manager)
        self.assertTrue(gold.is_unused)
        self.assertEqual(self._add_in_form(gold, self.bare), "")
        gold.team_ids += self.bare
        self.assertEqual(self.bare.escalation_policy_id, self.gold)
        set_on = self.bare.escalation_policy_date
        self.assertLess(abs(set_on - self.t0), timedelta(minutes=5))
        self.assertFalse(gold.is_unused)
        new = self._new_ticket(1, team_id=self.bare.id)
        self._run(10)
        self.assertFalse(self._told(old), "it has been waiting since before (R12)")
        self.assertEqual(self._incident(new).policy_id, self.gold)

    def test_the_policy_that_a_team_loses_is_named_first(self):
        gold = self.gold.with_user(self.manager)
        self.assertEqual(
            self._add_in_form(gold, self.team), "Support: replaces Standard."
        )
        gold.team_ids += self.team
        self.assertEqual(self.team.escalation_policy_id, self.gold)
        self.assertFalse(self.policy.team_ids)
        self.assertFalse(self.gold.replaced_words)

    def test_a_team_taken_off_has_none(self):
        self.policy.with_user(self.manager).write(
            {"team_ids": [Command.unlink(self.team.id)]}
        )
        self.assertFalse(self.team.escalation_policy_id)
        self.assertFalse(self.team.escalation_policy_date)
        self.assertTrue(self.team.exists())

    def test_teams_of_other_companies_are_refused_and_those_unseen_stay(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.env["helpdesk.ticket.team"].create(
            {"name": "Theirs", "company_id": elsewhere.id}
        )
        with self.assertRaisesRegex(ValidationError, "belongs to"):
            self.gold.team_ids = theirs
        self.gold.company_id = False
        theirs.escalation_policy_id = self.gold
        gold = self.gold.with_user(self.manager)
        self.assertFalse(gold.team_ids, "not the manager's to see")
        gold.team_ids = self.bare
        self.assertEqual(theirs.escalation_policy_id, self.gold)
        with self.assertRaises(AccessError):
            gold.write({"team_ids": [Command.unlink(theirs.id)]})

    def test_who_only_reads_policies_sets_them_nowhere(self):
        reader = self._new_user("esc_reader", USER)
        with self.assertRaises(AccessError):
            self.gold.with_user(reader).team_ids = self.bare
        self.assertEqual(self.policy.with_user(reader).team_ids, self.team)

    def test_a_policy_is_made_with_its_teams(self):
        policy = self.policies.with_user(self.manager).create(
            {
                "name": "Silver",
                "team_ids": [Command.link(self.bare.id)],
                "step_ids": [Command.create({"delay": 5})],
            }
        )
        self.assertEqual(self.bare.escalation_policy_id, policy)
        self.assertFalse(policy.copy().team_ids, "a copy is set nowhere")

    def test_the_list_of_teams_sets_several_at_once(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.company_ids += elsewhere
        teams = self.env["helpdesk.ticket.team"].with_user(self.manager)
        shared = teams.create({"name": "Shared", "company_id": False})
        theirs = teams.create({"name": "Theirs", "company_id": elsewhere.id})
        action = self.gold.with_user(self.manager).action_choose_teams()
        listed = teams.search(action["domain"])
        self.assertLessEqual(self.team + self.bare + shared, listed)
        self.assertNotIn(theirs, listed)
        views = teams.get_views([*action["views"], (False, "search")])["views"]
        self.assertIn('multi_edit="1"', views["list"]["arch"])
        self.assertIn('name="escalation_policy_id"', views["list"]["arch"])
        (chosen,) = action["context"]
        self.assertIn(
            chosen.removeprefix("search_default_"), views["search"]["arch"], "preset"
        )
        (self.bare + shared).with_user(self.manager).escalation_policy_id = self.gold
        self.assertEqual(self.gold.team_ids, self.bare + shared)


class TestLadder(EscalationCommon):
    def _propose(self, *steps):
        """What a new step proposes beside others."""
        with Form(self.policies.with_user(self.manager)) as form:
            form.name = "Ladder"
            for values in steps:
                with form.step_ids.new() as step:
                    for name, value in values.items():
                        setattr(step, name, value)
            with form.step_ids.new() as step:
                found = (step.recipient, step.delay, step.channel)
                if step.recipient == "user":
                    step.user_ids.add(self.director)
        return found

    def test_each_step_proposes_the_next_rung(self):
        steps = []
        for expected in (
            ("responsible", 10, "activity"),
            ("team_leader", 30, "email"),
            ("parent_team_leader", 60, "email"),
            ("group", 120, "email"),
            ("user", 240, "email"),
        ):
            self.assertEqual(self._propose(*steps), expected)
            steps.append({})

    def test_it_never_comes_before_the_last_one(self):
        self.assertEqual(
            self._propose({"recipient": "responsible", "delay": 45}),
            ("team_leader", 90, "email"),
        )
        self.assertEqual(
            self._propose({"recipient": "account_manager", "delay": 5}),
            ("responsible", 10, "activity"),
        )

    def test_a_step_that_is_there_stays_as_it_is(self):
        before = self.policy.step_ids.mapped("delay")
        with Form(self.policy) as form, form.step_ids.edit(0) as step:
            step.channel = "email"
        self.assertEqual(self.policy.step_ids.mapped("delay"), before)

    def test_groups_have_the_names_people_know(self):
        group = self.env.ref("helpdesk_mgmt.group_helpdesk_manager")
        own = self.env["res.groups"].create(
            {"name": "Night duty", "user_ids": [Command.set(self.leader.ids)]}
        )
        policy = self._new_policy(
            "Groups",
            {"delay": 0, "recipient": "group", "group_id": group.id},
            {"delay": 90, "recipient": "group", "group_id": own.id},
        )
        self.assertEqual(
            policy.step_ids.mapped("recipient_label"), [group.name, "Night duty"]
        )
        self.assertEqual(
            policy.step_ids.mapped("display_name"),
            [
                f"At once: notification to the group {group.name}",
                "After 1h 30min: notification to the group Night duty",
            ],
        )
