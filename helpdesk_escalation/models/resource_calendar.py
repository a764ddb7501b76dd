import logging
from datetime import UTC, datetime, timedelta

from odoo import models

from ..tools.working_time import WorkingTime

_logger = logging.getLogger(__name__)

# How far back working time is looked for: beyond it a delay is taken as never over.
HORIZON = timedelta(days=5 * 366)


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _escalation_cutoffs(self, now, delays, company):
        """Tell, for each delay, since when one must have waited for it to be over (R5).

        An empty recordset stands for "around the clock", and so does a calendar
        without any working time, so that a wrong calendar never silences an alarm.

        :param datetime now: naive UTC
        :param delays: minutes of working time
        :param company: whose public holidays count
        :return: the latest such moment per delay, naive UTC; None outside working hours
        :rtype: dict[int, datetime] | None
        """
        if not self or not self._escalation_has_hours():
            return {delay: now - timedelta(minutes=delay) for delay in delays}
        needed = timedelta(minutes=max(delays, default=0))
        # Office hours are a quarter of a week: start with ample, double if not.
        span = max(timedelta(days=14), needed * 5)
        while True:
            intervals = self._escalation_intervals(now - span, now, company)
            worked = sum((end - start for start, end in intervals), timedelta())
            if worked >= needed or span > HORIZON:
                break
            span *= 2
        if not self._escalation_intervals(now, now + timedelta(seconds=1), company):
            return None
        return self._escalation_walk_back(now, intervals, delays)

    def _escalation_safely(self, method, *args):
        """Call a method of this calendar, of none at all if it cannot be computed.

        A calendar that another module breaks must not silence every policy (R13): it
        counts around the clock.
        """
        if not self:
            return getattr(self, method)(*args)
        try:
            with self.env.cr.savepoint():
                return getattr(self, method)(*args)
        except Exception:
            _logger.warning(
                "%s cannot be computed: delays count around the clock",
                self,
                exc_info=True,
            )
            return getattr(self.browse(), method)(*args)

    def _escalation_has_hours(self):
        return bool(self.flexible_hours is False and self.attendance_ids)

    def _escalation_holidays(self, company):
        """Say which holidays count: this calendar's and the company's.

        Without it, a superuser sees the public holidays of every company.
        """
        return [
            ("time_type", "=", "leave"),
            "|",
            ("calendar_id", "=", self.id),
            ("company_id", "in", [False, (company or self.company_id).id]),
        ]

    def _escalation_intervals(self, start, end, company):
        """Return the working time between two moments as pairs, all naive UTC."""
        intervals = self._work_intervals_batch(
            start.replace(tzinfo=UTC),
            end.replace(tzinfo=UTC),
            domain=self._escalation_holidays(company),
        )[False]
        return [
            (
                begin.astimezone(UTC).replace(tzinfo=None),
                # A day that is worked until midnight ends a microsecond early in Odoo.
                self._escalation_full_minute(stop.astimezone(UTC).replace(tzinfo=None)),
            )
            for begin, stop, _records in intervals
        ]

    def _escalation_working_time(self, start, end, company):
        """Return what counts and shifts working minutes between two moments (R5).

        One computation for any number of waits; around the clock as for the delays.

        :param datetime start: naive UTC
        :param datetime end: naive UTC
        :param company: whose public holidays count
        :rtype: WorkingTime
        """
        if not self or not self._escalation_has_hours():
            return WorkingTime()
        return WorkingTime(self._escalation_intervals(start, end, company))

    def _escalation_full_minute(self, moment):
        return moment + timedelta(microseconds=moment.microsecond == 999999)

    def _escalation_next_due(self, now, waits, company):
        """Tell when the first of some waits is over, or the next opening if earlier.

        :param datetime now: naive UTC
        :param waits: pairs of when a wait began (naive UTC) and its working minutes
        :param company: whose public holidays count
        :return: a moment after now, within two weeks where there are working hours
        :rtype: datetime | None
        """
        waits = [(since, timedelta(minutes=delay)) for since, delay in waits]
        if not self or not self._escalation_has_hours():
            moments = [since + delay for since, delay in waits]
        else:
            begin = min([since for since, _delay in waits] + [now])
            intervals = self._escalation_intervals(
                max(begin, now - HORIZON), now + timedelta(days=14), company
            )
            moments = [start for start, _end in intervals]
            for since, left in waits:
                for start, end in intervals:
                    worked = max(end - max(start, since), timedelta())
                    if worked and left <= worked:
                        moments.append(end - worked + left)
                        break
                    left -= worked
        return min((moment for moment in moments if moment > now), default=None)

    def _escalation_walk_back(self, now, intervals, delays):
        """Find the moments that lie the given working minutes before now."""
        moments = {}
        left = sorted(delays)
        worked = timedelta()
        if left and left[0] == 0:
            moments[left.pop(0)] = now
        for start, end in reversed(intervals):
            while left and timedelta(minutes=left[0]) <= worked + (end - start):
                moments[left[0]] = end - (timedelta(minutes=left[0]) - worked)
                left.pop(0)
            worked += end - start
        moments.update(dict.fromkeys(left, datetime.min))
        return moments

    def _escalation_due_date(self, anchor, delay, company):
        """Return when a delay is over that began at the anchor, for people to read.

        :param datetime anchor: naive UTC
        :param int delay: working minutes
        :rtype: datetime
        """
        plain = anchor + timedelta(minutes=delay)
        if not self or not self._escalation_has_hours():
            return plain
        anchor = anchor.replace(tzinfo=UTC)
        due = self.plan_hours(
            delay / 60,
            anchor,
            compute_leaves=True,
            domain=self._escalation_holidays(company),
        )
        return due.astimezone(UTC).replace(tzinfo=None) if due else plain
