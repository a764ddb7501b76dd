"""What runs for every incident and every rota costs no query more for each."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command

from ..support.growth import GrowthCommon
from ..support.on_call import DAY


class TestOnCallGrowth(GrowthCommon):
    def _new_rotas(self, count, people, hours=12):
        """Make rotas whose duty changes hands so many hours from now, and daily."""
        changes = self.t0 + timedelta(hours=hours)
        with freeze_time(self.t0 - 3 * DAY):
            return self.env["helpdesk.escalation.rota"].create(
                [
                    {
                        "name": f"Rota {number}",
                        "tz": "UTC",
                        "layer_ids": [
                            Command.create(
                                {
                                    "unit": "days",
                                    "handover": changes.hour + changes.minute / 60,
                                    "anchor_date": "2026-01-05",
                                    "turn_ids": [
                                        Command.create(
                                            {"sequence": n, "user_id": user.id}
                                        )
                                        for n, user in enumerate(people)
                                    ],
                                }
                            )
                        ],
                    }
                    for number in range(count)
                ]
            )

    def _duty_policy(self, name, rotas, **step):
        return self._new_policy(
            name,
            {
                "delay": 10,
                "recipient": "on_duty",
                "rota_ids": [Command.set(rotas.ids)],
                "channel": "activity",
                **step,
            },
        )

    def test_the_calendar_and_who_is_on_duty(self):
        people = self.agent + self.leader + self.director
        some = self._new_rotas(10, people)
        shifts = self.env["helpdesk.escalation.rota.shift"]

        def read_shifts(rotas):
            shifts.search_read([("rota_id", "in", rotas.ids)], ["start", "user_id"])

        def read_current(rotas):
            rotas.mapped("current_user_id")

        for work in read_shifts, read_current:
            work(some)
        costs = [
            self._count_queries(work, some) for work in (read_shifts, read_current)
        ]
        more = some + self._new_rotas(30, people)
        for work, before in zip((read_shifts, read_current), costs, strict=True):
            with self.subTest(work.__name__):
                self.assertEqual(self._count_queries(work, more), before)

    def test_a_run_costs_no_query_more_for_a_rota_or_its_people(self):
        few, many = self.agent + self.leader, self.env["res.users"]
        for number in range(20):
            many += self._new_user(f"esc_many_{number}", "base.group_user")
        costs = []
        # The first run reads what is read once.
        self._run(90)
        for count, people in ((5, few), (20, many)):
            rotas = self._new_rotas(count, people)
            for number, rota in enumerate(rotas):
                self._duty_policy(f"Duty {count} {number}", rota)
            costs.append(self._count_queries(self._run_idle, len(costs)))
        self.assertEqual(costs[0], costs[1])

    def test_a_change_of_duty(self):
        people = self.agent + self.leader
        costs = []
        for count in (3, 10, 40):
            policy = self._duty_policy(f"{count}", self._new_rotas(1, people, hours=1))
            tickets = self._new_tickets(count, policy)
            self._run(10)
            costs.append(self._count_queries(self._run, 61))
            told = tickets.escalation_incident_ids.notification_ids
            self.assertEqual(len(told), 2 * count, "the one before, and the one after")
            tickets.active = False
            self._run(70)
        _first, few, many = costs
        self.assertLessEqual(many, few)

    def _run_idle(self, number):
        self._run(100 + number)

    def test_incidents_of_one_run(self):
        rota = self._new_rotas(1, self.agent + self.leader)
        policy = self._duty_policy("Duty", rota)
        in_turn = self._new_policy(
            "In turn",
            {"delay": 10, "recipient": "team_in_turn", "channel": "activity"},
        )
        for its_policy in (policy, in_turn):
            costs = {}
            # The first is for what is read once.
            for minute, count in ((0, 3), (20, 10), (40, 40)):
                self._new_tickets(count, its_policy, minute)
                costs[count] = self._count_queries(self._run, minute + 10)
            plain = {}
            for minute, count in ((60, 10), (80, 40)):
                self._new_tickets(count, self.in_app, minute)
                plain[count] = self._count_queries(self._run, minute + 10)
            with self.subTest(its_policy.name):
                each = (costs[40] - costs[10]) / 30
                self.assertLessEqual(each, (plain[40] - plain[10]) / 30 + 0.1)
            self.t0 += timedelta(minutes=100)
