"""People take, give away and swap shifts; managers change anybody's."""

from datetime import datetime, timedelta
from random import Random

import pytest
from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError

from ..support.common import TEAM
from ..support.on_call import DAY, HOUR, OnCallCommon
from ..support.torture import SEED, scale


class TestChanges(OnCallCommon):
    def setUp(self):
        super().setUp()
        self.today = self.start + 6 * DAY
        self.noon = self.today + 12 * HOUR
        self.clock = freeze_time(self.noon)
        self.clock.start()
        self.addCleanup(self.clock.stop)

    def _sent_to(self, user):
        return (
            self.env["mail.message"]
            .search(
                [
                    ("model", "=", "helpdesk.escalation.rota.change"),
                    ("partner_ids", "in", user.partner_id.ids),
                ],
                order="id",
            )
            .mapped("body")
        )

    def test_take_a_duty_that_is_running(self):
        self._arrange(self.ben, "take", self.today, self.today + DAY, self.anna)
        change = self._changes()
        self.assertEqual(change.start, self.noon, "what was stays")
        self.assertEqual(self._on_duty(self.rota, self.noon), self.ben)
        self.assertEqual(self._on_duty(self.rota, self.noon - HOUR), self.anna)
        (words,) = self._sent_to(self.anna)
        self.assertIn("Ben takes over from Anna. First line", words)
        self.assertFalse(self._sent_to(self.ben), "who does it knows")

    def test_who_is_quicker_gets_it_and_the_other_a_kind_sentence(self):
        day = self.today + DAY
        self._arrange(self.cleo, "take", day, day + DAY, self.ben)
        with self.assertRaisesRegex(UserError, "Cleo is on duty then by now, not Ben"):
            self._arrange(self.anna, "take", day, day + DAY, self.ben)
        self.assertEqual(self._on_duty(self.rota, day), self.cleo)

    def test_give_away_and_the_first_who_accepts_takes_over(self):
        day = self.today + 3 * DAY
        self._arrange(self.anna, "give", day, day + DAY, self.anna)
        change = self._changes()
        self.assertEqual(change.asked_ids, self.ben + self.cleo)
        self.assertEqual(self._on_duty(self.rota, day), self.anna)
        self.assertIn("Anna asks whether you take over", self._sent_to(self.ben)[0])
        change.with_user(self.cleo).action_accept()
        self.assertEqual(self._on_duty(self.rota, day), self.cleo)
        self.assertIn("Cleo takes over", self._sent_to(self.anna)[0])
        with self.assertRaisesRegex(UserError, "Cleo was quicker"):
            change.with_user(self.ben).action_accept()
        with self.assertRaises(AccessError):
            change.with_user(self.agent).action_accept()

    def test_what_nobody_accepts_lapses_and_the_asker_stays(self):
        day = self.today + 3 * DAY
        self._arrange(
            self.anna,
            "give",
            day,
            day + DAY,
            self.anna,
            asked_ids=[Command.set(self.ben.ids)],
        )
        with freeze_time(day + HOUR):
            change = self._changes()
            with self.assertRaisesRegex(UserError, "too late"):
                change.with_user(self.ben).action_accept()
            self.env["helpdesk.escalation.rota"]._cron_log()
            self.assertEqual(change.state, "lapsed")
            self.assertEqual(self._on_duty(self.rota, day + HOUR), self.anna)
            self.assertIn("Anna stays on duty", self._sent_to(self.anna)[0])

    def test_a_swap_is_two_changes_and_half_over_only_the_rest_returns(self):
        mine, theirs = self.today + 3 * DAY, self.today + 4 * DAY
        self._arrange(
            self.anna,
            "swap",
            mine,
            mine + DAY,
            self.anna,
            other_user_id=self.ben.id,
            other_start=theirs,
            other_stop=theirs + DAY,
        )
        given, taken = self._changes()
        self.assertEqual(
            self._week(self.rota, mine, 2), ["Anna", "Ben"], "asked is not done"
        )
        given.with_user(self.ben).action_accept()
        self.assertEqual(self._week(self.rota, mine, 2), ["Ben", "Anna"])
        with freeze_time(mine + 12 * HOUR):
            taken.with_user(self.ben).action_cancel()
            self.assertEqual((given.state, taken.state), ("done", "cancelled"))
            self.assertEqual(self._on_duty(self.rota, mine + 11 * HOUR), self.ben)
            self.assertEqual(self._on_duty(self.rota, mine + 13 * HOUR), self.anna)
            self.assertEqual(self._on_duty(self.rota, theirs + HOUR), self.ben)

    def test_a_manager_changes_anybodys_and_may_leave_nobody(self):
        day = self.today + DAY
        self._arrange(
            self.manager, "manager", day, day + DAY, self.ben, user_id=self.agent.id
        )
        self.assertEqual(self._on_duty(self.rota, day), self.agent)
        self._arrange(self.manager, "manager", day, day + DAY, self.agent)
        self.assertFalse(self._on_duty(self.rota, day))
        with self.assertRaisesRegex(AccessError, "Only helpdesk managers"):
            self._arrange(self.agent, "manager", day, day + DAY, user_id=self.agent.id)

    def test_who_has_no_part_in_the_rota_takes_nothing(self):
        stranger = self._new_user("esc_stranger", TEAM)
        day = self.today + DAY
        with self.assertRaisesRegex(AccessError, "Only the people of this rota"):
            self._arrange(stranger, "take", day, day + DAY, self.ben)
        with self.assertRaisesRegex(AccessError, "your own shifts"):
            self._arrange(self.anna, "give", day, day + DAY, self.ben)
        with self.assertRaisesRegex(AccessError, "Only the people of this rota"):
            self._arrange(
                self.anna,
                "give",
                day + 2 * DAY,
                day + 3 * DAY,
                self.anna,
                asked_ids=[Command.set(stranger.ids)],
            )

    def test_what_cannot_be_is_refused_and_nothing_is_written(self):
        day = self.today + DAY
        for start, stop in (
            (day, day),
            (day + HOUR, day),
            (self.today - DAY, self.today),
            (day, day + 500 * DAY),
        ):
            with self.assertRaises(UserError):
                self._arrange(self.anna, "take", start, stop, self.ben)
        self.assertFalse(self._changes())

    def test_a_change_that_no_longer_fits_says_so(self):
        day = self.today + DAY
        self._arrange(self.cleo, "take", day, day + DAY, self.ben)
        change = self._changes()
        self.assertFalse(change.effect)
        self._set_people(self.layer, self.anna, self.cleo)
        self.assertIn("No longer fits", change.effect)

    def test_what_has_begun_is_ended_never_deleted(self):
        self._arrange(self.ben, "take", self.noon, self.today + DAY, self.anna)
        change = self._changes()
        with freeze_time(self.noon + HOUR):
            with self.assertRaisesRegex(Exception, "What has begun is kept"):
                change.unlink()
            change.with_user(self.ben).action_cancel()
            self.assertEqual((change.state, change.stop), ("done", self.noon + HOUR))
            self.assertEqual(self._on_duty(self.rota, self.noon + HOUR), self.anna)
            with self.assertRaises(AccessError):
                change.with_user(self.cleo).action_cancel()

    def test_who_is_archived_in_the_middle_makes_way(self):
        self._arrange(self.ben, "take", self.noon, self.today + DAY, self.anna)
        with freeze_time(self.noon + HOUR):
            self.ben.action_archive()
            self.assertEqual(self._on_duty(self.rota, self.noon + HOUR), self.anna)
            self.assertEqual(self._on_duty(self.rota, self.noon), self.ben)


