"""Leaders and managers take over what somebody is on, or start it again (R10)."""

from odoo.exceptions import AccessError

from ..support.common import USER, EscalationCommon, PatientHttpCase


class TakeOverCommon(EscalationCommon):
    def setUp(self):
        super().setUp()
        self.agent.name = "Anna Agent"
        self.leader.name = "Lea Leader"
        self.ticket = self._new_ticket(0)
        self._run(31)
        self.incident = self._incident(self.ticket)
        with self._at(32):
            self.incident._confirm(self.agent, "ticket")

    def _titles(self):
        self.env.invalidate_all()
        return [stop["title"] for stop in self.incident._get_story()]

    def _told_former(self):
        """What was sent to the one before: the messages that notify them."""
        return self.env["mail.message"].search(
            [
                ("model", "=", self.incident._name),
                ("res_id", "=", self.incident.id),
                ("partner_ids", "in", self.agent.partner_id.ids),
            ]
        )


class TestTakeOver(TakeOverCommon):
    def test_who_may(self):
        boss = self._new_user("esc_boss", USER)
        self.team.parent_id = self.env["helpdesk.ticket.team"].create(
            {"name": "Above", "user_id": boss.id}
        )
        stranger = self._new_user("esc_stranger", USER)
        for user, may in (
            (self.leader, True),
            (boss, True),
            (self.manager, True),
            (self.agent, False),
            (stranger, False),
        ):
            with self.subTest(user.login):
                incident = self.incident.with_user(user)
                self.assertEqual(incident.may_take_over, may)
                ticket = self.ticket.with_user(user)
                self.assertEqual(ticket.escalation_may_take_over, may)
        for name in ("action_take_over", "action_reopen"):
            with self.assertRaisesRegex(AccessError, "talk to Anna Agent"):
                getattr(self.incident.with_user(stranger), name)()
        self.assertEqual(self.incident.confirmed_by_id, self.agent)

    def test_nobody_takes_over_their_own_wait(self):
        self.ticket.partner_id = self.leader.partner_id
        self.assertFalse(self.incident.with_user(self.leader).may_take_over)
        with self.assertRaises(AccessError):
            self.incident.with_user(self.leader).action_take_over()

    def test_the_leader_is_on_it_and_the_one_before_is_informed(self):
        with self._at(40):
            self.ticket.with_user(self.leader).action_escalation_take_over()
        self.assertEqual(self.incident.state, "confirmed")
        self.assertEqual(self.incident.confirmed_by_id, self.leader)
        self.assertEqual(self.incident.confirmed_via, "ticket")
        self.assertEqual(
            self._notes(self.ticket)[-1], "Lea Leader has taken over from Anna Agent."
        )
        message = self._told_former()
        self.assertIn("Lea Leader has taken over", message.preview)
        self.assertEqual(message.author_id, self.leader.partner_id)
        self.assertFalse(self.ticket.activity_ids, "the one before has no task left")
        self._run(61)
        self.assertEqual(len(self._told(self.ticket)), 2, "no further step")

    def test_the_story_tells_who_was_on_it_before(self):
        with self._at(40):
            self.incident.with_user(self.leader).action_take_over()
        self.assertEqual(
            self._titles()[-3:],
            [
                "Anna Agent is on it",
                "Lea Leader has taken over from Anna Agent",
                "Lea Leader is on it",
            ],
        )
        self.assertIn(
            "Anna Agent", self.ticket.with_user(self.agent).escalation_history
        )

    def test_whoever_has_taken_over_has_the_time_of_the_policy(self):
        self.policy.confirm_expiry = 60
        with self._at(80):
            self.incident.with_user(self.leader).action_take_over()
        self._run(95)
        self.assertEqual(self.incident.state, "confirmed")
        self._run(140)
        self.assertEqual(self.incident.state, "active")

    def test_it_is_reopened_and_a_new_round_begins(self):
        with self._at(40):
            self.ticket.with_user(self.leader).action_escalation_reopen()
        self.assertEqual((self.incident.state, self.incident.round), ("active", 2))
        self.assertIn(
            "Lea Leader has started the escalation again", self._notes(self.ticket)[-1]
        )
        self.assertIn("which you were on", self._told_former().preview)
        self.assertEqual(
            self._titles()[-2:],
            ["Anna Agent is on it", "Lea Leader has started the escalation again"],
        )
        told = len(self._told(self.ticket))
        self._run(49)
        self.assertEqual(len(self._told(self.ticket)), told)
        self._run(50)
        self.assertEqual(self._told(self.ticket)[told:], [(self.agent, "activity")])
        last = self._titles()[-1]
        self.assertIn("to the responsible", last, "in the order of what happened")

    def test_what_ends_by_itself_is_in_the_story_too(self):
        self.policy.confirm_expiry = 60
        self._run(92)
        self.assertIn("The steps start again", self._titles())
        with self._at(93):
            self.incident._confirm(self.agent, "ticket")
            self.incident.with_user(self.agent).action_release()
        self.assertEqual(self._titles()[-1], "Anna Agent is no longer on it")

    def test_a_late_click_is_answered_kindly(self):
        incident = self.incident.with_user(self.leader)
        with self._at(40):
            self.incident.with_user(self.agent).action_release()
            self.assertIs(incident.action_take_over(), True)
        self.assertEqual(self.incident.confirmed_by_id, self.leader)
        self._staff_answers(self.ticket, 41)
        self._run(45)
        for name in ("action_take_over", "action_reopen"):
            answer = getattr(incident, name)()
            self.assertIn("Resolved at", answer["params"]["message"])

    def test_who_has_left_is_not_informed(self):
        self.agent.active = False
        with self._at(40):
            self.incident.with_user(self.leader).action_take_over()
        self.assertFalse(self._told_former())

    def test_cards_and_forms_cost_the_same_for_few_and_for_many(self):
        def cost(count):
            self.env.invalidate_all()
            incidents = self.incidents.with_user(self.leader).search(
                [("state", "=", "confirmed")], limit=count
            )
            before = self.env.cr.sql_log_count
            incidents.mapped("may_take_over")
            return self.env.cr.sql_log_count - before

        tickets = self.env["helpdesk.ticket"].union(
            *(self._new_ticket(0) for _number in range(8))
        )
        self._run(40)
        for incident in tickets.escalation_incident_ids:
            incident._confirm(self.agent, "ticket")
        cost(9)
        self.assertLessEqual(cost(9), cost(2))


class TestStarters(EscalationCommon):
    def test_confirmations_of_the_starter_policies_lapse_after_two_hours(self):
        action = self.policies.with_user(self.manager).action_create_starter_set()
        starters = self.policies.search(action["domain"])
        self.assertTrue(starters)
        self.assertEqual(set(starters.mapped("confirm_expiry")), {120})
        self.assertFalse(self._new_policy("Mine", {"delay": 5}).confirm_expiry)


class TestTakeOverInTheBrowser(TakeOverCommon, PatientHttpCase):
    def test_the_leader_takes_over_on_the_ticket(self):
        self.start_tour(
            f"/odoo/helpdesk.ticket/{self.ticket.id}",
            "helpdesk_escalation_take_over",
            login=self.leader.login,
        )
        self.env.invalidate_all()
        self.assertEqual(self.incident.confirmed_by_id, self.leader)
