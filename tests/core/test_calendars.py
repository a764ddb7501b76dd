"""R5 in many calendars, against an independent count minute by minute.

Each row says: in this calendar, at this moment, how far back does this delay reach? The
answer of the addon is compared with somebody who walks back a minute at a time and asks
of each whether it was worked.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import Command
from odoo.tools import mute_logger

from ..support.common import EscalationCommon

MINUTE = timedelta(minutes=1)
MODELS = "odoo.addons.helpdesk_escalation.models"

# Weekday → worked hours. Two weeks: the odd and the even week of Odoo's calendars.
OFFICE = {day: [(8, 12), (13, 17)] for day in range(5)}
SHOP = {**{day: [(10, 18.5)] for day in range(1, 6)}, 6: [(11, 14)]}
NIGHT = {day: [(0, 6), (22, 24)] for day in range(7)}
EARLY = {day: [(6, 14)] for day in range(5)}
LATE = {day: [(14, 22)] for day in range(5)}

# zone, hours, holidays (local days), local moment, delays
ROWS = [
    # ordinary days, in several zones
    ("UTC", OFFICE, [], "2026-03-03 09:00", [0, 30, 60, 61, 480]),
    ("Europe/Berlin", OFFICE, [], "2026-02-10 11:30", [15, 210, 211, 240]),
    ("America/New_York", OFFICE, [], "2026-02-12 16:59", [60, 480, 960]),
    ("Asia/Kolkata", OFFICE, [], "2026-02-12 08:01", [1, 2, 90]),
    ("Pacific/Auckland", OFFICE, [], "2026-06-02 13:05", [5, 6, 300]),
    ("Asia/Kathmandu", SHOP, [], "2026-02-15 11:10", [10, 20, 600]),
    # over the weekend
    ("Europe/Berlin", OFFICE, [], "2026-02-09 08:10", [5, 10, 11, 490]),
    ("America/Sao_Paulo", SHOP, [], "2026-02-17 10:30", [30, 31, 211]),
    # the clocks go forward: Berlin 29 March, New York 8 March, Auckland 27 September
    ("Europe/Berlin", NIGHT, [], "2026-03-29 04:00", [60, 119, 180, 300]),
    ("America/New_York", NIGHT, [], "2026-03-08 05:30", [200, 270, 271, 400]),
    ("Pacific/Auckland", NIGHT, [], "2026-09-27 05:00", [239, 240, 241, 500]),
    ("Europe/Berlin", OFFICE, [], "2026-03-30 09:00", [60, 90, 541]),
    # … and back: Berlin 25 October, New York 1 November, Auckland 5 April
    ("Europe/Berlin", NIGHT, [], "2026-10-25 05:00", [300, 359, 361, 481]),
    ("America/New_York", NIGHT, [], "2026-11-01 04:00", [180, 299, 301]),
    ("Pacific/Auckland", NIGHT, [], "2026-04-05 05:30", [330, 391, 500]),
    ("Europe/Berlin", OFFICE, [], "2026-10-26 08:30", [30, 45, 511]),
    # public holidays, alone, beside a weekend, and a bridge
    ("Europe/Berlin", OFFICE, ["2026-05-01"], "2026-05-04 08:20", [20, 21, 500]),
    ("Europe/Berlin", OFFICE, ["2026-12-24", "2026-12-25"], "2026-12-28 09:00", [61]),
    ("UTC", OFFICE, ["2026-03-03"], "2026-03-04 10:00", [120, 121, 700]),
    ("America/New_York", OFFICE, ["2026-07-03"], "2026-07-06 09:00", [60, 61, 600]),
    # two-week calendars
    ("UTC", (EARLY, LATE), [], "2026-03-04 13:00", [60, 421, 1000]),
    ("UTC", (EARLY, LATE), [], "2026-03-11 21:30", [60, 451, 1400]),
    ("Europe/Berlin", (EARLY, LATE), ["2026-03-10"], "2026-03-11 15:00", [60, 61, 900]),
]


class TestCalendars(EscalationCommon):
    def _new_calendar(self, zone, hours):
        weeks = hours if isinstance(hours, tuple) else (hours,)
        lines = []
        for week, days in enumerate(weeks):
            for day, spans in days.items():
                for start, end in spans:
                    line = {
                        "name": f"{week} {day} {start}",
                        "dayofweek": str(day),
                        "hour_from": start,
                        "hour_to": end,
                    }
                    if len(weeks) > 1:
                        line["week_type"] = str(week)
                    lines.append(Command.create(line))
        return self.env["resource.calendar"].create(
            {
                "name": zone,
                "tz": zone,
                "two_weeks_calendar": len(weeks) > 1,
                "attendance_ids": [Command.clear(), *lines],
            }
        )

    def _add_holidays(self, calendar, zone, days):
        for day in days:
            start = datetime.combine(date.fromisoformat(day), time(), ZoneInfo(zone))
            end = start + timedelta(days=1, seconds=-1)
            self.env["resource.calendar.leaves"].create(
                {
                    "name": day,
                    "calendar_id": calendar.id,
                    "date_from": start.astimezone(UTC).replace(tzinfo=None),
                    "date_to": end.astimezone(UTC).replace(tzinfo=None),
                }
            )

    def _is_worked(self, moment, zone, hours, holidays):
        """Whether the minute that begins at a moment (UTC) is worked, there."""
        local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
        if local.date().isoformat() in holidays:
            return False
        if isinstance(hours, tuple):
            # Odoo counts the weeks from the year 1 on.
            hours = hours[(local.date().toordinal() - 1) // 7 % 2]
        clock = local.hour + local.minute / 60
        return any(
            start <= clock < end for start, end in hours.get(local.weekday(), [])
        )

    def _walk_back(self, now, delay, *there):
        """Find the latest moment since when the delay's minutes were worked."""
        moment = now
        while delay:
            moment -= MINUTE
            delay -= self._is_worked(moment, *there)
        return moment

    def test_all_rows(self):
        count = 0
        for zone, hours, holidays, local, delays in ROWS:
            calendar = self._new_calendar(zone, hours)
            self._add_holidays(calendar, zone, holidays)
            moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
            now = moment.astimezone(UTC).replace(tzinfo=None)
            there = (zone, hours, holidays)
            self.assertTrue(self._is_worked(now, *there), "a row must be open then")
            working_time = calendar._escalation_working_time(self.env.company)
            for delay in delays:
                with self.subTest(zone=zone, at=local, delay=delay):
                    self.assertEqual(
                        working_time.cutoff(now, delay),
                        self._walk_back(now, delay, *there),
                    )
                count += 1
        self.assertGreaterEqual(count, 40)

    def test_the_zones_of_the_server_and_of_the_user_do_not_matter(self):
        calendar = self._new_calendar("Europe/Berlin", OFFICE)
        now = datetime(2026, 2, 10, 9, 0)
        plain = calendar._escalation_working_time(self.env.company).cutoff(now, 90)
        elsewhere = calendar.with_context(tz="Asia/Tokyo").with_user(self.manager)
        elsewhere.env.user.tz = "America/Lima"
        working_time = elsewhere._escalation_working_time(self.env.company)
        self.assertEqual(working_time.cutoff(now, 90), plain)

    def test_forward_and_back_agree(self):
        calendar = self._new_calendar("Europe/Berlin", OFFICE)
        anchor = datetime(2026, 3, 27, 15, 40)  # Friday before the clocks change
        working_time = calendar._escalation_working_time(self.env.company)
        due = working_time.due(anchor, 100)
        self.assertEqual(due, datetime(2026, 3, 30, 7, 20))
        self.assertEqual(working_time.cutoff(due, 100), anchor)

    def test_a_calendar_edited_while_tickets_wait_counts_at_once(self):
        calendar = self._new_calendar("UTC", {day: [(0, 24)] for day in range(7)})
        self.policy.calendar_id = calendar
        ticket = self._new_ticket()
        self._run(5)
        calendar.attendance_ids.unlink()
        self.env["resource.calendar.attendance"].create(
            {
                "name": "Another day",
                "calendar_id": calendar.id,
                "dayofweek": str((self.t0 + timedelta(days=3)).weekday()),
                "hour_from": 8,
                "hour_to": 12,
            }
        )
        self._run(11)
        self.assertFalse(self._told(ticket))

    def test_a_flexible_calendar_has_no_hours_to_keep(self):
        calendar = self._new_calendar("UTC", OFFICE)
        calendar.flexible_hours = True
        sunday = datetime(2026, 3, 1, 3, 0)
        working_time = calendar._escalation_working_time(self.env.company)
        self.assertEqual(working_time.cutoff(sunday, 60), sunday - timedelta(hours=1))

    def test_a_calendar_without_hours_is_said_to_be_so(self):
        calendar = self._new_calendar("UTC", OFFICE)
        self.assertIs(self.policy.calendar_warning, False)
        self.policy.calendar_id = calendar
        self.assertIs(self.policy.calendar_warning, False)
        calendar.attendance_ids.unlink()
        self.env.invalidate_all()
        self.assertIn("around the clock", self.policy.calendar_warning)

    @mute_logger(f"{MODELS}.resource_calendar")
    def test_a_calendar_that_cannot_be_computed_silences_nobody(self):
        calendar = self._new_calendar("UTC", OFFICE)
        self.policy.calendar_id = calendar

        def broken(*_args, **_kwargs):
            raise ValueError("another module's mistake")

        self.patch(type(calendar), "_work_intervals_batch", broken)
        ticket = self._new_ticket()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_one_computation_per_calendar_however_many_policies_and_tickets(self):
        calendar = self._new_calendar("UTC", {day: [(0, 24)] for day in range(7)})
        self.policy.calendar_id = calendar
        calls = []
        original = type(calendar)._work_intervals_batch

        def counting(*args, **kwargs):
            calls.append(args)
            return original(*args, **kwargs)

        self.patch(type(calendar), "_work_intervals_batch", counting)
        self._new_ticket()
        self._run(5)
        self.assertEqual(len(calls), 1, "for all delays, and for when the next is due")
        for _number in range(3):
            policy = self.policy.copy({"start_date": self.policy.start_date})
            self._new_ticket(escalation_policy_id=policy.id)
        calls.clear()
        self._run(6)
        self.assertEqual(len(calls), 1)
