import logging
from datetime import UTC, timedelta
from functools import partial

from odoo import models

from ..tools.working_time import WorkingTime

_logger = logging.getLogger(__name__)


class ResourceCalendar(models.Model):
    """R5: supplies the hours that delays are counted in."""

    _inherit = "resource.calendar"

    def _escalation_working_time(self, company):
        """Return what counts delays in these hours; keep it for all of a run (R5).

        An empty recordset stands for "around the clock", and so does a calendar
        without any working time, so that a wrong calendar never silences an alarm.

        :param company: whose public holidays count; empty: the calendar's
        :rtype: WorkingTime
        """
        # As superuser: the same for whoever looks, and for the run.
        calendar = self.sudo()
        if not calendar or not calendar._escalation_has_hours():
            return WorkingTime()
        return WorkingTime(supply=partial(calendar._escalation_intervals, company))

    def _escalation_has_hours(self):
        """Whether there are fixed hours to keep; breaks alone are none."""
        return not self.flexible_hours and any(
            line._is_work_period() and line.hour_from < line.hour_to
            for line in self.attendance_ids
        )

    def _escalation_intervals(self, company, start, end):
        """Return what is worked between two moments, as pairs in order; all naive UTC.

        A calendar that another module breaks must not silence every policy (R13): it
        counts around the clock.
        """
        try:
            with self.env.cr.savepoint():
                intervals = self._escalation_get_work(company, start, end)
        except Exception:
            _logger.warning(
                "%s cannot be computed: delays count around the clock",
                self,
                exc_info=True,
            )
            return [(start, end)]
        return [
            (_get_full_minute(begin), _get_full_minute(stop))
            for begin, stop, _lines in intervals
        ]

    def _escalation_get_work(self, company, start, end):
        """Return what is worked between two moments (naive UTC), holidays left out.

        Other sources of public holidays extend this method.

        :rtype: Intervals
        """
        return self._work_intervals_batch(
            start.replace(tzinfo=UTC),
            end.replace(tzinfo=UTC),
            domain=self._escalation_holidays(company),
        )[False]

    def _escalation_holidays(self, company):
        """Say which holidays count: the company's, and those of no company.

        Without it, a superuser sees the public holidays of every company. Where nobody
        says which company, all that this calendar has of its own count.
        """
        company = company or self.company_id
        whose = [("company_id", "in", [False, company.id])]
        if not company:
            whose = ["|", ("calendar_id", "=", self.id), *whose]
        return [("time_type", "=", "leave"), *whose]


def _get_full_minute(moment):
    """Return the nearest full minute, naive UTC.

    In Odoo a day ends at 23:59:59.999999, and a holiday at 23:59:59.
    """
    moment = moment.astimezone(UTC).replace(tzinfo=None) + timedelta(seconds=30)
    return moment.replace(second=0, microsecond=0)
