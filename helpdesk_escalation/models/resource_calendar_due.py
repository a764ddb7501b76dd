from datetime import timedelta

from odoo import models

from .resource_calendar import HORIZON


class ResourceCalendar(models.Model):
    """R5 the other way round: when many waits will be over, for people to read."""

    _inherit = "resource.calendar"

    def _escalation_due_dates(self, waits, company):
        """Tell when each of some waits is over, with one computation for all (R5).

        An empty recordset stands for "around the clock", and so does a calendar
        without any working time, as for the engine.

        :param list waits: pairs of when a wait began (naive UTC) and its minutes of
            working time
        :param company: whose public holidays count
        :return: moments within working hours, naive UTC, in the order of the waits;
            None for what never ends
        :rtype: list[datetime | None]
        """
        if not self or not self._escalation_has_hours():
            return [since + timedelta(minutes=delay) for since, delay in waits]
        return self._escalation_walk_forward(waits, company)

    def _escalation_walk_forward(self, waits, company):
        """Find the moments that lie the given working minutes after others."""
        waits = [(since, timedelta(minutes=delay)) for since, delay in waits]
        first = min(since for since, _delay in waits)
        # Office hours are a quarter of a week: start with ample, double if not.
        span = max(max(delay for _since, delay in waits) * 5, timedelta(days=14))
        span += max(since for since, _delay in waits) - first
        while True:
            intervals = self._escalation_intervals(first, first + span, company)
            dates = [self._escalation_end_of_wait(intervals, *wait) for wait in waits]
            if all(dates) or span > HORIZON:
                return dates
            span *= 2

    def _escalation_end_of_wait(self, intervals, since, left):
        for start, end in intervals:
            start = max(start, since)
            # What is due at closing time is sent at the next opening.
            if left < end - start:
                return start + left
            left -= max(end - start, timedelta())
        return None
