"""R1: the most specific policy wins, and a change counts at the next run."""

from odoo import Command
from odoo.exceptions import ValidationError

from .common import EscalationCommon


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

    def test_a_policy_in_use_does_not_move_to_another_company(self):
        self.team.escalation_policy_id = self.shared
        with self.assertRaisesRegex(ValidationError, "teams, tickets or clients of"):
            self.shared.company_id = self.other_company
        self.team.escalation_policy_id = False
        self.shared.company_id = self.other_company
