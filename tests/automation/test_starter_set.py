"""The starter set: alarming words as clients write them, and a company of two."""

from odoo import Command

from ..support.common import MANAGER, OWN, TEAM, USER
from ..support.triggers import TriggerCommon


class TestStarterSet(TriggerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policies.search([]).action_archive()

    def _make(self, user=None):
        policies = self.policies.with_user(user or self.manager)
        action = policies.action_create_starter_set()
        made = policies.search(action["domain"]).with_env(self.env)
        made.start_date = False
        return {policy.starter_key: policy for policy in made}

    def test_alarming_words_in_all_their_forms_reach_the_leader_at_once(self):
        made = self._make()
        self._set_policy(self.team, made["words"])
        alarming = (
            "When will I be refunded?",
            "Two refunds are missing.",
            "You will hear from my lawyers.",
            "This is a legal matter now.",
            "I am preparing a lawsuit.",
            "I want to speak to your manager!",
            "Let me talk to a manager, please.",
            "I have cancelled my order.",
            "I was complaining about this last week.",
        )
        quiet = ("Thank you, the manager was kind.", "How do I print an invoice?")
        tickets = [
            self._new_ticket(0, description=f"<p>{words}</p>")
            for words in alarming + quiet
        ]
        self._run(1)
        told = [self._told(ticket) for ticket in tickets]
        at_once = [(self.leader, "email")]
        self.assertEqual(told, [at_once] * len(alarming) + [[]] * len(quiet))

    def test_a_vip_client_reaches_the_leader_at_once(self):
        made = self._make()
        self.client_company.category_id = self.env["res.partner.category"].search(
            [("name", "=", "VIP")]
        )
        self._set_policy(self.team, made["vip"])
        ticket = self._new_ticket(0)
        self._run(1)
        self.assertEqual(self._told(ticket), [(self.leader, "email")])

    def _make_company_of(self, *users):
        """Take everybody else out of the helpdesk; who works there, in no groups."""
        groups = self.env["res.groups"].union(*map(self.env.ref, (OWN, TEAM, USER)))
        groups += self.env.ref(MANAGER)
        for user in self.env.ref(OWN).all_user_ids:
            if user not in users:
                user.group_ids -= groups
        self.team.write({"user_id": False, "user_ids": [Command.clear()]})

    def test_a_company_of_two_gets_steps_that_reach_both(self):
        self._make_company_of(self.manager, self.agent)
        made = self._make()
        for policy in made.values():
            steps = policy.step_ids.sorted()
            self.assertEqual(steps.mapped("delay"), [15, 30])
            self.assertEqual(steps[1].user_ids, self.manager + self.agent)
        self.assertEqual(
            made["words"].trigger_ids.step_id, made["words"].step_ids.sorted()[1]
        )
        self._set_policy(self.team, made["time"])
        self.team.user_ids = self.agent
        ticket = self._new_ticket(0)
        self._run(15)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        self._run(30)
        self.assertEqual(
            set(self._told(ticket)[1:]),
            {(self.agent, "email"), (self.manager, "email")},
        )

    def test_a_company_of_one_is_mailed_when_nobody_is_responsible(self):
        self._make_company_of(self.manager)
        made = self._make()
        self._set_policy(self.team, made["time"])
        ticket = self._new_ticket(0, user_id=False)
        self._run(15)
        self.assertEqual(self._told(ticket), [(self.manager, "email")])

    def test_three_people_get_leader_and_managers(self):
        made = self._make()
        self.assertEqual(
            made["time"].step_ids.sorted().mapped("recipient"),
            ["responsible", "team_leader", "group"],
        )
