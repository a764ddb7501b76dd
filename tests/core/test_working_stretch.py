"""R5: within what time it goes on being worked, or not."""

from datetime import datetime, timedelta

from odoo.tests import BaseCase

from odoo.addons.helpdesk_escalation.tools.working_time import WorkingTime

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 1, 5)


def working_days(begin, end):
    """Worked from Monday to Friday, 8 to 17 o'clock."""
    day, intervals = begin, []
    while day < end:
        if day.weekday() < 5:
            intervals.append((day + 8 * HOUR, day + 17 * HOUR))
        day += DAY
    return intervals


class TestStretch(BaseCase):
    test_tags = {"standard", "at_install"}

    def test_a_working_day_an_evening_and_a_weekend(self):
        hours = WorkingTime(supply=working_days)
        for moment, is_worked, since, until in (
            (8 * HOUR, True, 8 * HOUR, 17 * HOUR),
            (12 * HOUR, True, 8 * HOUR, 17 * HOUR),
            (17 * HOUR, False, 17 * HOUR, DAY + 8 * HOUR),
            (5 * DAY, False, 4 * DAY + 17 * HOUR, 7 * DAY + 8 * HOUR),
            (900 * DAY, False, None, None),
        ):
            with self.subTest(moment):
                found = hours.stretch(MONDAY + moment)
                self.assertEqual(found[0], is_worked)
                self.assertEqual(found[0], hours.is_open(MONDAY + moment))
                if since is not None:
                    self.assertEqual(found[1:], (MONDAY + since, MONDAY + until))

    def test_around_the_clock_it_never_ends(self):
        expected = (True, datetime.min, datetime.max)
        self.assertEqual(WorkingTime().stretch(MONDAY), expected)

    def test_without_any_hours_it_is_never_worked(self):
        is_worked, since, until = WorkingTime(intervals=()).stretch(MONDAY)
        self.assertFalse(is_worked)
        self.assertEqual((since, until), (datetime.min, datetime.max))
        never = WorkingTime(supply=lambda begin, end: [])
        is_worked, since, until = never.stretch(MONDAY)
        self.assertFalse(is_worked)
        self.assertLessEqual(since, MONDAY)
        self.assertGreater(until, MONDAY)
