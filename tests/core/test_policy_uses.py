"""What a policy says of itself: where it is used, its picture, and what cannot work."""

from lxml import html

from odoo import Command
from odoo.tests import Form

from ..support.common import USER, EscalationCommon


class TestPolicyUses(EscalationCommon):
    def _text(self, markup):
        return (
            " ".join(html.fromstring(markup).text_content().split()) if markup else ""
        )

    def _warnings(self, policy=None, user=None):
        self.env.invalidate_all()
        policy = (policy or self.policy).with_user(user or self.manager)
        return self._text(policy.warnings)

    def test_the_figures_agree_with_the_lists_behind_them(self):
        self.client_company.escalation_policy_id = self.policy
        sub_team = self.env["helpdesk.ticket.team"].create(
            {"name": "Night shift", "parent_id": self.team.id}
        )
        self._new_ticket(0)
        self._new_ticket(0, team_id=sub_team.id, user_id=False, partner_id=False)
        self._staff_answers(self._new_ticket(0), 1)
        self._new_ticket(0, escalation_muted=True)
        policy = self.policy.with_user(self.manager)
        for figure, button, expected in (
            ("team_count", "action_view_teams", 1),
            ("client_count", "action_view_clients", 1),
            ("ticket_count", "action_view_tickets", 3),
            ("waiting_count", "action_view_waiting", 2),
        ):
            with self.subTest(figure):
                action = getattr(policy, button)()
                listed = self.env[action["res_model"]].with_user(self.manager)
                self.assertEqual(listed.search_count(action["domain"]), expected)
                self.assertEqual(policy[figure], expected)

    def test_the_figures_count_what_the_user_may_see(self):
        self._new_ticket(0)
        stranger = self._new_user(
            "esc_stranger", "helpdesk_mgmt.group_helpdesk_user_own"
        )
        self.assertEqual(self.policy.with_user(self.leader).ticket_count, 1)
        self.assertEqual(self.policy.with_user(stranger).ticket_count, 0)

    def test_the_picture_follows_the_form_before_it_is_saved(self):
        with Form(self.env["helpdesk.escalation.policy"]) as form:
            form.name = "New"
            with form.step_ids.new() as step:
                step.delay = 90
                step.recipient = "team_leader"
            with form.step_ids.new() as step:
                step.delay = 0
                step.recipient = "responsible"
                step.channel = "activity"
            form.repeat_count = 2
            form.repeat_delay = 24 * 60
            text = self._text(form.timeline)
        self.assertEqual(
            text,
            "The client's last message 0min Responsible notification "
            "1h 30min Team leader notification + 1d Again from the start at most 2 "
            "times Team leader, then managers only if a step reaches nobody",
        )

    def test_a_sound_policy_has_no_warning(self):
        self.assertEqual(self._warnings(), "")

    def test_what_cannot_work_is_said(self):
        self.leader.email = False
        self.team.user_id = False
        self.director.partner_id.email = False
        text = self._warnings()
        self.assertIn("In Support: The team has no leader.", text)
        self.assertIn("esc_director cannot be notified. No email address.", text)
        self.team.user_id = self.leader
        self.assertIn(
            "esc_leader cannot be notified. No email address.", self._warnings()
        )
        self.director.active = False
        self.assertIn("The user is archived.", self._warnings())

    def test_an_empty_group_a_double_step_and_a_lost_fallback_are_said(self):
        group = self.env["res.groups"].create(
            {"name": "Night duty", "user_ids": [Command.set(self.leader.ids)]}
        )
        policy = self._new_policy(
            "Odd",
            {"delay": 5, "recipient": "group", "group_id": group.id},
            {"delay": 9, "recipient": "responsible"},
            {"delay": 9, "recipient": "responsible"},
            fallback_user_id=self.director.id,
        )
        group.user_ids = False
        self.director.active = False
        text = self._warnings(policy)
        self.assertIn("The group is empty.", text)
        self.assertEqual(text.count("duplicate step"), 1)
        self.assertIn("Fallback: esc_director cannot be notified.", text)
        self.assertTrue(policy.is_unused)

    def test_a_policy_of_one_company_on_a_shared_team_says_whom_it_leaves_out(self):
        env = self.env
        elsewhere, branch, archived = env["res.company"].create(
            [
                {"name": "Elsewhere"},
                {"name": "Branch", "parent_id": env.company.id},
                {"name": "Given up", "active": False},
            ]
        )
        self.manager.company_ids += elsewhere + branch + archived
        shared = env["helpdesk.ticket.team"].create(
            {
                "name": "Everywhere",
                "company_id": False,
                "user_id": self.leader.id,
                "user_ids": [Command.set(self.agent.ids)],
                "escalation_policy_id": self.policy.id,
            }
        )
        self.assertIn(
            f"On Everywhere it applies to tickets of {env.company.name} only: those of "
            "Elsewhere have no policy there.",
            self._warnings(),
        )
        seen = shared.with_user(self.manager)
        words = "No policy applies here to tickets of Elsewhere."
        self.assertEqual(seen.escalation_policy_words, words)
        with Form(seen) as form:
            self.assertEqual(form.escalation_policy_words, words)
            form.escalation_policy_id = env["helpdesk.escalation.policy"]
            self.assertFalse(form.escalation_policy_words)
            form.escalation_policy_id = self.policy
        theirs = self._new_policy("Theirs", {"delay": 5}, company_id=elsewhere.id)
        elsewhere.escalation_policy_id = theirs
        self.assertEqual(self._warnings(), "")
        self.assertFalse(seen.escalation_policy_words)

    def test_a_default_is_used_and_tried_on_the_teams_it_counts_for(self):
        bare = self.env["helpdesk.ticket.team"].create({"name": "Bare"})
        default = self._new_policy(
            "Default", {"delay": 5, "recipient": "team_leader", "channel": "activity"}
        )
        self.assertTrue(default.is_unused)
        self.env.company.escalation_policy_id = default
        text = self._warnings(default)
        self.assertFalse(default.is_unused)
        self.assertIn("The team has no leader.", text)
        self.assertIn("Bare", text)
        self.assertIn(bare, default._find_teams())
        self.assertNotIn(self.team, default._find_teams())
        preview = self.env["helpdesk.escalation.preview"].new({"policy_id": default.id})
        self.assertIn(preview.team_id._origin, default._find_teams())
        default.active = False
        self.assertIn(f"still set on: {self.env.company.name}", self._warnings(default))

    def test_a_team_without_a_policy_says_that_it_has_the_default(self):
        self.env.company.escalation_policy_id = self.policy
        with Form(self.env["helpdesk.ticket.team"]) as form:
            form.name = "Bare"
            self.assertEqual(
                form.escalation_policy_words,
                f"Applied: Standard, from the default of {self.env.company.name}.",
            )
        self.assertFalse(
            self.client.escalation_policy_words, "the team counts before the default"
        )

    def test_policies_that_shadow_each_other_are_named(self):
        other = self._new_policy("Gold", {"delay": 5, "recipient": "team_leader"})
        sub_team = self.env["helpdesk.ticket.team"].create(
            {
                "name": "Night shift",
                "parent_id": self.team.id,
                "escalation_policy_id": other.id,
            }
        )
        self.client_company.escalation_policy_id = self.policy
        self.client.escalation_policy_id = other
        text = self._warnings()
        self.assertIn(
            f"For {sub_team.display_name}, the policy Gold applies instead.", text
        )
        self.assertIn("Carla Client, the policy Gold applies instead.", text)
        self.policy.active = False
        self.assertIn("archived and ignored, though still set on", self._warnings())

    def test_who_only_reads_policies_sees_it_all(self):
        helper = self._new_user("esc_reader", USER)
        self.team.user_id = False
        self.assertIn("The team has no leader.", self._warnings(user=helper))
        self.assertIn("Responsible", self._text(self.policy.with_user(helper).timeline))

    # ------------------------------------------------------------------
    # On the contact and on the team
    # ------------------------------------------------------------------

    def test_a_contact_says_what_it_has_from_its_company_or_replaces(self):
        gold = self._new_policy("Gold", {"delay": 5, "recipient": "team_leader"})
        seen = self.client.with_user(self.leader)
        self.assertFalse(seen.escalation_policy_words)
        self.client_company.escalation_policy_id = self.policy
        self.env.invalidate_all()
        with Form(self.client) as form:
            words = "Standard, from client ACME."
            self.assertEqual(form.escalation_policy_words, f"Applied: {words}")
            form.escalation_policy_id = gold
            self.assertEqual(form.escalation_policy_words, f"Replaces {words}")
        gold.active = False
        self.env.invalidate_all()
        self.assertEqual(
            seen.escalation_policy_words,
            f"This policy is archived and ignored. Applied: {words}",
        )

    def test_a_team_says_what_it_has_from_the_team_above_or_replaces(self):
        gold = self._new_policy("Gold", {"delay": 5, "recipient": "team_leader"})
        with Form(self.env["helpdesk.ticket.team"]) as form:
            form.name = "Night shift"
            self.assertFalse(form.escalation_policy_words)
            form.parent_id = self.team
            words = "Standard, from team Support."
            self.assertEqual(form.escalation_policy_words, f"Applied: {words}")
            form.escalation_policy_id = gold
            self.assertEqual(form.escalation_policy_words, f"Replaces {words}")
