"""R1: the most specific policy wins, and a change counts at the next run."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..support.common import USER, EscalationCommon


class TestWhichPolicy(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.step = {"delay": 5, "recipient": "team_leader"}
        cls.special = cls._new_policy("Special", cls.step)
        cls.ticket = cls._new_ticket()

    def _assert_policy(self, policy, origin=None):
        self.env.invalidate_all()
        self.assertEqual(self.ticket.effective_escalation_policy_id, policy)
        if origin:
            self.assertEqual(self.ticket.escalation_policy_origin, origin)
        if not (self.ticket.escalation_policy_id or self.ticket.escalation_muted):
            self._assert_found_beforehand(policy)

    def _assert_found_beforehand(self, policy):
        """The dry run and the forms are told the same, without a ticket."""
        ticket = self.ticket
        clock = self.env["helpdesk.escalation.clock"]
        found = clock._find_policy(ticket.partner_id, ticket.team_id, ticket.company_id)
        self.assertEqual(found.policy, policy)
        words = clock._get_match_words(found)
        self.assertEqual(words, ticket.escalation_policy_origin)

    def test_the_team_decides_when_nobody_else_does(self):
        self._assert_policy(self.policy, "team Support")

    def test_the_clients_company_beats_the_team(self):
        self.client_company.escalation_policy_id = self.special
        self._assert_policy(self.special, "client ACME")

    def test_the_contact_beats_its_company(self):
        self.client_company.escalation_policy_id = self.policy
        self.client.escalation_policy_id = self.special
        self._assert_policy(self.special, "client Carla Client")

    def test_a_contact_between_the_contact_and_its_company_counts(self):
        department = self.env["res.partner"].create(
            {"name": "Workshop", "parent_id": self.client_company.id}
        )
        self.client.parent_id = department
        self.client_company.escalation_policy_id = self.policy
        department.escalation_policy_id = self.special
        self._assert_policy(self.special, "client Workshop")

    def test_a_subsidiary_does_not_inherit_from_its_parent_company(self):
        group = self.env["res.partner"].create({"name": "Group", "is_company": True})
        self.client_company.parent_id = group
        group.escalation_policy_id = self.special
        self._assert_policy(self.policy)

    def test_the_ticket_beats_all(self):
        self.client.escalation_policy_id = self._new_policy("Client's", self.step)
        self.ticket.escalation_policy_id = self.special
        self._assert_policy(self.special, "this ticket")

    def test_a_sub_team_inherits_from_its_parent_teams(self):
        floor = self.env["helpdesk.ticket.team"].create({"name": "Ground floor"})
        house = self.env["helpdesk.ticket.team"].create({"name": "House"})
        floor.parent_id = house
        self.team.parent_id = floor
        self.team.escalation_policy_id = False
        house.escalation_policy_id = self.policy
        self._assert_policy(self.policy, "team House")
        floor.escalation_policy_id = self.special
        self._assert_policy(self.special, "team Ground floor")

    def test_an_archived_policy_is_passed_over(self):
        self.client.escalation_policy_id = self.special
        self.special.action_archive()
        self._assert_policy(self.policy)
        self.special.action_unarchive()
        self._assert_policy(self.special)

    def test_do_not_escalate_beats_all(self):
        self.ticket.escalation_policy_id = self.special
        self.ticket.escalation_muted = True
        self._assert_policy(self.policies)

    def test_without_any_policy_nothing_happens(self):
        self.team.escalation_policy_id = False
        self._assert_policy(self.policies)
        self._run(500)
        self.assertFalse(self.ticket.escalation_incident_ids)

    def test_the_companys_default_comes_last(self):
        self._set_policy(self.env.company, self.special)
        self._assert_policy(self.policy, "team Support")
        self.team.escalation_policy_id = False
        default = f"the default of {self.env.company.name}"
        self._assert_policy(self.special, default)
        self.ticket.team_id = False
        self._assert_policy(self.special, default)
        self._run(5)
        self.assertEqual(self._incident(self.ticket).policy_id, self.special)
        self.special.action_archive()
        self._assert_policy(self.policies)

    def test_a_ticket_from_the_portal_without_a_team_is_covered_by_the_default(self):
        self._set_policy(self.env.company, self.policy)
        ticket = self._new_ticket(team_id=False, user_id=False)
        self._run(60)
        self.assertEqual(
            self._told(ticket)[-1], (self.director, "email"), "whom the last step means"
        )

    def test_a_default_for_some_tickets_only_leaves_the_others_alone(self):
        self._set_policy(self.env.company, self.special)
        self.team.escalation_policy_id = False
        self.special.condition = "[('priority', '=', '3')]"
        self._assert_policy_of_ticket(self.policies)
        self.ticket.priority = "3"
        self._assert_policy_of_ticket(self.special)

    def _assert_policy_of_ticket(self, policy):
        self.env.invalidate_all()
        self.assertEqual(self.ticket.effective_escalation_policy_id, policy)

    def test_a_change_counts_at_the_next_run(self):
        self._run(6)
        self.assertFalse(self._told(self.ticket))
        self.client.escalation_policy_id = self.special
        self._run(7)
        self.assertEqual(self._told(self.ticket), [(self.leader, "activity")])


class TestPolicyAndCompanies(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.other_company = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.env.user.company_ids = [Command.link(cls.other_company.id)]
        cls.foreign = cls._new_policy(
            "Foreign",
            {"delay": 5, "recipient": "responsible"},
            company_id=cls.other_company.id,
        )
        cls.shared = cls._new_policy(
            "Shared", {"delay": 5, "recipient": "responsible"}, company_id=False
        )

    def test_a_contacts_policy_is_kept_per_company(self):
        partner = self.client.with_company(self.other_company)
        partner.escalation_policy_id = self.foreign
        here = self._new_ticket()
        there = self._new_ticket(
            company_id=self.other_company.id, team_id=False, user_id=False
        )
        self.assertEqual(here.effective_escalation_policy_id, self.policy)
        self.assertEqual(there.effective_escalation_policy_id, self.foreign)

    def test_a_policy_of_another_company_is_passed_over(self):
        ticket = self._new_ticket()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET escalation_policy_id = %s WHERE id = %s",
            [self.foreign.id, ticket.id],
        )
        self.env.invalidate_all()
        self.assertEqual(ticket.effective_escalation_policy_id, self.policy)

    def test_a_policy_of_no_company_counts_everywhere(self):
        everywhere = self.env["helpdesk.ticket.team"].create(
            {
                "name": "Everywhere",
                "company_id": False,
                "escalation_policy_id": self.shared.id,
            }
        )
        there = self._new_ticket(
            company_id=self.other_company.id, team_id=everywhere.id, user_id=False
        )
        self.assertEqual(there.company_id, self.other_company)
        self.assertEqual(there.effective_escalation_policy_id, self.shared)

    def test_a_policy_of_another_company_is_refused(self):
        ticket = self._new_ticket()
        with self.assertRaisesRegex(ValidationError, "belongs to Elsewhere"):
            ticket.escalation_policy_id = self.foreign
        with self.assertRaisesRegex(ValidationError, "belongs to Elsewhere"):
            self.team.escalation_policy_id = self.foreign

    def test_a_default_is_kept_per_company(self):
        self._set_policy(self.company, self.policy)
        self._set_policy(self.other_company, self.foreign)
        self.team.escalation_policy_id = False
        here = self._new_ticket()
        there = self._new_ticket(
            company_id=self.other_company.id, team_id=False, user_id=False
        )
        self.assertEqual(here.effective_escalation_policy_id, self.policy)
        self.assertEqual(there.effective_escalation_policy_id, self.foreign)
        with self.assertRaisesRegex(ValidationError, "belongs to Elsewhere"):
            self.company.escalation_policy_id = self.foreign

    def test_a_default_does_not_move_to_another_company(self):
        self._set_policy(self.company, self.shared)
        with self.assertRaisesRegex(ValidationError, "teams, tickets or clients of"):
            self.shared.company_id = self.other_company
        with self.assertRaisesRegex(UserError, "is in use"):
            self.shared.unlink()

    def test_a_policy_in_use_does_not_move_to_another_company(self):
        self.team.escalation_policy_id = self.shared
        with self.assertRaisesRegex(ValidationError, "teams, tickets or clients of"):
            self.shared.company_id = self.other_company
        self.team.escalation_policy_id = False
        self.shared.company_id = self.other_company


class TestPolicyOfTheParentCompany(EscalationCommon):
    """What a company sets counts in its branches, and not the other way round."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head = cls.env.company
        cls.branch = cls.env["res.company"].create(
            {"name": "Branch", "parent_id": cls.head.id}
        )
        cls.env.user.company_ids = [Command.link(cls.branch.id)]
        cls.agent.company_ids = [Command.link(cls.branch.id)]
        step = {"delay": 5, "recipient": "responsible"}
        cls.heads = cls._new_policy("Head's", step, company_id=cls.head.id)
        cls.branchs = cls._new_policy("Branch's", step, company_id=cls.branch.id)
        cls.everywhere = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Everywhere",
                "company_id": False,
                "user_ids": [Command.set(cls.agent.ids)],
            }
        )
        cls.ticket = cls._new_ticket(
            company_id=cls.branch.id, team_id=cls.everywhere.id
        )

    def _policy(self, ticket=None):
        self.env.invalidate_all()
        return (ticket or self.ticket).effective_escalation_policy_id

    def _beforehand(self):
        """What the forms and the dry run say, without a ticket."""
        return self.env["helpdesk.escalation.clock"]._find_policy(
            self.client, self.everywhere, self.branch
        )

    def test_on_the_ticket(self):
        self.ticket.escalation_policy_id = self.heads
        self.assertEqual(self._policy(), self.heads)
        self._run(5)
        self.assertEqual(self._told(self.ticket), [(self.agent, "activity")])

    def test_on_the_team(self):
        self._set_policy(self.everywhere, self.heads)
        self.assertEqual(self._policy(), self.heads)
        self.assertEqual(self._beforehand().team, self.everywhere)
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "The branch's", "company_id": self.branch.id}
        )
        team.escalation_policy_id = self.heads
        self.ticket.team_id = team
        self.assertEqual(self._policy(), self.heads)

    def test_on_the_client(self):
        self._set_policy(self.client.with_company(self.branch), self.heads)
        self.assertEqual(self._policy(), self.heads)
        self.assertEqual(self._beforehand().company, self.branch)

    def test_set_on_the_client_in_the_parent_company(self):
        self._set_policy(self.client_company.with_company(self.head), self.heads)
        self.assertEqual(self._policy(), self.heads)
        self.assertEqual(self._beforehand().company, self.head)
        partner = self.client_company.with_company(self.branch)
        self.assertEqual(
            partner.escalation_policy_words, "Applied: Head's, from client ACME."
        )
        self._set_policy(partner, self.branchs)
        self.assertEqual(self._policy(), self.branchs, "the branch's own is nearer")
        self.env.invalidate_all()
        self.assertEqual(
            partner.escalation_policy_words, "Replaces Head's, from client ACME."
        )
        self._set_policy(self.client.with_company(self.head), self.heads)
        self.assertEqual(self._policy(), self.heads, "and the contact is nearer still")

    def test_as_the_default(self):
        self._set_policy(self.head, self.heads)
        self.assertEqual(self._policy(), self.heads)
        self.assertEqual(self._beforehand().company, self.head)
        self._set_policy(self.branch, self.branchs)
        self.assertEqual(self._policy(), self.branchs)
        self.branch.escalation_policy_id = self.heads
        self.assertEqual(self._beforehand().company, self.branch)

    def test_a_branchs_policy_does_not_reach_the_company_above(self):
        ticket = self._new_ticket(team_id=False)
        self._set_policy(self.everywhere, self.branchs)
        self.assertEqual(self._policy(), self.branchs)
        ticket.team_id = self.everywhere
        self.assertFalse(self._policy(ticket))
        for holder in ticket, self.team, self.head, self.client:
            with (
                self.subTest(holder._name),
                self.assertRaisesRegex(ValidationError, "belongs to Branch"),
                self.env.cr.savepoint(),
            ):
                holder.escalation_policy_id = self.branchs

    def test_the_forms_offer_it(self):
        """The domains of the fields, as a browser would ask with them."""
        offered = ["|", ("company_id", "=", False)]
        reach = [*offered, ("company_id", "parent_of", self.branch.id)]
        self.assertIn(self.heads, self.policies.search(reach))
        self.assertNotIn(
            self.branchs,
            self.policies.search([*offered, ("company_id", "parent_of", self.head.id)]),
        )
        self.policies.search([*offered, ("company_id", "parent_of", False)])
        for model in "helpdesk.ticket", "helpdesk.ticket.team", "res.company":
            domain = self.env[model]._fields["escalation_policy_id"].domain
            self.assertIn("parent_of", domain)

    def test_who_works_in_the_branch_reads_it_and_leaves_it_as_it_is(self):
        values = {
            "company_id": self.branch.id,
            "company_ids": [Command.set(self.branch.ids)],
        }
        boss = self._new_user(
            "esc_branch_boss", "helpdesk_mgmt.group_helpdesk_manager", **values
        )
        self._set_policy(self.everywhere, self.heads)
        ticket = self.ticket.with_user(boss)
        self.assertEqual(ticket.effective_escalation_policy_id.name, "Head's")
        self.assertTrue(ticket.effective_escalation_policy_id.step_ids.display_name)
        ticket.escalation_policy_id = self.heads
        with self.assertRaises(AccessError):
            self.heads.with_user(boss).name = "Ours"
        with self.assertRaises(AccessError):
            self.branchs.with_user(self.manager).read(["name"])

    def test_an_archived_one_is_passed_over_there_too(self):
        self._set_policy(self.head, self.heads)
        self.heads.action_archive()
        self.assertFalse(self._policy())

    def test_a_policy_set_in_a_branch_does_not_move_to_it_when_others_have_it(self):
        self._set_policy(self.head, self.heads)
        with self.assertRaisesRegex(ValidationError, "teams, tickets or clients of"):
            self.heads.company_id = self.branch
        self.head.escalation_policy_id = False
        self.heads.company_id = self.branch


