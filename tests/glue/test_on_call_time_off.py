"""Planned time off is red in the calendar of shifts, before it has begun."""

from datetime import timedelta

from ..support.on_call import DAY, OnCallCommon
from .test_time_off import TimeOffCommon

MINUTE = timedelta(minutes=1)


class TestOnCallTimeOff(TimeOffCommon, OnCallCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.of_ben = cls.env["hr.employee"].create(
            {"name": "Ben", "user_id": cls.ben.id, "tz": "UTC"}
        )
        # The next day on which Ben is on duty.
        cls.day = cls.start + 7 * DAY

    def _minute(self, moment):
        return (moment - self.t0) // MINUTE

    def _shifts(self, user=None):
        """The shifts of two weeks from today on, as a member of the team sees them."""
        self.env.invalidate_all()
        shifts = self.env["helpdesk.escalation.rota.shift"].with_user(user or self.anna)
        return shifts.search_read(
            [("start", "<", self.t0 + 14 * DAY), ("stop", ">", self.t0)],
            ["start", "user_id", "is_away", "color", "display_name"],
        )

    def _red(self):
        return [
            (shift["user_id"][1], shift["start"])
            for shift in self._shifts()
            if shift["is_away"]
        ]

    def test_it_is_red_in_the_shifts_that_it_meets_alone(self):
        self._leave(
            self.of_ben,
            self._minute(self.day + 3 * DAY),
            self._minute(self.day + 4 * DAY),
        )
        self.assertEqual(self._red(), [("Ben", self.day + 3 * DAY)])
        (red,) = [shift for shift in self._shifts() if shift["is_away"]]
        self.assertEqual(red["color"], 1)
        self.assertEqual(red["display_name"], "First line: Ben (away)")

    def test_what_is_not_approved_or_no_absence_is_not_red(self):
        begin = self._minute(self.day)
        self._leave(self.of_ben, begin, begin + 60, state="confirm")
        self.assertEqual(self._red(), [])
        self._leave(self.of_ben, begin, begin + 60)
        self.assertEqual(self._red(), [("Ben", self.day)])
        self.kind.time_type = "other"
        self.assertEqual(self._red(), [])

    def test_odoos_own_absence_without_end_is_red_too(self):
        self.ben.out_of_office_from = self.day + DAY
        red = self._red()
        self.assertEqual(red[0], ("Ben", self.day + 3 * DAY))
        self.assertEqual(len(red), 4)

    def test_why_is_nobodys_business(self):
        self._leave(self.of_ben, self._minute(self.day), self._minute(self.day + DAY))
        self.assertNotIn("illness", str(self._shifts()))

    def test_all_are_read_at_once(self):
        costs = []
        for user in (self.ben, self.anna, self.cleo):
            employee = user.sudo().employee_id or self.env["hr.employee"].create(
                {"name": user.name, "user_id": user.id, "tz": "UTC"}
            )
            for number in range(4):
                begin = self._minute(self.day + number * DAY)
                self._leave(employee, begin, begin + 60)
            self._shifts()
            before = self.env.cr.sql_log_count
            self._shifts()
            costs.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(set(costs)), 1, costs)
