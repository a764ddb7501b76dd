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
