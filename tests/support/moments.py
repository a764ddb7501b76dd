"""What the tests of moments in working time share."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from freezegun import freeze_time

from odoo import Command

from .common import EscalationCommon

# Days of the week and their hours, as lines of a calendar.
OFFICE = [(day, *hours) for day in range(5) for hours in ((8, 12), (13, 17))]
ALL_DAY = [(day, 0, 24) for day in range(7)]
HALVES = [(day, *hours) for day in range(7) for hours in ((0, 12), (12, 24))]
NIGHT = [(day, *hours) for day in range(7) for hours in ((0, 6), (22, 24))]
# Two weeks: 6 to 14 in the one that begins on 2 March 2026, 14 to 22 in the next.
SHIFTS = [
    (day, 6 + 8 * week, 14 + 8 * week, week) for week in (0, 1) for day in range(5)
]
# name: zone, lines, more values
CALENDARS = {
    "none": ("UTC", None, {}),
    "office": ("UTC", OFFICE, {}),
    "paris": ("Europe/Paris", OFFICE, {}),
    "kathmandu": ("Asia/Kathmandu", OFFICE, {}),
    "all day": ("Europe/Paris", ALL_DAY, {}),
    "halves": ("Europe/Paris", HALVES, {}),
    "night": ("Europe/Paris", NIGHT, {}),
    "shifts": ("UTC", SHIFTS, {"two_weeks_calendar": True}),
    "half day off": ("UTC", OFFICE, {}),
    "christmas": ("Europe/Paris", ALL_DAY, {}),
    "shared": ("UTC", OFFICE, {"company_id": False}),
    "breaks": ("UTC", [(day, 12, 13) for day in range(5)], {}),
    "flexible": ("UTC", OFFICE, {"flexible_hours": True}),
    "empty": ("UTC", [], {}),
}

LONG_BEFORE = datetime(2026, 1, 1)

# calendar, waits since, minutes, the moment: times are those of the calendar's zone
ROWS = [
    # before the opening, and what is over at lunch or at closing time
    ("office", "2026-03-02 06:00", 0, "2026-03-02 08:00"),
    ("office", "2026-03-02 06:00", 239, "2026-03-02 11:59"),
    ("office", "2026-03-02 06:00", 240, "2026-03-02 13:00"),
    ("office", "2026-03-02 06:00", 241, "2026-03-02 13:01"),
    ("office", "2026-03-02 06:00", 479, "2026-03-02 16:59"),
    ("office", "2026-03-02 06:00", 480, "2026-03-03 08:00"),
    # at lunch, at its very beginning, at closing time
    ("office", "2026-03-02 12:00", 0, "2026-03-02 13:00"),
    ("office", "2026-03-02 12:30", 30, "2026-03-02 13:30"),
    ("office", "2026-03-02 17:00", 0, "2026-03-03 08:00"),
    ("office", "2026-03-02 13:00", 0, "2026-03-02 13:00"),
    ("office", "2026-03-02 11:00:30", 60, "2026-03-02 13:00:30"),
    # over the weekend
    ("office", "2026-03-06 16:50", 10, "2026-03-09 08:00"),
    ("office", "2026-03-06 16:50", 11, "2026-03-09 08:01"),
    ("office", "2026-03-07 11:00", 0, "2026-03-09 08:00"),
    # a week of work, to the minute and to Friday's closing
    ("office", "2026-03-02 09:00", 2400, "2026-03-09 09:00"),
    ("office", "2026-03-02 09:00", 2340, "2026-03-09 08:00"),
    # in the calendar's own zone
    ("kathmandu", "2026-03-03 11:30", 30, "2026-03-03 13:00"),
    ("kathmandu", "2026-03-03 16:30", 45, "2026-03-04 08:15"),
    # the clocks go forward on 29 March, and back on 25 October
    ("paris", "2026-03-27 16:40", 20, "2026-03-30 08:00"),
    ("paris", "2026-03-27 16:40", 80, "2026-03-30 09:00"),
    ("paris", "2026-10-23 16:00", 120, "2026-10-26 09:00"),
    ("all day", "2026-03-28 23:30", 240, "2026-03-29 04:30"),
    ("all day", "2026-10-24 23:30", 240, "2026-10-25 02:30+01:00"),
    ("night", "2026-03-28 22:00", 480, "2026-03-29 23:00"),
    ("night", "2026-10-24 22:00", 480, "2026-10-25 05:00"),
    # midnight, where Odoo's day is a microsecond short
    ("all day", "2026-03-02 23:59", 1, "2026-03-03 00:00"),
    ("all day", "2026-03-02 23:50", 1440, "2026-03-03 23:50"),
    ("all day", "2026-03-03 00:00", 0, "2026-03-03 00:00"),
    ("halves", "2026-03-02 11:00", 60, "2026-03-02 12:00"),
    ("halves", "2026-03-02 23:00", 60, "2026-03-03 00:00"),
    ("night", "2026-03-02 23:00", 60, "2026-03-03 00:00"),
    ("night", "2026-03-03 05:30", 30, "2026-03-03 22:00"),
    # two weeks that differ
    ("shifts", "2026-03-02 13:30", 60, "2026-03-03 06:30"),
    ("shifts", "2026-03-06 13:00", 60, "2026-03-09 14:00"),
    # holidays: the company's, the calendar's, two in a row, and another company's
    ("paris", "2026-04-30 16:30", 30, "2026-05-04 08:00"),
    ("paris", "2026-04-30 16:30", 60, "2026-05-04 08:30"),
    ("half day off", "2026-03-04 09:00", 60, "2026-03-04 15:00"),
    ("christmas", "2026-12-23 23:00", 60, "2026-12-26 00:00"),
    ("christmas", "2026-12-23 23:00", 90, "2026-12-26 00:30"),
    ("christmas", "2026-12-24 23:59", 0, "2026-12-26 00:00"),
    ("shared", "2026-03-04 09:00", 60, "2026-03-04 10:00"),
    # without hours to keep, around the clock
    ("breaks", "2026-03-07 12:30", 45, "2026-03-07 13:15"),
    ("flexible", "2026-03-08 03:00", 60, "2026-03-08 04:00"),
    ("empty", "2026-03-08 03:00", 60, "2026-03-08 04:00"),
    ("none", "2026-03-08 23:45", 30, "2026-03-09 00:15"),
]


class WorkingTimeCommon(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Odoo counts on from there to the present, in steps of five minutes.
        cls.cron.nextcall = cls.t0

    @classmethod
    def _new_calendar(cls, name):
        zone, lines, values = CALENDARS[name]
        if lines is None:
            return cls.env["resource.calendar"]
        return cls.env["resource.calendar"].create(
            {
                "name": name,
                "tz": zone,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": name,
                                "dayofweek": str(day),
                                "hour_from": start,
                                "hour_to": end,
                                "week_type": str(week[0]) if week else False,
                                "day_period": "lunch"
                                if name == "breaks"
                                else "morning",
                            }
                        )
                        for day, start, end, *week in lines
                    ),
                ],
                **values,
            }
        )

    @classmethod
    def _utc(cls, text, calendar_name):
        moment = datetime.fromisoformat(text)
        if not moment.tzinfo:
            moment = moment.replace(tzinfo=ZoneInfo(CALENDARS[calendar_name][0]))
        return moment.astimezone(UTC).replace(tzinfo=None)

    @classmethod
    def _add_holiday(cls, start, end, calendar=None, company=None):
        company = company or cls.env.company
        leaves = cls.env["resource.calendar.leaves"].with_company(company)
        leave = leaves.create({"name": "Holiday", "date_from": start, "date_to": end})
        # With a calendar, the moments would be taken for those of the user's zone.
        leave.calendar_id = calendar
        leave.company_id = company

    @classmethod
    def _wait_since(cls, tickets, moments):
        """Date the creation of each ticket, and of its messages."""
        cls.env.flush_all()
        for ticket, moment in zip(tickets, moments, strict=True):
            cls.env.cr.execute(
                "UPDATE helpdesk_ticket SET create_date = %s WHERE id = %s",
                [moment, ticket.id],
            )
        cls.env.invalidate_all()

    def _run_at(self, moment):
        """Let the job run, and nothing be scheduled from before."""
        self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)]).unlink()
        self._let_queue_send((moment - self.t0).total_seconds() / 60 - 15)
        self.env.flush_all()
        with freeze_time(moment), self.enter_registry_test_mode():
            self.assertIs(self.cron.method_direct_trigger(), True)
        self.env.invalidate_all()

    def _scheduled(self):
        """When the job is to come besides its five minutes."""
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        return triggers.mapped("call_at")

    def _count_told(self, tickets):
        counts = dict(
            self.notifications._read_group(
                [("ticket_id", "in", tickets.ids)], ["ticket_id"], ["__count"]
            )
        )
        return [counts.get(ticket, 0) for ticket in tickets]


class MomentsCommon(WorkingTimeCommon):
    """A ticket that waits, and one that is escalated, of each row."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        calendars = {name: cls._new_calendar(name) for name in CALENDARS}
        elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        cls._add_holiday(*cls._days("2026-05-01", "2026-05-01"))
        for day in ("2026-12-24", "2026-12-25"):
            cls._add_holiday(*cls._days(day, day), calendars["christmas"])
        cls._add_holiday(
            datetime(2026, 3, 4, 10),
            datetime(2026, 3, 4, 15),
            calendars["half day off"],
        )
        # Another company's: of all its hours, and on hours that both have.
        for calendar, *days in (
            (None, "2026-03-09", "2026-03-13"),
            (calendars["shared"], "2026-03-02", "2026-03-06"),
        ):
            cls._add_holiday(*cls._days(*days), calendar, elsewhere)
        cls.since = [cls._utc(since, name) for name, since, _minutes, _at in ROWS]
        cls.moments = [cls._utc(at, name) for name, _since, _minutes, at in ROWS]
        policies = {}
        for name, _since, minutes, _at in ROWS:
            if (name, minutes) not in policies:
                policies[name, minutes] = cls._new_policy(
                    f"{name}, {minutes} minutes",
                    {"delay": minutes, "recipient": "responsible"},
                    calendar_id=calendars[name].id,
                    start_date=LONG_BEFORE,
                )
        cls.row_policies = [policies[name, minutes] for name, _, minutes, _ in ROWS]
        # Of each row one that waits, and one that is escalated already.
        cls.waiting, cls.escalated = (
            cls.env["helpdesk.ticket"].create(
                [
                    {
                        "name": " ".join(map(str, row)),
                        "description": "<p>Please help</p>",
                        "team_id": cls.team.id,
                        "user_id": cls.agent.id,
                        "partner_id": cls.client.id,
                        "escalation_policy_id": policy.id,
                    }
                    for row, policy in zip(ROWS, cls.row_policies, strict=True)
                ]
            )
            for _kind in range(2)
        )
        cls._wait_since(cls.waiting, cls.since)
        cls._wait_since(cls.escalated, cls.since)

    def _open_incidents(self, places):
        """Escalate the tickets of some rows; no step has fired yet."""
        return self.incidents.create(
            [
                {
                    "ticket_id": self.escalated[place].id,
                    "policy_id": self.row_policies[place].id,
                    "anchor_date": self.since[place],
                }
                for place in places
            ]
        )

    @classmethod
    def _days(cls, first, last):
        """From the first midnight to the last second, in Paris."""
        start = cls._utc(f"{first} 00:00", "paris")
        return start, cls._utc(f"{last} 23:59:59", "paris")

    def _assert_moments(self, found, expected=None):
        wrong = [
            (row, one, other)
            for row, one, other in zip(
                ROWS, found, expected or self.moments, strict=True
            )
            if one != other
        ]
        self.assertFalse(wrong, "row, found, expected")
