"""Who is on duty: the situations that the rule was written for, with their results."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from odoo.tests import BaseCase

from odoo.addons.helpdesk_escalation.tools.working_time import WorkingTime
from odoo.addons.helpdesk_escalation_on_call.tools import duty
from odoo.addons.helpdesk_escalation_on_call.tools.wall_clock import at

from ..support.torture import SEED

A, B, C, D, X, Y = 1, 2, 3, 4, 8, 9
NAMES = {A: "A", B: "B", C: "C", D: "D", X: "X", Y: "Y", None: "nobody"}
PARIS = "Europe/Paris"
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def when(text):
    """A moment, naive UTC, such as "2026-03-30 06:59"."""
    return datetime.fromisoformat(text)


def layer(anchor, length, turns=(A, B, C), zone=PARIS, number=1, **values):
    return duty.Layer(
        number, when(anchor), length, tuple(turns), ZoneInfo(zone), **values
    )


def rota(*layers, **values):
    return duty.Rota(1, layers, **values)


WEEKLY = layer("2026-01-05 09:00", WEEK)


def change(number, begin, end, user, replaced=None):
    return duty.Change(number, when(begin), when(end), user, replaced)


def office_hours(begin, end):
    """Worked from Monday to Friday, 8 to 17 o'clock UTC."""
    day, intervals = begin, []
    while day < end:
        if day.weekday() < 5:
            intervals.append((day + 8 * HOUR, day + 17 * HOUR))
        day += DAY
    return intervals


def whole_days(begin, end):
    """Days end a microsecond before midnight, as Odoo writes them."""
    return [(begin, end - timedelta.resolution)] if begin < end else []


