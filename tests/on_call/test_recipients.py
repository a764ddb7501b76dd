"""R7: a step notifies who is on duty, or next, or all, or one of the team in turn."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import ValidationError

from ..support.on_call import DAY, HOUR, OnCallCommon


class TestRecipients(OnCallCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # At minute 0 some hours of the day may have passed.
        cls.today = cls.start + 6 * DAY

    def _duty_policy(self, *rotas, recipient="on_duty", **values):
        rotas = self.rota.union(*rotas) if rotas else self.rota
        steps = [
            {
                "delay": 10,
                "recipient": recipient,
                "rota_ids": [Command.set(rotas.ids)],
                "channel": "activity",
            },
            {"delay": 500, "recipient": "team_leader", "channel": "activity"},
        ]
        if recipient == "team_in_turn":
            steps[0].pop("rota_ids")
        policy = self._new_policy("Duty", *steps, **values)
        self._set_policy(self.team, policy)
        return policy

    def _people_at(self, minute):
        """Who is on duty at a minute after t0, and who are next."""
        with self._at(minute):
            ((now, then),) = self.rota._read_duty_orders(
                self.t0 + timedelta(minutes=minute)
            ).values()
        return [*now, *then]

    def test_whoever_is_on_duty_is_notified(self):
        self._duty_policy()
        ticket = self._new_ticket(0)
        self._run(10)
        self.assertEqual(self._told(ticket), [(self._people_at(10)[0], "activity")])

    def test_whoever_is_next_on_duty(self):
        self._duty_policy(recipient="next_on_duty")
        ticket = self._new_ticket(0)
        self._run(10)
        self.assertEqual(self._told(ticket), [(self._people_at(10)[1], "activity")])

    def test_the_health_knows_whom_a_step_may_notify(self):
        health = self.env["helpdesk.escalation.health"]
        for recipient, people in [
            ("on_duty", self.rota._get_people()),
            ("next_on_duty", self.rota._get_people()),
            ("rota", self.rota._get_people()),
            ("team_in_turn", self.team.user_ids),
        ]:
            with self.subTest(recipient):
                step = self._duty_policy(recipient=recipient).step_ids[:1]
                self.assertTrue(people)
                self.assertEqual(health._get_possible_people(step), people)

    def test_everybody_of_the_rota_each_once(self):
        other = self._new_rota("Second line", self.anna, self.agent)
        self._duty_policy(other, recipient="rota")
        ticket = self._new_ticket(0)
        self._run(10)
        told = [user for user, _channel in self._told(ticket)]
        self.assertEqual(set(told), {self.anna, self.ben, self.cleo, self.agent})
        self.assertEqual(len(told), 4)

    def test_two_rotas_with_the_same_person_notify_them_once(self):
        first = self._people_at(10)[0]
        other = self._new_rota("Second line", first)
        self._duty_policy(other)
        ticket = self._new_ticket(0)
        self._run(10)
        self.assertEqual(self._told(ticket), [(first, "activity")])

    def test_nobody_on_duty_passes_on_at_once_and_says_so(self):
        self._duty_policy()
        self.rota.layer_ids.unlink()
        ticket = self._new_ticket(0)
        self._run(10)
        self.assertEqual(self._told(ticket), [(self.leader, "activity")])
        self.assertIn("Nobody is on duty.", self._notes(ticket)[0])

    def test_who_is_away_is_followed_by_the_next_who_is_there(self):
        self._duty_policy(skip_on_leave=True)
        first, second, third = self._people_at(10)
        for user in (first, second):
            user.out_of_office_from = self.t0 - DAY
        ticket = self._new_ticket(0)
        self._run(10)
        self.assertEqual(self._told(ticket), [(third, "activity")])
        skipped = self._incident(ticket).notification_ids.filtered(
            lambda line: line.state == "skipped"
        )
        self.assertEqual(skipped.user_id, first + second)
        self.assertEqual(set(skipped.mapped("reason")), {"Away."})

    def test_the_substitute_comes_before_the_next_in_turn(self):
        self._duty_policy(skip_on_leave=True)
        first = self._people_at(10)[0]
        first.write(
            {
                "out_of_office_from": self.t0 - DAY,
                "escalation_substitute_id": self.director.id,
            }
        )
        ticket = self._new_ticket(0)
        self._run(10)
        self.assertEqual(self._told(ticket), [(self.director, "activity")])

    def test_one_of_the_team_in_turn(self):
        self.team.user_ids = self.anna + self.ben + self.cleo
        self._duty_policy(recipient="team_in_turn")
        tickets = [self._new_ticket(0) for _ in range(4)]
        self._run(10)
        told = [user for ticket in tickets for user, _channel in self._told(ticket)]
        self.assertEqual(set(told[:3]), {self.anna, self.ben, self.cleo})
        self.assertEqual(told[3], told[0])
        # A newcomer counts from joining.
        self.team.user_ids += self.agent
        more = [self._new_ticket(20) for _ in range(4)]
        self._run(30)
        told_next = [user for one in more for user, _channel in self._told(one)]
        self.assertEqual(told_next, [told[1], told[2], told[0], self.agent])

    def test_who_is_away_is_left_out_of_the_turn(self):
        self.team.user_ids = self.anna + self.ben
        self.anna.out_of_office_from = self.t0 - DAY
        self._duty_policy(recipient="team_in_turn", skip_on_leave=True)
        tickets = [self._new_ticket(0) for _ in range(2)]
        self._run(10)
        for ticket in tickets:
            self.assertEqual(self._told(ticket), [(self.ben, "activity")])

    def test_a_dry_run_shows_who_is_on_duty_then(self):
        policy = self._duty_policy()
        policy.step_ids[0].delay = 24 * 60
        ticket = self._new_ticket(0)
        engine = self.env["helpdesk.escalation.engine"]
        anchor = self.t0 + timedelta(minutes=1)
        moments = engine.sudo()._preview(policy, ticket, anchor)
        told = [
            value["user_id"]
            for moment in moments
            for firing in moment.firings
            for value in firing.values
        ]
        self.assertIn(self._people_at(24 * 60 + 1)[0].id, told)
        self.assertNotIn(self._people_at(1)[0].id, told)

    def test_a_step_needs_a_rota_of_its_company(self):
        with self.assertRaisesRegex(ValidationError, "needs a rota"):
            self._new_policy("Empty", {"delay": 1, "recipient": "on_duty"})
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.rota.company_id  # noqa: B018
        with self.assertRaisesRegex(ValidationError, "is of "):
            self._new_policy(
                "Foreign",
                {
                    "delay": 1,
                    "recipient": "on_duty",
                    "rota_ids": [Command.set(self.rota.ids)],
                },
                company_id=elsewhere.id,
            )


class TestDutyChangesHands(OnCallCommon):
    """R6: who comes on duty is notified of what is open, who goes is relieved."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls._new_policy(
            "Duty",
            {
                "delay": 10,
                "recipient": "on_duty",
                "rota_ids": [Command.set(cls.rota.ids)],
                "channel": "activity",
            },
        )
        cls._set_policy(cls.team, cls.policy)
        # Duty changes hands an hour after minute 0.
        handover = cls.t0 + HOUR
        with freeze_time(cls.t0 - 3 * DAY):
            cls.layer.write(
                {"handover": handover.hour + (handover.minute // 5 * 5) / 60}
            )
        cls.env.flush_all()

    def _on_duty_at(self, minute):
        return self._on_duty(self.rota, self.t0 + timedelta(minutes=minute))

    def _activities(self, ticket):
        return self.env["mail.activity"].search(
            [("res_model", "=", "helpdesk.ticket"), ("res_id", "=", ticket.id)]
        )

    def test_who_comes_on_duty_is_notified_once_and_who_goes_is_relieved(self):
        ticket = self._new_ticket(0)
        self._run(10)
        before, after = self._on_duty_at(10), self._on_duty_at(90)
        self.assertNotEqual(before, after)
        self.assertEqual(self._told(ticket), [(before, "activity")])
        self._run(90)
        self.assertEqual(
            self._told(ticket), [(before, "activity"), (after, "activity")]
        )
        self.assertEqual(self._activities(ticket).user_id, after)
        self._run(100)
        self.assertEqual(len(self._told(ticket)), 2)
        self.assertIn("Duty has changed hands", self._notes(ticket)[-1])

    def test_a_shift_that_is_taken_counts_too(self):
        ticket = self._new_ticket(0)
        self._run(10)
        before = self._on_duty_at(10)
        taker = (self.anna + self.ben + self.cleo - before)[0]
        with self._at(15):
            self._arrange(
                taker, "take", self.t0, self.t0 + timedelta(minutes=30), before
            )
        self._run(20)
        self.assertEqual(self._activities(ticket).user_id, taker)

    def test_who_confirmed_keeps_it(self):
        ticket = self._new_ticket(0)
        self._run(10)
        before = self._on_duty_at(10)
        incident = self._incident(ticket)
        incident.with_user(before).action_confirm()
        self._run(90)
        self.assertEqual(len(self._told(ticket)), 1)
        self.assertEqual(incident.confirmed_by_id, before)

    def test_who_goes_may_keep_the_activities(self):
        self.rota.keep_activities = True
        ticket = self._new_ticket(0)
        self._run(10)
        self._run(90)
        self.assertEqual(len(self._activities(ticket)), 2)

    def test_where_nobody_comes_on_duty_who_was_keeps_it(self):
        ticket = self._new_ticket(0)
        self._run(10)
        before = self._on_duty_at(10)
        with self._at(20):
            self.rota.layer_ids.unlink()
        self._run(90)
        self.assertEqual(self._activities(ticket).user_id, before)

    def test_who_comes_but_is_away_is_followed_and_it_is_not_repeated(self):
        self.policy.skip_on_leave = True
        ticket = self._new_ticket(0)
        self._run(10)
        after = self._on_duty_at(90)
        after.out_of_office_from = self.t0 - DAY
        self._run(90)
        told = self._told(ticket)
        self.assertEqual(len(told), 2)
        self._run(100)
        self.assertEqual(self._told(ticket), told)
