"""Buttons on several cards or lines: all together, nothing that is not one's own."""

from odoo.exceptions import AccessError

from ..support.common import TEAM, EscalationCommon


class TestManyButtons(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tickets = cls.env["helpdesk.ticket"].union(
            *(cls._new_ticket(0, name=f"Ticket {number}") for number in range(4))
        )

    def setUp(self):
        super().setUp()
        self._run(30)
        self.cases = self.incidents.search([("ticket_id", "in", self.tickets.ids)])

    def _assert_on_it(self, cases, user, via):
        self.env.invalidate_all()
        self.assertEqual(set(cases.mapped("state")), {"confirmed"})
        self.assertEqual(cases.confirmed_by_id, user)
        self.assertEqual(set(cases.mapped("confirmed_via")), {via})

    def test_several_cards_are_confirmed_together(self):
        self.assertIs(self.cases.with_user(self.leader).action_confirm(), True)
        self._assert_on_it(self.cases, self.leader, "dashboard")
        for ticket in self.tickets:
            self.assertIn("esc_leader is on it.", self._notes(ticket)[-1])
            self.assertFalse(ticket.activity_ids, "the agent is left in peace")

    def test_several_tickets_are_confirmed_together(self):
        agent = self.tickets.with_user(self.agent)
        self.assertIs(agent.action_escalation_confirm(), True)
        self._assert_on_it(self.cases, self.agent, "ticket")

    def test_who_was_quicker_keeps_it_and_it_is_said_how_many(self):
        self.cases[0]._confirm(self.agent, "ticket")
        self.cases[1]._resolve("closed")
        answer = self.cases.with_user(self.leader).action_confirm()
        self.assertIn("2 of 4 stay as they are", answer["params"]["message"])
        self.assertEqual(self.cases[0].confirmed_by_id, self.agent)
        self._assert_on_it(self.cases[2:], self.leader, "dashboard")
        answer = self.tickets.with_user(self.leader).action_escalation_confirm()
        self.assertIn("2 of 4 stay as they are", answer["params"]["message"])

    def test_a_client_takes_not_their_own_among_others(self):
        self.tickets[0].partner_id = self.leader.partner_id
        for button in (
            self.cases.with_user(self.leader).action_confirm,
            self.tickets.with_user(self.leader).action_escalation_confirm,
        ):
            self.assertIn("1 of 4", button()["params"]["message"])
        self.assertEqual(self._incident(self.tickets[0]).state, "active")

    def test_assign_to_me_takes_tickets_and_cases(self):
        self.tickets[0].user_id = self.leader
        self.assertIs(self.cases.with_user(self.leader).action_assign_me(), True)
        self.assertEqual(self.tickets.user_id, self.leader)
        self._assert_on_it(self.cases, self.leader, "dashboard")
        answer = self.cases.with_user(self.manager).action_assign_me()
        self.assertIn("4 of 4", answer["params"]["message"], "no member of the team")
        self.assertEqual(self.tickets.user_id, self.leader)

    def test_assign_to_me_on_tickets_takes_also_what_nobody_escalated(self):
        tickets = self.tickets + self._new_ticket(29, name="Fresh")
        agent = tickets.with_user(self.leader)
        self.assertIs(agent.action_escalation_assign_me(), True)
        self.assertEqual(tickets.user_id, self.leader)
        self._assert_on_it(self.cases, self.leader, "ticket")
        answer = tickets.with_user(self.manager).action_escalation_assign_me()
        self.assertIn("5 of 5", answer["params"]["message"])

    def test_whoever_was_notified_takes_several_without_being_of_the_helpdesk(self):
        self._run(60)
        notified = self.tickets.with_user(self.director)
        self.assertIs(notified.action_escalation_confirm(), True)
        self._assert_on_it(self.cases, self.director, "ticket")

    def test_one_that_may_not_be_seen_refuses_all(self):
        """Nothing is said of it, and nothing is done to the others."""
        stranger = self._new_user("esc_stranger", TEAM)
        own = self._new_ticket(0, team_id=False, user_id=stranger.id)
        own.with_context(active_test=False).escalation_policy_id = self.policy
        self._run(31)
        cases = self.cases + self._incident(own)
        for records, name in (
            (cases, "action_confirm"),
            (cases, "action_assign_me"),
            (cases, "action_no_answer_needed"),
            (self.tickets + own, "action_escalation_confirm"),
            (self.tickets + own, "action_escalation_assign_me"),
            (self.tickets + own, "action_escalation_no_answer_needed"),
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                getattr(records.with_user(stranger), name)()
        self.env.invalidate_all()
        self.assertEqual(set(cases.mapped("state")), {"active"})

    def test_it_costs_hardly_more_for_many(self):
        def cost(cases, name):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            getattr(cases.with_user(self.leader), name)()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        tickets = self.env["helpdesk.ticket"].union(
            *(self._new_ticket(20, name=f"More {number}") for number in range(22))
        )
        self._run(31)
        cases = self.incidents.search([("ticket_id", "in", tickets.ids)])
        cost(self.cases[:2], "action_confirm")
        few = cost(cases[:2], "action_confirm")
        many = cost(cases[2:], "action_confirm")
        self.assertLessEqual(many, few + 20 * 2, "two for each: its note's row and id")
