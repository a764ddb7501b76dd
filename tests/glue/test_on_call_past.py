"""A trial on the past notifies whoever was on duty then, as far as that is known."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, ValidationError

from ..support.on_call import DAY, HOUR, OnCallCommon
from ..support.past import PastCommon

MINUTE = timedelta(minutes=1)


class TestOnCallPast(PastCommon, OnCallCommon):
    def _waited_at_noon(self, day, minutes=30):
        """Let a client wait from noon of a day of the rota on, 0 for its first one."""
        noon = (self.start + day * DAY + 12 * HOUR - self.t0) // MINUTE
        ticket = self._new_ticket(noon)
        self._staff_answers(ticket, noon + minutes)
        return ticket

    def _trial(self, recipient="on_duty", rotas=None, *steps):
        step = {
            "delay": 10,
            "recipient": recipient,
            "rota_ids": [Command.set((self.rota if rotas is None else rotas).ids)],
        }
        backtests = self.env["helpdesk.escalation.backtest"].with_user(self.manager)
        return backtests.create(
            {
                "team_id": self.team.id,
                "line_ids": [Command.create(one) for one in (step, *steps)],
            }
        )

    def _notified(self, backtest):
        """Who would have been notified, and how often, by each step."""
        users = self.env["res.users"]
        return [
            {
                users.browse(int(key)).name if key.isdigit() else key: count
                for key, count in people.items()
            }
            for people in self._try(backtest)["people"]
        ]

    def test_whoever_was_on_duty_then_whatever_was_edited_since(self):
        for day in (4, 5, 5):
            self._waited_at_noon(day)
        self._set_people(self.layer, self.anna)
        self.assertEqual(self._notified(self._trial()), [{"Ben": 1, "Cleo": 2}])

    def test_who_was_next_on_duty_then(self):
        self._waited_at_noon(4)
        self.assertEqual(self._notified(self._trial("next_on_duty")), [{"Cleo": 1}])

    def test_who_has_left_since_was_there(self):
        self._waited_at_noon(5)
        self.cleo.active = False
        backtest = self._trial()
        self.assertEqual(self._notified(backtest), [{"Cleo": 1}])
        self.assertIn("Cleo (1)", backtest.result_html)

    def test_where_the_log_does_not_reach_nobody_is_made_up(self):
        self._waited_at_noon(-3)
        self._waited_at_noon(5)
        leader = {"delay": 100, "recipient": "team_leader"}
        backtest = self._trial("on_duty", None, leader)
        self.assertEqual(self._notified(backtest), [{"?": 1, "Cleo": 1}, {}])
        self.assertIn("Cleo (1), not known (1)", backtest.result_html)
        first = self.rota._format_moment(self.start)
        self.assertIn(
            f"Who was on duty in First line is known from {first} on.",
            backtest.result_html,
        )

    def test_nothing_is_said_of_a_log_that_reaches_far_enough(self):
        self._waited_at_noon(5)
        backtest = self._trial()
        backtest.days = 4
        self._try(backtest)
        self.assertNotIn("is known from", backtest.result_html)

    def test_where_nobody_was_on_duty_the_step_passed_on(self):
        with freeze_time(self.start):
            rota = self._new_rota("With a pause", self.anna, None)
        self._waited_at_noon(5)
        leader = {"delay": 100, "recipient": "team_leader"}
        self.assertEqual(
            self._notified(self._trial("on_duty", rota, leader)),
            [{"": 1}, {self.leader.name: 1}],
        )

    def test_several_rotas_notify_nobody_twice(self):
        with freeze_time(self.start):
            same = self._new_rota("Same", self.anna, self.ben, self.cleo)
            other = self._new_rota("Other", self.leader)
        self._waited_at_noon(5)
        rotas = self.rota + same + other
        self.assertEqual(
            self._notified(self._trial("on_duty", rotas)),
            [{"Cleo": 1, self.leader.name: 1}],
        )

    def test_a_policy_is_tried_with_its_own_rotas(self):
        self._waited_at_noon(5)
        self.policy.step_ids.sorted()[0].write(
            {"recipient": "on_duty", "rota_ids": [Command.set(self.rota.ids)]}
        )
        backtest = self._backtest(team_id=self.team.id)
        self.assertEqual(self._notified(backtest)[0], {"Cleo": 1})

    def test_everybody_of_the_rota(self):
        self._waited_at_noon(5)
        self.assertEqual(
            self._notified(self._trial("rota")), [{"Anna": 1, "Ben": 1, "Cleo": 1}]
        )

    def test_bad_input(self):
        with self.assertRaisesRegex(ValidationError, "needs a rota"):
            self._trial("on_duty", self.rota.browse())
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._new_user(
            "esc_stranger",
            "base.group_user",
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        foreign = self._new_rota("Foreign", stranger, company_id=elsewhere.id)
        with self.assertRaises(AccessError):
            self._trial("on_duty", foreign)

    def test_reading_the_log_costs_no_query_more_for_a_wait(self):
        costs = []
        for days in ((5,), (3, 4, 5)):
            for day in days * 5:
                self._waited_at_noon(day)
            backtest = self._trial()
            steps = [line._get_step() for line in backtest.line_ids]
            (read,) = backtest._read_people_then(steps, self.start)
            before = self.env.cr.sql_log_count
            for minute in range(0, 5 * 24 * 60, 97):
                read(self.start + minute * MINUTE)
            costs.append(self.env.cr.sql_log_count - before)
        self.assertEqual(costs, [0, 0])