class TestSituations(BaseCase):
    test_tags = {"standard", "at_install"}

    def on(self, the_rota, text):
        return NAMES[duty.get_piece(the_rota, when(text)).user]

    def length(self, the_rota, text):
        piece = duty.get_piece(the_rota, when(text))
        return (piece.end - piece.begin) / HOUR

    def test_01_summer_time_begins_and_the_handover_stays_at_nine(self):
        self.assertEqual(self.on(rota(WEEKLY), "2026-03-30 06:59"), "C")
        self.assertEqual(self.on(rota(WEEKLY), "2026-03-30 07:00"), "A")

    def test_02_summer_time_ends_and_the_handover_stays_at_nine(self):
        self.assertEqual(self.on(rota(WEEKLY), "2026-10-26 07:59"), "C")
        self.assertEqual(self.on(rota(WEEKLY), "2026-10-26 08:00"), "A")

    def test_03_a_handover_that_is_skipped_is_when_the_clock_goes_on(self):
        daily = rota(layer("2026-03-27 02:30", DAY))
        self.assertEqual(self.on(daily, "2026-03-29 00:59"), "B")
        self.assertEqual(self.on(daily, "2026-03-29 01:00"), "C")

    def test_04_on_the_day_after_it_is_at_its_time_again(self):
        daily = rota(layer("2026-03-27 02:30", DAY))
        self.assertEqual(self.on(daily, "2026-03-30 00:29"), "C")
        self.assertEqual(self.on(daily, "2026-03-30 00:30"), "A")

    def test_05_a_handover_that_comes_twice_is_at_the_first(self):
        daily = rota(layer("2026-10-23 02:30", DAY))
        self.assertEqual(self.on(daily, "2026-10-25 00:29"), "B")
        self.assertEqual(self.on(daily, "2026-10-25 00:30"), "C")
        self.assertEqual(self.on(daily, "2026-10-25 01:30"), "C")

    def test_06_an_hour_that_does_not_exist_is_nobodys(self):
        hourly = rota(layer("2026-03-29 00:00", HOUR))
        self.assertEqual(self.on(hourly, "2026-03-29 00:59"), "B")
        self.assertEqual(self.on(hourly, "2026-03-29 01:00"), "A")

    def test_07_an_hour_that_comes_twice_is_one_of_two_hours(self):
        hourly = rota(layer("2026-10-25 00:00", HOUR))
        self.assertEqual(self.on(hourly, "2026-10-25 00:30"), "C")
        self.assertEqual(self.on(hourly, "2026-10-25 01:30"), "C")
        self.assertEqual(self.length(hourly, "2026-10-25 01:30"), 2)

    def test_08_nights_of_eleven_and_thirteen_hours(self):
        for day, hours in (("2026-03-28", 11), ("2026-10-24", 13)):
            halves = rota(layer(f"{day} 08:00", 12 * HOUR))
            self.assertEqual(self.length(halves, f"{day} 22:00"), hours)

    def test_09_thirty_six_hours_of_the_wall_clock(self):
        long = rota(layer("2026-10-24 08:00", 36 * HOUR))
        shifts = duty.get_shifts(long, when("2026-10-24 07:00"), when("2026-10-28"))
        lengths = [(one.end - one.begin) / HOUR for one in shifts if one.user]
        self.assertEqual(lengths[:3], [37, 36, 36])

    def test_10_to_13_clocks_around_the_world(self):
        for zone, anchor, begin, hours in (
            ("America/Santiago", "2026-09-06 00:00", "2026-09-06 04:00", 23),
            ("America/Havana", "2026-11-01 00:00", "2026-11-01 04:00", 25),
            ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:30", None),
            ("Pacific/Apia", "2011-12-30 09:00", "2011-12-30 10:00", 9),
        ):
            with self.subTest(zone):
                daily = rota(layer(anchor, DAY, zone=zone))
                piece = duty.get_piece(daily, when(begin))
                self.assertEqual((piece.user, piece.begin), (A, when(begin)))
                if hours:
                    self.assertEqual((piece.end - piece.begin) / HOUR, hours)

    def test_14_before_its_start_a_layer_lets_the_next_one_through(self):
        below = layer("2026-01-01 09:00", WEEK, [D], number=2)
        both = rota(WEEKLY, below)
        self.assertEqual(self.on(both, "2026-01-05 07:59"), "D")
        self.assertEqual(self.on(both, "2026-01-05 08:00"), "A")

    def test_15_exactly_at_the_handover_it_is_the_incoming_one(self):
        self.assertEqual(self.on(rota(WEEKLY), "2026-01-12 08:00"), "B")

    def test_16_without_people_nobody_is_on_duty(self):
        for turns in ((), (None, None)):
            empty = rota(layer("2026-01-05 09:00", WEEK, turns))
            self.assertEqual(self.on(empty, "2026-01-06 09:00"), "nobody")
            self.assertIsNone(duty.next_on_duty(empty, when("2026-01-06")))
            self.assertEqual(duty.get_handovers(empty, when("2026-01-06"), 5), [])

    def test_17_one_person_has_one_span_and_no_handover(self):
        alone = rota(layer("2026-01-05 09:00", DAY, [A]))
        (shift,) = duty.get_shifts(alone, when("2026-01-08"), when("2026-02-08"))
        self.assertEqual((shift.user, shift.begin), (A, when("2026-01-05 08:00")))
        self.assertEqual(duty.get_handovers(alone, when("2026-01-08"), 5), [])

    def test_18_twice_in_a_row_is_one_span_of_two(self):
        daily = rota(layer("2026-01-05 09:00", DAY, [A, A, B]))
        shift = duty.on_duty(daily, when("2026-01-06 12:00"))
        self.assertEqual(shift.user, A)
        self.assertEqual(shift.begin, when("2026-01-05 08:00"))
        self.assertEqual(shift.end, when("2026-01-07 08:00"))

    def test_19_a_pause_lets_the_next_layer_through(self):
        below = layer("2026-01-01 09:00", WEEK, [D], number=2)
        daily = rota(layer("2026-01-05 09:00", DAY, [A, None, B]), below)
        days = [self.on(daily, f"2026-01-0{day} 09:00") for day in (5, 6, 7)]
        self.assertEqual(days, ["A", "D", "B"])

    def test_20_to_22_who_is_on_duty_stays_when_the_order_is_edited(self):
        for turns, place, new, expected in (
            ((A, B, C), 1, (A, D, B, C), B),
            ((A, B, C), 1, (B, C), B),
            ((A, B, C), 1, (A, C), C),
            ((A, B, C), 2, (A, B), A),
            ((A, A, B), 1, (D, A, A, B), A),
            ((A, B), 0, (C, D), C),
        ):
            with self.subTest(turns=turns, new=new):
                self.assertEqual(new[duty.keep_place(turns, place, new)], expected)
        # The second of two places stays the second.
        self.assertEqual(duty.keep_place((A, A, B), 1, (D, A, A, B)), 2)

    def test_23_a_version_from_next_month_leaves_today_alone(self):
        month = when("2026-02-01 00:00")
        later = layer("2026-01-05 09:00", WEEK, [D], number=2, begin=month)
        both = rota(WEEKLY._replace(end=month), later)
        self.assertEqual(self.on(both, "2026-01-31 23:59"), "A")
        self.assertEqual(self.on(both, "2026-02-01 00:00"), "D")

    def test_27_free_days_use_up_no_turn(self):
        seven = tuple(range(1, 8))
        working_days = rota(
            layer("2026-01-05 09:00", DAY, seven, days=frozenset(range(5)))
        )
        served = [
            duty.get_piece(working_days, when("2026-01-05 12:00") + n * DAY).user
            for n in range(9)
        ]
        self.assertEqual(served, [1, 2, 3, 4, 5, None, None, 6, 7])

    def test_27b_weeks_of_working_days_turn_with_the_week(self):
        weeks = rota(
            layer("2026-01-05 09:00", 5 * DAY, [A, B], days=frozenset(range(5)))
        )
        for day, name in ((9, "A"), (10, "nobody"), (12, "B"), (19, "A")):
            self.assertEqual(self.on(weeks, f"2026-01-{day:02} 12:00"), name)

    def test_28_no_gap_where_day_and_night_meet(self):
        hours = WorkingTime(supply=office_hours)
        day = layer("2026-01-05 00:00", WEEK, [A], hours=hours)
        night = layer("2026-01-05 00:00", WEEK, [B], number=2)
        both = rota(day, night)
        self.assertEqual(self.on(both, "2026-01-07 07:59"), "B")
        self.assertEqual(self.on(both, "2026-01-07 08:00"), "A")
        self.assertEqual(self.on(both, "2026-01-07 17:00"), "B")
        self.assertEqual(
            duty.get_gaps(both, when("2026-01-07"), when("2026-02-07")), []
        )

    def test_28b_days_that_end_a_microsecond_early_leave_no_gap(self):
        always = WorkingTime(supply=whole_days)
        lone = rota(layer("2026-01-05 00:00", WEEK, [A], hours=always))
        self.assertEqual(
            duty.get_gaps(lone, when("2026-01-07"), when("2026-03-07")), []
        )

    def test_29_outside_the_hours_is_the_rest(self):
        hours = WorkingTime(supply=office_hours)
        night = rota(layer("2026-01-05 00:00", WEEK, [B], hours=hours, outside=True))
        self.assertEqual(self.on(night, "2026-01-07 12:00"), "nobody")
        self.assertEqual(self.on(night, "2026-01-10 12:00"), "B")

    def test_30_where_the_upper_layer_ends_the_lower_has_its_own_turn(self):
        upper = layer("2026-01-05 09:00", DAY, [D], end=when("2026-01-07 08:00"))
        both = rota(upper, layer("2026-01-05 09:00", DAY, [A, B, C], number=2))
        self.assertEqual(self.on(both, "2026-01-07 07:59"), "D")
        self.assertEqual(self.on(both, "2026-01-07 08:00"), "C")

    def test_31_part_of_a_shift(self):
        # A has all day.
        part = change(1, "2026-01-06 10:00", "2026-01-06 12:00", X, A)
        all_day = rota(layer("2026-01-05 09:00", WEEK, [A]), changes=(part,))
        shifts = duty.get_shifts(all_day, when("2026-01-06"), when("2026-01-07"))
        self.assertEqual([one.user for one in shifts], [A, X, A])

    def test_32_who_covers_for_a_does_not_cover_for_who_covers_already(self):
        changes = (
            change(1, "2026-01-06 10:00", "2026-01-06 14:00", X, A),
            change(2, "2026-01-06 12:00", "2026-01-06 16:00", Y, A),
        )
        all_day = rota(layer("2026-01-05 09:00", WEEK, [A]), changes=changes)
        self.assertEqual(self.on(all_day, "2026-01-06 13:59"), "X")
        self.assertEqual(self.on(all_day, "2026-01-06 14:00"), "Y")
        self.assertEqual(self.on(all_day, "2026-01-06 16:00"), "A")

    def test_33_who_takes_it_from_anybody_does(self):
        changes = (
            change(1, "2026-01-06 10:00", "2026-01-06 14:00", X, A),
            change(2, "2026-01-06 12:00", "2026-01-06 16:00", Y),
        )
        all_day = rota(layer("2026-01-05 09:00", WEEK, [A]), changes=changes)
        self.assertEqual(self.on(all_day, "2026-01-06 11:59"), "X")
        self.assertEqual(self.on(all_day, "2026-01-06 12:00"), "Y")

    def test_34_what_was_passed_on_goes_back_with_the_first(self):
        second = change(2, "2026-01-06 12:00", "2026-01-06 16:00", Y, B)
        all_day = rota(layer("2026-01-05 09:00", WEEK, [A]), changes=(second,))
        self.assertEqual(self.on(all_day, "2026-01-06 13:00"), "A")
        self.assertFalse(duty.has_effect(all_day, second))
        first = change(1, "2026-01-06 10:00", "2026-01-06 18:00", B, A)
        both = all_day._replace(changes=(first, second))
        self.assertTrue(duty.has_effect(both, second))
        self.assertEqual(self.on(both, "2026-01-06 13:00"), "Y")

    def test_35_covering_somebody_for_two_weeks_fills_no_gap(self):
        cover = change(1, "2026-01-05 00:00", "2026-01-19 00:00", X, A)
        daily = rota(layer("2026-01-05 09:00", DAY, [A, None]), changes=(cover,))
        days = [self.on(daily, f"2026-01-0{day} 12:00") for day in (5, 6, 7)]
        self.assertEqual(days, ["X", "nobody", "X"])

    def test_40_a_change_under_which_the_rule_was_moved_no_longer_fits(self):
        cover = change(1, "2026-01-12 08:00", "2026-01-19 08:00", X, B)
        moved = rota(WEEKLY._replace(turns=(B, A, C)), changes=(cover,))
        self.assertFalse(duty.has_effect(moved, cover))

    def test_41_who_was_archived_is_on_duty_no_more(self):
        cover = change(1, "2026-01-05 08:00", "2026-01-12 08:00", X, A)
        below = layer("2026-01-01 09:00", WEEK, [D], number=2)
        both = rota(WEEKLY, below, changes=(cover,))
        self.assertEqual(self.on(both, "2026-01-06 09:00"), "X")
        without_x = both._replace(gone=frozenset([X]))
        self.assertEqual(self.on(without_x, "2026-01-06 09:00"), "A")
        without_a = both._replace(gone=frozenset([A]))
        self.assertEqual(self.on(without_a, "2026-01-06 09:00"), "D")

    def test_44_a_promise_of_office_hours_has_no_gap_at_night(self):
        hours = WorkingTime(supply=office_hours)
        nobody = rota(layer("2026-01-05 09:00", DAY, ()), promise=hours)
        gaps = duty.get_gaps(nobody, when("2026-01-09 12:00"), when("2026-01-13"))
        self.assertEqual(
            gaps,
            [
                (when("2026-01-09 12:00"), when("2026-01-09 17:00")),
                (when("2026-01-12 08:00"), when("2026-01-12 17:00")),
            ],
        )

    def test_next_is_another_person_of_the_final_schedule(self):
        cover = change(1, "2026-01-12 08:00", "2026-01-19 08:00", A, B)
        covered = rota(WEEKLY, changes=(cover,))
        coming = duty.next_on_duty(covered, when("2026-01-06"))
        self.assertEqual((coming.user, coming.begin), (C, when("2026-01-19 08:00")))

    def test_the_next_five_handovers(self):
        spans = duty.get_handovers(rota(WEEKLY), when("2026-01-06"), 5)
        self.assertEqual([span.user for span in spans], [B, C, A, B, C])
        self.assertEqual(spans[0].begin, when("2026-01-12 08:00"))

    def test_the_past_is_read_from_the_log(self):
        logged = rota(
            WEEKLY,
            logged_until=when("2026-01-07"),
            log=(duty.Span(when("2026-01-05 08:00"), when("2026-01-07"), D, 1),),
        )
        self.assertEqual(self.on(logged, "2026-01-05 07:00"), "nobody")
        self.assertEqual(self.on(logged, "2026-01-06 23:59"), "D")
        self.assertEqual(self.on(logged, "2026-01-07 00:00"), "A")

    def test_imported_duty(self):
        spans = (
            (when("2026-01-05 08:00"), when("2026-01-05 12:00"), A),
            (when("2026-01-05 11:00"), when("2026-01-05 14:00"), B),
        )
        imported = rota(layer("2026-01-05 00:00", DAY, spans=spans))
        expected = ((7, "nobody"), (8, "A"), (11, "B"), (13, "B"), (14, "nobody"))
        for hour, name in expected:
            self.assertEqual(self.on(imported, f"2026-01-05 {hour:02}:00"), name)


