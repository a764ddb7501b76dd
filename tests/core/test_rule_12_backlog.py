"""R12: old waits are left alone until somebody includes them."""

from datetime import timedelta

from odoo import Command
from odoo.tests import Form

from ..support.common import EscalationCommon


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


class TestSetLater(EscalationCommon):
    """A policy that is old itself, and is set somewhere only today."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.escalation_policy_id = False
        cls.old = cls._new_ticket(minute=-10000)
        cls.elsewhere = cls.env["helpdesk.ticket.team"].create(
            {"name": "Elsewhere", "user_ids": [Command.set(cls.agent.ids)]}
        )

    def _holders(self):
        """Where a policy can be set beside the ticket."""
        return self.team, self.client, self.client_company, self.env.company

    def _assert_counts(self, expected):
        """The ticket, the run, the form and the health say the same."""
        self.env.invalidate_all()
        self.assertEqual(self.policy.backlog_count, 0 if expected else 1)
        (self.assertIn if expected else self.assertNotIn)(
            "next step", self.old.escalation_status_text
        )
        engine = self.env["helpdesk.escalation.engine"]
        waits = engine._read_waits(engine._get_plan(self.t0), self.old.ids)
        self.assertEqual([wait.ticket_id for wait in waits], self.old.ids * expected)
        self.assertEqual(engine._is_due(self.old.ids), expected)
        health = self.env["helpdesk.escalation.health"].with_user(self.manager)
        problem = health._check_backlog(self.policy.with_user(self.manager))
        self.assertEqual(bool(problem), not expected)

    def test_it_leaves_the_backlog_of_that_place_alone(self):
        for holder in self._holders():
            with self.subTest(holder._name, name=holder.display_name):
                holder.escalation_policy_id = self.policy
                self.assertEqual(holder.escalation_policy_date, self.t0)
                self._assert_counts(False)
                self._run(600)
                self.assertFalse(self._told(self.old))
                holder.escalation_policy_date -= timedelta(days=60)
                self._assert_counts(True)
                holder.escalation_policy_id = False
                self.assertFalse(holder.escalation_policy_date)

    def test_waits_that_begin_later_count(self):
        self.env.company.escalation_policy_id = self.policy
        new = self._new_ticket(minute=1)
        self._client_writes(self.old, 2)
        self._run(12)
        self.assertTrue(self._told(new))
        self.assertTrue(self._told(self.old))

    def test_on_the_ticket_itself_it_always_counts(self):
        self.team.escalation_policy_id = self.policy
        self._assert_counts(False)
        self.old.escalation_policy_id = self.policy
        self._assert_counts(True)

    def test_the_team_above_keeps_a_date_of_its_own(self):
        house = self.env["helpdesk.ticket.team"].create({"name": "House"})
        self._set_policy(house, self.policy)
        self.team.parent_id = house
        self._assert_counts(True)
        self.team.escalation_policy_id = self.policy
        self._assert_counts(False)
        self.team.escalation_policy_id = False
        self._assert_counts(True)

    def test_moved_into_a_team_that_has_it_long_since_an_old_wait_counts(self):
        self._set_policy(self.elsewhere, self.policy)
        self.old.team_id = self.elsewhere
        self._assert_counts(True)

    def test_writing_the_same_again_changes_nothing(self):
        self._set_policy(self.team, self.policy)
        since = self.team.escalation_policy_date
        self.team.escalation_policy_id = self.policy
        self.team.write({"name": "Support", "escalation_policy_id": self.policy.id})
        self.assertEqual(self.team.escalation_policy_date, since)
        other = self._new_policy("Other", {"delay": 5})
        self.team.escalation_policy_id = other
        self.assertEqual(self.team.escalation_policy_date, self.t0)

    def test_however_it_is_set(self):
        teams = self.env["helpdesk.ticket.team"]
        with Form(teams) as form:
            form.name = "By a form"
            form.escalation_policy_id = self.policy
        by_default = teams.with_context(default_escalation_policy_id=self.policy.id)
        self._set_policy(self.team, self.policy)
        imported = teams.load(
            ["name", "escalation_policy_id/.id"],
            [["Imported", self.policy.id], ["Without", False]],
        )
        self.assertFalse(imported["messages"])
        with_policy, without = teams.browse(imported["ids"])
        self.assertFalse(without.escalation_policy_date)
        self.env["ir.default"].set(teams._name, "escalation_policy_id", self.policy.id)
        for team in (
            form.record,
            with_policy,
            by_default.create({"name": "By a context"}),
            self.team.copy(),
            teams.create({"name": "By a default"}),
        ):
            with self.subTest(team.name):
                self.assertEqual(team.escalation_policy_id, self.policy)
                self.assertEqual(team.escalation_policy_date, self.t0)
        self._set_policy(self.client, self.policy)
        contact = self.client.copy()
        self.assertFalse(contact.escalation_policy_id, "Odoo copies none of these")
        self.assertFalse(contact.escalation_policy_date)
        imported = contact.load(
            ["name", "escalation_policy_id/.id"], [["Imported", self.policy.id]]
        )
        contact = contact.browse(imported["ids"])
        self.assertEqual(contact.escalation_policy_date, self.t0)

    def test_several_at_once_each_keeps_its_own(self):
        self._set_policy(self.team, self.policy)
        both = self.team + self.elsewhere
        both.escalation_policy_id = self.policy
        before = self.t0 - timedelta(days=365)
        self.assertEqual(both.mapped("escalation_policy_date"), [before, self.t0])

    def test_who_may_not_see_the_policy_may_still_edit_the_contact(self):
        clerk = self._new_user(
            "esc_clerk", "base.group_user,base.group_partner_manager"
        )
        contact = self.client.with_user(clerk)
        contact.name = "Carla C."
        new = contact.create({"name": "New"})
        self.assertFalse(new.sudo().escalation_policy_date)

    def test_a_contacts_date_is_kept_per_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        shared = self._new_policy("Shared", {"delay": 5}, company_id=False)
        self._set_policy(self.client, shared)
        self.client.with_company(other).escalation_policy_id = shared
        self.assertEqual(
            self.client.escalation_policy_date, self.t0 - timedelta(days=365)
        )
        self.assertEqual(
            self.client.with_company(other).escalation_policy_date, self.t0
        )

    def test_the_dry_run_says_so(self):
        self.team.escalation_policy_id = self.policy
        values = {
            "policy_id": self.policy.id,
            "team_id": self.team.id,
            "date": self.t0 - timedelta(hours=1),
        }
        preview = self.env["helpdesk.escalation.preview"].create(values)
        self.assertIn(
            "ignores clients who have been waiting since before", preview.note
        )
        self.assertFalse(preview.result)
        preview.date = self.t0 + timedelta(hours=1)
        self.assertFalse(preview.note)
        self.assertTrue(preview.result)

    # ------------------------------------------------------------------
    # Include the backlog
    # ------------------------------------------------------------------

    def test_the_backlog_of_every_place_is_included(self):
        for holder in self._holders():
            with self.subTest(holder._name, name=holder.display_name):
                holder.escalation_policy_id = self.policy
                self._assert_counts(False)
                self.policy.with_user(self.manager).action_include_backlog()
                self._assert_counts(True)
                holder.escalation_policy_id = False

    def test_no_others_are_included(self):
        """Neither under another policy, nor elsewhere, nor from longer ago."""
        other = self._new_policy("Other", {"delay": 5})
        self.team.escalation_policy_id = self.policy
        self.elsewhere.escalation_policy_id = other
        there = self._new_ticket(minute=-500, team_id=self.elsewhere.id)
        answered = self._new_ticket(minute=-20000)
        self._staff_answers(answered, -19000)
        self.policy.action_include_backlog()
        self.assertEqual(
            self.team.escalation_policy_date, self.t0 - timedelta(minutes=10000)
        )
        self.assertEqual(self.elsewhere.escalation_policy_date, self.t0)
        self.assertEqual(other.backlog_count, 1)
        self._run(1)
        self.assertTrue(self._told(self.old))
        self.assertFalse(self._told(there) + self._told(answered))

    def test_where_both_the_policy_and_its_place_are_new(self):
        self.policy.start_date = self.t0
        self.team.escalation_policy_id = self.policy
        self.env.company.escalation_policy_id = self.policy
        without_team = self._new_ticket(minute=-300, team_id=False)
        self.assertEqual(self.policy.backlog_count, 2)
        self.policy.with_user(self.manager).action_include_backlog()
        self.assertEqual(self.policy.backlog_count, 0)
        self._run(1)
        self.assertTrue(self._told(self.old))
        self.assertTrue(self._told(without_team))

    def test_from_the_health(self):
        self.team.escalation_policy_id = self.policy
        health = self.env["helpdesk.escalation.health"].with_user(self.manager)
        problem = health._check_backlog(self.policy.with_user(self.manager))
        self.assertIn("are ignored: 1 (Standard)", problem["text"])
        self.assertTrue(problem["button"]["confirm"], "people hear of it at once")
        getattr(health, problem["button"]["method"])()
        self._assert_counts(True)
        self._run(1)
        self.assertTrue(self._told(self.old))

    def test_one_sees_whom_an_update_would_escalate_before_it_does(self):
        """As docs/upgrading.md says: the job is off while a rule changes."""
        self.cron.active = False
        self.policy.step_ids.delay = 10_000
        ticket = self._new_ticket(0, escalation_policy_id=self.policy.id)
        health = self.env["helpdesk.escalation.health"].with_user(self.manager)

        def find():
            with self._at(60):
                return {one["name"]: one for one in health._get_problems()}

        found = find()
        self.assertNotIn("overdue", found)
        self.assertNotIn("due", found)
        self.policy.step_ids[0].delay = 10
        found = find()
        self.assertIn("escalate 1 tickets and go on with 0", found["due"]["text"])
        self.assertEqual(found["overdue"]["count"], 1)
        listed = self.env["helpdesk.ticket"]
        listed = listed.search(found["overdue"]["button"]["action"]["domain"])
        self.assertEqual(listed, ticket)
        self.assertFalse(self._told(ticket))
        getattr(health, found["job_off"]["button"]["method"])()
        self._run(61)
        self.assertTrue(self._told(ticket))
        self.assertNotIn("due", find())

    def test_one_sees_on_which_open_escalations_an_update_would_go_on(self):
        """Also in a copy, where nobody is notified at all."""
        self.policy.step_ids.sorted()[1:].delay = 10_000
        ticket = self._new_ticket(0, escalation_policy_id=self.policy.id)
        self._run(11)
        self.cron.active = False
        health = self.env["helpdesk.escalation.health"].with_user(self.manager)
        self.policy.step_ids.sorted()[1].delay = 30
        with self._at(31):
            due = next(one for one in health._get_problems() if one["name"] == "due")
            self.assertIn("escalate 0 tickets and go on with 1", due["text"])
            listed = self.env["helpdesk.ticket"]
            listed = listed.search(due["button"]["action"]["domain"])
            self.assertEqual(listed, ticket)
            self.env["ir.config_parameter"].set_param("database.is_neutralized", "1")
            (copy,) = health._get_problems()
        self.assertEqual(copy["name"], "neutralized")
        self.assertIn("go on with 1", copy["text"])
        self.assertFalse(copy["button"])
        self.assertEqual(len(self._told(ticket)), 1)

    # ------------------------------------------------------------------
    # A database of an older version
    # ------------------------------------------------------------------

    def test_after_an_update_nobody_is_notified_without_a_click(self):
        for holder in self._holders():
            with self.subTest(holder._name, name=holder.display_name):
                holder.write(
                    {
                        "escalation_policy_id": self.policy.id,
                        "escalation_policy_date": False,
                    }
                )
                self._assert_counts(True)
                holder._init_column("escalation_policy_date")
                self._assert_counts(False)
                self.assertEqual(holder.escalation_policy_date, self.t0)
                self.policy.with_user(self.manager).action_include_backlog()
                self._assert_counts(True)
                holder.escalation_policy_id = False