class TestDefaultPolicy(EscalationCommon):
    """The setting, and the button on the policy."""

    def test_in_the_settings(self):
        settings = self.env["res.config.settings"].create({})
        self.assertFalse(settings.escalation_policy_id)
        settings.escalation_policy_id = self.policy
        settings.execute()
        self.assertEqual(self.env.company.escalation_policy_id, self.policy)
        self.assertEqual(self.env.company.escalation_policy_date, self.t0)
        again = self.env["res.config.settings"].create({})
        self.assertEqual(again.escalation_policy_id, self.policy)

    def test_a_manager_makes_a_policy_the_default_by_its_button(self):
        policy = self.policy.with_user(self.manager)
        self.assertFalse(policy.default_words)
        self.assertTrue(policy.may_be_default)
        policy.action_set_default()
        self.assertEqual(self.env.company.escalation_policy_id, self.policy)
        self.env.invalidate_all()
        self.assertEqual(
            policy.default_words, f"Default policy of {self.env.company.name}"
        )
        self.assertFalse(policy.may_be_default)

    def test_who_only_reads_policies_does_not(self):
        reader = self._new_user("esc_reader", USER)
        with self.assertRaisesRegex(AccessError, "Only helpdesk managers"):
            self.policy.with_user(reader).action_set_default()

    def test_neither_an_archived_one_nor_another_companys(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.policy.action_archive()
        with self.assertRaisesRegex(UserError, "cannot be the default"):
            self.policy.with_user(self.manager).action_set_default()
        foreign = self._new_policy("Foreign", {"delay": 5}, company_id=elsewhere.id)
        self.assertFalse(foreign.with_user(self.manager).sudo().may_be_default)

    def test_the_starter_policies_can_be_made_the_default(self):
        dialog = (
            self.env["helpdesk.escalation.starter"].with_user(self.manager).create({})
        )
        hours = self.env.company.resource_calendar_id
        self.assertEqual(dialog.calendar_id, hours, "proposed")
        action = dialog.action_create()
        starter = self.policies.with_user(self.manager).search(
            [*action["domain"], ("starter_key", "=", "time")]
        )
        self.assertEqual(starter.calendar_id, hours)
        starter.action_set_default()
        ticket = self._new_ticket(minute=1, team_id=False, user_id=False)
        self.assertEqual(ticket.effective_escalation_policy_id, starter)


class TestAtOnce(CronMixinCase, EscalationCommon):
    """A change of policy brings the job at once, where something is due by it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.strict = cls._new_policy("Strict", {"delay": 5, "recipient": "responsible"})
        cls.ticket = cls._new_ticket()

    @contextmanager
    def _hurried(self, expected, minute=7):
        self.env.flush_all()
        with (
            self._at(minute),
            self.capture_triggers("helpdesk_escalation.ir_cron_escalate") as triggers,
        ):
            self.env["ir.cron.trigger"].search(
                [("cron_id", "=", self.cron.id)]
            ).unlink()
            yield
            self.env.flush_all()
        self.assertEqual(bool(triggers.records), expected)

    def test_a_policy_chosen_on_the_ticket(self):
        with self._hurried(True):
            self.ticket.with_user(self.leader).escalation_policy_id = self.strict
        self._run(7)
        self.assertEqual(self._told(self.ticket), [(self.agent, "activity")])

    def test_not_where_nothing_is_due_by_it(self):
        with self._hurried(False, minute=4):
            self.ticket.escalation_policy_id = self.strict
        answered = self._new_ticket()
        self._staff_answers(answered, 1)
        with self._hurried(False):
            answered.escalation_policy_id = self.strict

    def test_the_tickets_own_policy_taken_off(self):
        calm = self._new_policy("Calm", {"delay": 500, "recipient": "team_leader"})
        self.ticket.escalation_policy_id = calm
        with self._hurried(True, minute=12):
            self.ticket.escalation_policy_id = False

    def test_no_longer_muted_it_waits_from_then(self):
        self.ticket.escalation_muted = True
        with self._hurried(False, minute=12):
            self.ticket.escalation_muted = False
        self.policy.step_ids.sorted()[0].delay = 0
        self.ticket.escalation_muted = True
        with self._hurried(True, minute=13):
            self.ticket.escalation_muted = False

    def test_another_team_or_contact(self):
        quick = self.env["helpdesk.ticket.team"].create(
            {"name": "Quick", "user_ids": [Command.set(self.agent.ids)]}
        )
        self._set_policy(quick, self.strict)
        with self._hurried(True):
            self.ticket.team_id = quick

    def test_another_policy_while_the_ticket_is_escalated(self):
        self._run(10)
        with self._hurried(False, minute=11):
            self.ticket.escalation_policy_id = self.policy
        later = self._new_policy("Later", {"delay": 20, "recipient": "team_leader"})
        with self._hurried(True, minute=25):
            self.ticket.escalation_policy_id = later

    def test_where_it_is_set_beside_the_ticket(self):
        for holder in self.team, self.client, self.client_company, self.env.company:
            with self.subTest(holder._name), self._hurried(True):
                self._set_policy(holder, self.strict)
            with self.subTest(holder._name, again=True), self._hurried(False):
                self._set_policy(holder, self.strict)
        with self.subTest("nobody's ticket"), self._hurried(False):
            self._set_policy(
                self.env["res.partner"].create({"name": "New"}), self.strict
            )

    def test_a_policy_that_is_archived_or_starts_earlier(self):
        with self._hurried(True):
            self.policy.active = False
        with self._hurried(True):
            self.policy.write({"active": True, "start_date": False})

    def test_a_fault_costs_nobody_a_change(self):
        engine = type(self.env["helpdesk.escalation.engine"])
        with (
            patch.object(engine, "_get_plan", side_effect=ValueError("a fault")),
            self._hurried(False),
        ):
            self.ticket.escalation_policy_id = self.strict
        self.assertEqual(self.ticket.escalation_policy_id, self.strict)


class TestPolicyGone(EscalationCommon):
    """What the policy came from goes: the escalation ends, and says why."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.alias_id.alias_name = False
        cls.ticket = cls._new_ticket()

    def _assert_ended(self):
        self.env.invalidate_all()
        incident = self._incident(self.ticket)
        self.assertEqual(
            (incident.state, incident.resolution), ("resolved", "no_policy")
        )
        self.assertIn("no policy any more", self._notes(self.ticket)[-1])
        self.assertFalse(self.ticket.activity_ids)

    def test_the_team_is_deleted(self):
        self._run(10)
        self.team.unlink()
        self._assert_ended()

    def test_the_team_above_is_deleted(self):
        house = self.env["helpdesk.ticket.team"].create({"name": "House"})
        self._set_policy(house, self.policy)
        self.team.write({"parent_id": house.id, "escalation_policy_id": False})
        self._run(10)
        house.unlink()
        self._assert_ended()

    def test_the_default_counts_when_the_team_is_deleted(self):
        default = self._new_policy("Default", {"delay": 20, "recipient": "responsible"})
        self._set_policy(self.env.company, default)
        self._run(10)
        self.team.unlink()
        incident = self._incident(self.ticket)
        self.assertEqual(incident.state, "active")
        self._run(20)
        self.assertEqual(incident.policy_id, default)
        self.env.company.escalation_policy_id = False
        self._run(21)
        self._assert_ended()

    def test_the_client_is_deleted(self):
        self.team.escalation_policy_id = False
        self._set_policy(self.client_company, self.policy)
        self._run(10)
        self.client_company.unlink()
        self._assert_ended()

    def test_the_client_is_merged_with_another(self):
        self.team.escalation_policy_id = False
        other = self.env["res.partner"].create({"name": "Other", "is_company": True})
        alone = self.env["res.partner"].create(
            {"name": "Carla C.", "parent_id": other.id}
        )
        self._set_policy(self.client_company, self.policy)
        self._run(10)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.client + alone).ids, alone
        )
        self.assertEqual(self.ticket.partner_id, alone)
        self._run(11)
        self._assert_ended()

    def test_a_policy_goes_with_its_client_into_another(self):
        self.team.escalation_policy_id = False
        alone = self.env["res.partner"].create({"name": "Carla C."})
        self._set_policy(self.client, self.policy)
        since = self.client.escalation_policy_date
        self._run(10)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.client + alone).ids, alone
        )
        self.env.invalidate_all()
        self.assertEqual(alone.escalation_policy_id, self.policy)
        self.assertEqual(alone.escalation_policy_date, since)
        self._run(11)
        self.assertEqual(self._incident(self.ticket).state, "active")

    def test_the_policy_is_archived(self):
        self._run(10)
        self.policy.action_archive()
        self._run(11)
        self._assert_ended()

    def test_it_is_taken_off_the_team(self):
        self._run(10)
        self.team.escalation_policy_id = False
        self._run(11)
        self._assert_ended()