class TestShifts(OnCallCommon):
    """The calendar shows what the rule says."""

    def setUp(self):
        super().setUp()
        self.today = self.start + 6 * DAY
        self.clock = freeze_time(self.today + 12 * HOUR)
        self.clock.start()
        self.addCleanup(self.clock.stop)
        self.shifts = self.env["helpdesk.escalation.rota.shift"].with_user(self.ben)

    def _window(self, begin, end, *more):
        return [("start", "<=", end), ("stop", ">=", begin), *more]

    def test_a_window_of_shifts(self):
        found = self.shifts.search(self._window(self.today - DAY, self.today + DAY))
        names = [shift.user_id.name for shift in found]
        self.assertEqual(names, ["Cleo", "Anna", "Ben"])
        self.assertEqual(found[1].start, self.today)
        self.assertEqual(found[1].stop, self.today + DAY)

    def test_an_id_makes_its_row_again(self):
        found = self.shifts.search(self._window(self.today, self.today + DAY))
        self.env.invalidate_all()
        again = self.shifts.browse(found.ids)
        self.assertEqual(again.exists(), again)
        self.assertEqual(again[0].read(["start"]), found[0].read(["start"]))
        self.assertFalse(self.shifts.browse([1, 2**60]).exists())

    def test_a_shift_of_years_is_the_same_from_wherever_one_looks(self):
        with freeze_time(self.today - 900 * DAY):
            alone = self._new_rota("Alone", self.anna)
        found = self.shifts.search(
            [*self._window(self.today, self.today + DAY), ("rota_id", "=", alone.id)]
        )
        self.assertEqual(len(found), 1)
        self.assertGreater(found.stop, self.today + 300 * DAY)
        self.env.invalidate_all()
        self.assertGreater(found.stop, self.today + 300 * DAY)

    def test_groups_filters_and_counts(self):
        domain = self._window(self.today, self.today + 6 * DAY - HOUR)
        self.assertEqual(self.shifts.search_count(domain), 6)
        mine = self.shifts.search([*domain, ("user_id", "=", self.ben.id)])
        self.assertEqual(len(mine), 2)
        groups = dict(self.shifts._read_group(domain, ["user_id"], ["__count"]))
        self.assertEqual(groups, {self.anna: 2, self.ben: 2, self.cleo: 2})
        self.assertTrue(self.shifts.search([("rota_id.name", "ilike", "first")]))
        self.assertEqual(len(self.shifts.search(domain, limit=2)), 2)

    def test_a_shift_that_began_long_ago_is_shown_and_begins_after_the_last_change(
        self,
    ):
        """From wherever one looks: changes from before the window count for it."""
        with freeze_time(self.start):
            rota = self._new_rota("Alone", self.anna)
            change = self.env["helpdesk.escalation.rota.change"].create(
                {
                    "rota_id": rota.id,
                    "start": self.start + 10 * DAY,
                    "stop": self.start + 11 * DAY,
                    "user_id": self.ben.id,
                }
            )
        found = self.shifts.browse()
        for days in (12, 100, 300):
            begin = self.start + days * DAY
            shifts = self.shifts.search(
                [*self._window(begin, begin + 5 * DAY), ("rota_id", "=", rota.id)]
            )
            self.assertEqual(shifts.user_id, self.anna)
            self.assertEqual(shifts.start, change.stop)
            self.env.invalidate_all()
            self.assertEqual(shifts.start, change.stop, "also by its id")
            found |= shifts
        self.assertEqual(len(found), 1)

    def test_gaps_are_red_from_now_on(self):
        self._set_people(self.layer, self.anna)
        tomorrow = self.today + DAY
        self.layer.write({f"{tomorrow:%a}".lower(): False})
        gaps = self.shifts.search(
            self._window(self.today - 9 * DAY, self.today + 14 * DAY)
        ).filtered(lambda shift: shift.kind == "gap")
        self.assertEqual(len(gaps), 2)
        for gap in gaps:
            self.assertEqual(gap.color, 1)
            self.assertEqual(gap.start.weekday(), tomorrow.weekday())
            self.assertIn("Nobody on duty", gap.display_name)

    def test_leave_is_red(self):
        self.ben.write(
            {
                "out_of_office_from": self.today + DAY,
                "out_of_office_to": self.today + 2 * DAY,
            }
        )
        found = self.shifts.search(self._window(self.today, self.today + 5 * DAY))
        away = found.filtered("is_away")
        self.assertEqual(away.start, self.today + DAY)
        self.assertEqual(away.color, 1)

    def test_dragging_opens_the_dialog_and_saves_nothing(self):
        (shift,) = self.shifts.search(
            self._window(self.today + DAY, self.today + 2 * DAY - HOUR)
        ).filtered(lambda one: one.start == self.today + DAY)
        action = shift.with_user(self.manager).action_move(
            str(self.today + DAY + HOUR), str(self.today + 2 * DAY)
        )
        self.assertEqual(action["res_model"], "helpdesk.escalation.rota.arrange")
        self.assertEqual(action["context"]["default_start"], self.today + DAY + HOUR)
        self.assertEqual(action["context"]["default_replaced_id"], self.ben.id)
        moved = shift.with_user(self.manager).action_move(
            str(self.today + 3 * DAY), str(self.today + 4 * DAY)
        )
        self.assertEqual(moved["context"]["default_user_id"], self.ben.id)
        self.assertFalse(moved["context"]["default_replaced_id"])
        self.assertFalse(self._changes())
        past = self.shifts.search(self._window(self.today - DAY, self.today - HOUR))
        with self.assertRaisesRegex(UserError, "is over"):
            past[0].action_move(str(self.today), str(self.today + DAY))
        with self.assertRaisesRegex(UserError, "from when"):
            shift.action_move("soon", False)

    def test_another_company_sees_nothing(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        outsider = self._new_user(
            "esc_out",
            TEAM,
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        found = self.shifts.search(self._window(self.today, self.today + DAY))
        shifts = self.shifts.with_user(outsider)
        self.assertFalse(shifts.search(self._window(self.today, self.today + DAY)))
        with self.assertRaises(AccessError):
            shifts.browse(found.ids).read(["start"])


class TestOneTruth(OnCallCommon):
    """The calendar, the engine and what is logged agree at any moment."""

    @pytest.mark.torture
    def test_all_agree_at_random_moments(self):
        chance = Random(SEED)
        hours = self._new_hours(range(5), 8, 17)
        zones = ("Europe/Paris", "America/Havana", "Australia/Lord_Howe", "UTC")
        people = (self.anna, self.ben, self.cleo, self.agent)
        begin = datetime(2026, 3, 20)
        rotas = self.env["helpdesk.escalation.rota"]
        with freeze_time(begin - 30 * DAY):
            for number in range(6):
                rota = self._new_rota(
                    f"Rota {number}",
                    *chance.choices((*people, None), k=chance.randint(1, 5)),
                    tz=chance.choice(zones),
                    layer={
                        "unit": chance.choice(("hours", "days", "weeks")),
                        "duration": chance.randint(1, 20),
                        "handover": chance.choice((0, 2.5, 9)),
                        "calendar_id": chance.choice((False, hours.id)),
                        "sat": chance.random() < 0.5,
                    },
                )
                rota.write(
                    {
                        "layer_ids": [
                            Command.create(
                                {
                                    "sequence": 20,
                                    "anchor_date": begin.date(),
                                    "turn_ids": [
                                        Command.create({"user_id": one.id})
                                        for one in people[:2]
                                    ],
                                }
                            )
                        ]
                    }
                )
                rotas += rota
        self.env["helpdesk.escalation.rota.change"].create(
            [
                {
                    "rota_id": chance.choice(rotas).id,
                    "start": (start := begin + chance.randrange(5000) * HOUR),
                    "stop": start + chance.randint(1, 300) * HOUR,
                    "user_id": chance.choice((*people, self.director)).id,
                    "replaced_id": chance.choice((*people, self.env.user.browse())).id,
                }
                for _ in range(20)
            ]
        )
        shifts = self.env["helpdesk.escalation.rota.shift"]
        checked = 0
        days = scale(8, 100)
        for _ in range(days):
            rota = chance.choice(rotas)
            day = begin + chance.randrange(240) * DAY
            with freeze_time(day):
                self.env.invalidate_all()
                rows = shifts.search(
                    [
                        ("rota_id", "=", rota.id),
                        ("start", "<=", day + 10 * DAY),
                        ("stop", ">=", day),
                        ("kind", "=", "shift"),
                    ]
                )
                spans = [(one.start, one.stop, one.user_id) for one in rows]
            for _ in range(40):
                moment = day + timedelta(minutes=chance.randrange(10 * 24 * 60))
                (shown,) = [
                    user for start, stop, user in spans if start <= moment < stop
                ] or [self.env["res.users"]]
                if checked % 8 == 0:
                    with freeze_time(moment):
                        self.env.invalidate_all()
                        self.assertEqual(rota.current_user_id, shown)
                        meant = rota._read_duty_orders(moment)[rota][0]
                        self.assertEqual(meant, shown)
                self.assertEqual(self._on_duty(rota, moment), shown)
                checked += 1
        self.assertEqual(checked, 40 * days)
        end = begin + 250 * DAY
        with freeze_time(end):
            before = [
                self._on_duty(rota, begin + n * 97 * HOUR)
                for rota in rotas
                for n in range(50)
            ]
            rotas._cron_log()
            after = [
                self._on_duty(rota, begin + n * 97 * HOUR)
                for rota in rotas
                for n in range(50)
            ]
        self.assertEqual(after, before, "the log says the same")