class TestByTheMinute(BaseCase):
    """What pieces say is what a plain count by the minute says."""

    test_tags = {"standard", "at_install"}

    def test_at_is_the_first_minute_of_the_day_at_which_it_is_so_late(self):
        chance = Random(SEED)
        for zone, day in (
            (PARIS, "2026-03-29"),
            (PARIS, "2026-10-25"),
            ("Australia/Lord_Howe", "2026-10-04"),
            ("Australia/Lord_Howe", "2026-04-05"),
            ("America/Havana", "2026-11-01"),
            ("America/Santiago", "2026-09-06"),
        ):
            place, day = ZoneInfo(zone), when(day)
            for _ in range(10):
                minute = chance.randrange(24 * 60)
                local = day + timedelta(minutes=minute)
                moment = day - 15 * HOUR
                while True:
                    shown = moment.replace(tzinfo=UTC).astimezone(place)
                    if shown.date() == day.date() and shown.time() >= local.time():
                        break
                    moment += timedelta(minutes=1)
                with self.subTest(zone=zone, local=local):
                    self.assertEqual(at(local, place), moment)

    def test_pieces_agree_with_moments(self):
        chance = Random(SEED)
        for number in range(40):
            the_rota = self.random_rota(chance)
            begin = when("2026-03-20") + timedelta(days=chance.randrange(250))
            for shift in duty.get_shifts(the_rota, begin, begin + 10 * DAY):
                first, last = max(shift.begin, begin), shift.end
                last = min(last, begin + 10 * DAY)
                for moment in (first, last - timedelta(minutes=1)) + tuple(
                    first + chance.random() * (last - first) for _ in range(3)
                ):
                    piece = duty.get_piece(the_rota, moment)
                    with self.subTest(number=number, moment=moment):
                        self.assertEqual(piece.user, shift.user)
                        self.assertEqual(piece.change, shift.change)
                        self.assertLessEqual(piece.begin, moment)
                        self.assertLess(moment, piece.end)

    def random_rota(self, chance):
        people = (A, B, C, D, None)
        layers = []
        for number in range(chance.randint(1, 3)):
            anchor = when("2026-03-01") + timedelta(minutes=chance.randrange(60000))
            hours = chance.choice((None, None, WorkingTime(supply=office_hours)))
            layers.append(
                duty.Layer(
                    number + 1,
                    anchor,
                    chance.choice((HOUR, 12 * HOUR, 36 * HOUR, DAY, WEEK)),
                    tuple(chance.choices(people, k=chance.randint(1, 5))),
                    ZoneInfo(chance.choice((PARIS, "America/Havana", "Asia/Tokyo"))),
                    days=chance.choice((None, frozenset(range(5)), frozenset([1, 6]))),
                    hours=hours,
                    outside=chance.random() < 0.5,
                    offset=chance.randrange(5),
                )
            )
        changes = []
        for number in range(chance.randint(0, 6)):
            begin = when("2026-03-20") + timedelta(hours=chance.randrange(7000))
            changes.append(
                duty.Change(
                    number + 1,
                    begin,
                    begin + timedelta(hours=chance.randint(1, 400)),
                    chance.choice((X, Y, A, None)),
                    chance.choice((None, A, B, X)),
                )
            )
        gone = frozenset(chance.sample((A, D, Y), k=chance.randint(0, 1)))
        return rota(*layers, changes=tuple(changes), gone=gone)
