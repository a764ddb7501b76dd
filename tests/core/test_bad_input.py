"""What makes no sense is refused at once, with words that help, and nothing stays."""

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from ..support.common import EscalationCommon

YEAR = 365 * 24 * 60


class BadInputCommon(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.portal = cls._new_user("esc_portal", "base.group_portal", name="Paul")
        cls.stranger = cls._new_user(
            "esc_stranger",
            "base.group_user",
            name="Stella",
            company_id=cls.elsewhere.id,
            company_ids=[Command.set(cls.elsewhere.ids)],
        )
        cls.spare = cls._new_policy("Spare", {"delay": 5}, {"delay": 10})

    def _assert_refused(self, words, call, error=ValidationError):
        """A call is refused with these words, and no policy is changed by it."""

        def everything():
            self.env.invalidate_all()
            policies = self.policies.with_context(active_test=False).search([])
            return policies.read(), policies.step_ids.read()

        before = everything()
        # As a request does it, all is taken back after an error.
        with self.assertRaisesRegex(error, words), self.env.cr.savepoint():
            call()
        self.assertEqual(everything(), before)

    def _assert_step_refused(self, words, **step):
        """Neither in a new policy nor as one more step of an existing one."""
        step.setdefault("delay", 20)
        self._assert_refused(words, lambda: self._new_policy("New", step))
        more = {"name": "Renamed", "step_ids": [Command.create(step)]}
        self._assert_refused(words, lambda: self.spare.write(more))


class TestSteps(BadInputCommon):
    def test_a_policy_needs_a_step(self):
        words = "Add a step to New, or archive it"
        self._assert_refused(words, lambda: self._new_policy("New"))

    def test_an_archived_policy_may_wait_for_its_steps(self):
        draft = self._new_policy("Draft", active=False)
        self._assert_refused("Add a step to Draft", draft.action_unarchive)
        draft.step_ids = [Command.create({"delay": 5})]
        draft.action_unarchive()
        self.assertTrue(draft.active)

    def test_the_last_step_is_not_deleted_under_an_active_policy(self):
        words = "Archive Spare before you delete its last step"
        self._assert_refused(words, self.spare.step_ids.unlink, UserError)
        self.spare.step_ids[0].unlink()
        self._assert_refused(words, self.spare.step_ids.unlink, UserError)
        self.spare.action_archive()
        self.spare.step_ids.unlink()
        self.assertFalse(self.spare.step_ids)

    def test_nor_by_the_form(self):
        words = "A policy needs at least one step"
        self._assert_refused(
            words, lambda: self.spare.write({"step_ids": [Command.clear()]})
        )
        form = Form(self.spare.with_user(self.manager))
        form.name = "Renamed"
        form.step_ids.remove(index=0)
        form.step_ids.remove(index=0)
        self._assert_refused(words, form.save)

    def test_a_step_stays_with_its_policy(self):
        words = "A step stays with its policy"
        step = self.spare.step_ids[0].with_user(self.manager)
        for move in (
            lambda: step.write({"policy_id": self.policy.id}),
            lambda: step.write({"policy_id": False}),
            lambda: self.policy.write({"step_ids": [Command.link(step.id)]}),
            lambda: self.policy.write({"step_ids": [Command.set(step.ids)]}),
        ):
            self._assert_refused(words, move, UserError)
        step.write({"policy_id": self.spare.id, "delay": 7})
        self.assertEqual(step.delay, 7)

    def test_all_steps_are_replaced_in_one_go(self):
        old = self.spare.step_ids
        with Form(self.spare.with_user(self.manager)) as form:
            form.step_ids.remove(index=0)
            form.step_ids.remove(index=0)
            with form.step_ids.new() as step:
                step.delay = 15
        self.assertEqual(self.spare.step_ids.mapped("delay"), [15])
        self.assertFalse(old.exists())

    @mute_logger("odoo.sql_db")
    def test_a_delay_is_between_now_and_a_year(self):
        step = self.spare.step_ids[0]
        for delay in (-1, YEAR + 1):
            with self.subTest(delay), self.assertRaises(CheckViolation) as refused:
                step.delay = delay
                step.flush_recordset()
            self.assertIn(
                "must be between 0 minutes and one year",
                step._sql_error_to_message(refused.exception),
                "what Odoo shows for it",
            )
            self.env.invalidate_all()
            self.assertEqual(step.delay, 5)
        for delay in (0, YEAR):
            step.delay = delay
            step.flush_recordset()

    def test_steps_of_the_same_minute_tell_one_person_once(self):
        leader = {
            "delay": 10,
            "recipient": "user",
            "user_ids": [Command.set(self.leader.ids)],
        }
        same = self._new_policy("Same", leader, leader, {**leader, "channel": "email"})
        ticket = self._new_ticket(escalation_policy_id=same.id)
        self._run(10)
        self._run(15)
        self.assertEqual(
            self._told(ticket), [(self.leader, "activity"), (self.leader, "email")]
        )
        self.assertEqual(len(ticket.activity_ids), 1)


class TestPeople(BadInputCommon):
    def test_named_users_must_be_named(self):
        self._assert_step_refused("needs at least one user", recipient="user")
        named = self.policy.step_ids[-1]
        self._assert_refused(
            "needs at least one user",
            lambda: named.write({"user_ids": [Command.clear()]}),
        )

    def test_nobody_outside_is_told(self):
        self._assert_step_refused(
            "Paul is not an internal user and cannot be notified",
            recipient="user",
            user_ids=[Command.set((self.leader + self.portal).ids)],
        )

    def test_nobody_of_another_company_is_told(self):
        self._assert_step_refused(
            "Stella has no access to .*, the company of the policy",
            recipient="user",
            user_ids=[Command.set(self.stranger.ids)],
        )

    def test_a_policy_does_not_move_away_from_its_people(self):
        self._assert_refused(
            "esc_director has no access to Elsewhere",
            lambda: self.policy.write({"company_id": self.elsewhere.id}),
        )
        self.policy.company_id = False
        self.policy.step_ids[-1].user_ids += self.stranger
        self.assertIn(self.stranger, self.policy.step_ids.user_ids)

    def test_a_group_must_be_given(self):
        self._assert_step_refused("needs a group", recipient="group")

    def test_an_empty_group_is_refused(self):
        group = self.env["res.groups"].create({"name": "Night shift"})
        words = "Nobody is in the group Night shift"
        self._assert_step_refused(words, recipient="group", group_id=group.id)
        group.user_ids = self.portal
        self._assert_step_refused(words, recipient="group", group_id=group.id)
        group.user_ids += self.leader
        step = {"delay": 5, "recipient": "group", "group_id": group.id}
        self.assertTrue(self._new_policy("Night", step))

    def test_a_group_of_more_than_fifty_is_refused(self):
        users = self.env["res.users"].with_context(no_reset_password=True)
        crowd = users.create(
            [{"name": f"C{n}", "login": f"esc_crowd_{n}"} for n in range(51)]
        )
        group = self.env["res.groups"].create({"name": "Crowd"})
        group.user_ids = crowd
        step = {"recipient": "group", "group_id": group.id}
        self._assert_step_refused("Crowd has 51 people, and .* 50 at most", **step)
        crowd[0].active = False
        self.assertTrue(self._new_policy("Fifty", {"delay": 5, **step}))

    def test_the_fallback_can_be_told(self):
        former = self._new_user("esc_former", "base.group_user", name="Frida")
        former.active = False
        for user in (self.portal, former):
            self._assert_refused(
                f"{user.name} cannot be the fallback: choose an active internal user",
                lambda user=user: self.policy.write({"fallback_user_id": user.id}),
            )
        self._assert_refused(
            "Stella",
            lambda: self.policy.write({"fallback_user_id": self.stranger.id}),
            UserError,
        )


class TestPolicy(BadInputCommon):
    def test_working_hours_are_of_the_same_company(self):
        hours = self.env["resource.calendar"].create(
            {"name": "Far hours", "company_id": self.elsewhere.id}
        )
        self._assert_refused(
            "Far hours",
            lambda: self.policy.write({"calendar_id": hours.id}),
            UserError,
        )

    def test_a_contacts_policy_of_another_company_is_refused(self):
        foreign = self._new_policy(
            "Foreign", {"delay": 5}, company_id=self.elsewhere.id
        )
        words = "^This escalation policy belongs to Elsewhere. Choose one of"
        self._assert_refused(
            words, lambda: self.client.write({"escalation_policy_id": foreign.id})
        )
        partner = {"name": "New", "escalation_policy_id": foreign.id}
        self._assert_refused(words, lambda: self.env["res.partner"].create(partner))

    def test_a_client_of_several_companies_has_a_policy_in_each(self):
        foreign = self._new_policy(
            "Foreign", {"delay": 5}, company_id=self.elsewhere.id
        )
        own = self._new_policy("Own", {"delay": 5}, company_id=self.env.company.id)
        there = self.client.with_company(self.elsewhere)
        self.client.escalation_policy_id = own
        there.escalation_policy_id = foreign
        (self.client + there).write({"name": "Carla"})
        self.assertEqual(self.client.escalation_policy_id, own)
        self.assertEqual(there.escalation_policy_id, foreign)
        self._assert_refused(
            "^This escalation policy belongs to",
            lambda: there.write({"escalation_policy_id": own.id}),
        )

    def test_a_policy_of_a_client_does_not_move_to_another_company(self):
        shared = self._new_policy("Shared", {"delay": 5}, company_id=False)
        self.client.escalation_policy_id = shared
        self._assert_refused(
            "set on teams, tickets or clients of another company than Elsewhere",
            lambda: shared.write({"company_id": self.elsewhere.id}),
        )
        shared.company_id = self.env.company
        self.client.escalation_policy_id = False
        shared.company_id = self.elsewhere
        self.client.with_company(self.elsewhere).escalation_policy_id = shared

    def test_an_unused_policy_is_deleted_with_its_steps(self):
        steps = self.spare.step_ids
        self.spare.with_user(self.manager).unlink()
        self.assertFalse(self.spare.exists())
        self.assertFalse(steps.exists())

    def test_a_used_policy_is_archived_not_deleted(self):
        words = "is in use, or has been used. Archive it"
        ticket = self._new_ticket()

        def refused():
            self._assert_refused(words, self.spare.unlink, UserError)

        ticket.escalation_policy_id = self.spare
        refused()
        ticket.escalation_policy_id = False
        self.team.escalation_policy_id = self.spare
        refused()
        self.team.escalation_policy_id = self.policy
        self.client.escalation_policy_id = self.spare
        refused()
        self.client.escalation_policy_id = False
        self.spare.company_id = False
        self.client.with_company(self.elsewhere).escalation_policy_id = self.spare
        refused()
        self.client.with_company(self.elsewhere).escalation_policy_id = False
        self.spare.unlink()

    def test_the_history_of_a_policy_is_kept(self):
        ticket = self._new_ticket(escalation_policy_id=self.spare.id)
        self._run(10)
        ticket.escalation_policy_id = False
        self._staff_answers(ticket, 20)
        self._run(21)
        words = "or has been used. Archive it"
        self._assert_refused(words, self.spare.unlink, UserError)
        self.assertEqual(self._incident(ticket).fired_policy_id, self.spare)

    def test_a_copy_has_its_own_name_steps_and_start(self):
        copy = self.policy.with_user(self.manager).copy()
        self.assertEqual(copy.name, "Standard (copy)")
        self.assertEqual(copy.step_summary, self.policy.step_summary)
        self.assertFalse(copy.step_ids & self.policy.step_ids)
        self.assertEqual(copy.start_date, self.t0, "it leaves old waits alone")
        named = self.policy.copy({"name": "Mine"})
        self.assertEqual(named.name, "Mine")

    def test_a_name_is_needed(self):
        form = Form(self.spare.with_user(self.manager))
        form.name = False
        with self.assertRaisesRegex(AssertionError, "name is a required field"):
            form.save()


class TestSettings(BadInputCommon):
    def test_a_link_is_valid_for_an_hour_at_least(self):
        settings = self.env["res.config.settings"]
        for hours in (0, -1, -(2**40), 8761, 2**40):
            with self.assertRaisesRegex(ValidationError, "at least one hour"):
                settings.create({"escalation_link_hours": hours}).execute()
        self.assertEqual(self.notifications._get_link_hours(), 72)
        settings.create({"escalation_link_hours": 1}).execute()
        self.assertEqual(self.notifications._get_link_hours(), 1)
