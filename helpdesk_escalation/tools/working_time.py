from bisect import bisect_right
from datetime import datetime, timedelta
from itertools import accumulate

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
# Office hours are a quarter of a week: where a delay is over is looked for within
# ample time first, then further and further.
AMPLE = timedelta(days=14)
AMPLE_FACTOR = 5
FURTHER = 4
# Beyond this a delay is taken as never over.
HORIZON = timedelta(days=5 * 366)
LAST_MOMENT = datetime.max - 2 * HORIZON


class WorkingTime:
    """Counts delays in working hours: the one truth for the run and all screens (R5).

    Moments are naive UTC. At closing time nothing is sent any more: what falls due
    then is due at the next opening. A wait counts from the whole second it began in.
    """

    def __init__(self, intervals=None, supply=None):
        """
        :param intervals: what is worked, pairs of beginning and end, in order and not
            overlapping; without these and a supply every minute counts
        :param supply: called with two moments, at midnight, when more has to be known:
            returns the intervals between them. Without it all else is not worked.
        """
        self.around_the_clock = intervals is None and supply is None
        self._supply = supply
        self._known_from = self._known_until = None
        self._set_intervals(intervals or ())

    def is_open(self, moment):
        """Say whether a moment is within the working hours."""
        if self.around_the_clock:
            return True
        self._look_at(moment, moment)
        place = bisect_right(self._starts, moment)
        return place > 0 and moment < self._ends[place - 1]

    def opens(self, moment):
        """Return the moment itself within working hours, else their next beginning.

        :return: None when there is none within five years
        :rtype: datetime | None
        """
        return self.due(moment, 0)

    def due(self, since, minutes):
        """Return when a delay is over: the first moment at which a run sees to it.

        :param datetime since: when the wait began
        :param int minutes: the delay, in working time
        :return: None when that never comes
        :rtype: datetime | None
        """
        since = since.replace(microsecond=0)
        delay = timedelta(minutes=minutes)
        if self.around_the_clock:
            return since + delay
        if since > LAST_MOMENT:
            return None
        if self._is_far_off(since):
            # What lies between is of no use to anybody.
            return WorkingTime(supply=self._supply).due(since, minutes)
        for span in self._get_spans(delay):
            self._look_at(since, since + span)
            goal = self._count_until(since) + delay
            if goal < self._worked[-1]:
                return self._find(goal)
        return None

    def cutoff(self, now, minutes, even_closed=False):
        """Return since when one must have waited for a delay to be over: ``due`` back.

        :param int minutes: the delay, in working time
        :param bool even_closed: also outside working hours, as at their end
        :return: the latest such moment; ``datetime.min`` when nobody has waited so
            long; None outside working hours
        :rtype: datetime | None
        """
        delay = timedelta(minutes=minutes)
        if self.around_the_clock:
            return now - delay
        for span in self._get_spans(delay):
            # What comes is needed next, so it is looked at in one go.
            self._look_at(now - span, now + AMPLE)
            if not (even_closed or self.is_open(now)):
                return None
            goal = self._count_until(now) - delay
            if goal >= timedelta():
                return self._find(goal)
        return datetime.min

    def minutes(self, start, end):
        """Return the working minutes from one moment to a later one.

        :rtype: float
        """
        if self.around_the_clock:
            return (end - start).total_seconds() / 60
        self._look_at(min(start, end), max(start, end))
        worked = self._count_until(end) - self._count_until(start)
        return worked.total_seconds() / 60

    def stretch(self, moment):
        """Say whether a moment is worked, and within what time that does not change.

        It may go on beyond that: what is far from the moment is not looked at.

        :return: whether it is worked, since when and until when (naive UTC)
        :rtype: tuple[bool, datetime, datetime]
        """
        if self.around_the_clock:
            return True, datetime.min, datetime.max
        if not self._is_known(moment - DAY) or not self._is_known(moment + DAY):
            # Whoever asks goes on asking of what comes next.
            self._look_at(moment - AMPLE, moment + FURTHER * AMPLE)
        place = bisect_right(self._starts, moment)
        since = self._ends[place - 1] if place else self._known_from or datetime.min
        if place and moment < since:
            return True, self._starts[place - 1], since
        if place < len(self._starts):
            return False, since, self._starts[place]
        return False, since, self._known_until or datetime.max

    def _is_known(self, moment):
        return not self._supply or bool(
            self._known_from and self._known_from <= moment < self._known_until
        )

    # ------------------------------------------------------------------
    # What is known of the hours
    # ------------------------------------------------------------------

    def _get_spans(self, delay):
        """Yield how far to look, until it is far enough."""
        span = max(AMPLE, delay * AMPLE_FACTOR)
        yield span
        while self._supply and span < HORIZON:
            span = min(span * FURTHER, HORIZON)
            yield span

    def _is_far_off(self, moment):
        return self._known_from and not (
            self._known_from - HORIZON <= moment <= self._known_until + HORIZON
        )

    def _look_at(self, start, end):
        """Ask for what is not yet known of the time between two moments."""
        if not self._supply or (
            self._known_from and self._known_from <= start and end < self._known_until
        ):
            return
        start, end = _get_midnight(start), _get_midnight(end) + DAY
        if not self._known_from:
            self._known_from, self._known_until = start, end
            self._set_intervals(self._supply(start, end))
            return
        intervals = list(zip(self._starts, self._ends, strict=True))
        if start < self._known_from:
            intervals = [*self._supply(start, self._known_from), *intervals]
            self._known_from = start
        if end > self._known_until:
            intervals += self._supply(self._known_until, end)
            self._known_until = end
        self._set_intervals(intervals)

    def _set_intervals(self, intervals):
        starts, ends = [], []
        for start, end in intervals:
            if ends and start - ends[-1] < SECOND:
                # No break: Odoo ends a day a microsecond before midnight.
                ends[-1] = max(end, ends[-1])
            elif start < end:
                starts.append(start)
                ends.append(end)
        self._starts, self._ends = starts, ends
        lengths = (end - start for start, end in zip(starts, ends, strict=True))
        self._worked = list(accumulate(lengths, initial=timedelta()))

    def _count_until(self, moment):
        """Return the time worked before a moment, of what is known."""
        place = bisect_right(self._starts, moment)
        if not place:
            return timedelta()
        worked = min(moment, self._ends[place - 1]) - self._starts[place - 1]
        return self._worked[place - 1] + worked

    def _find(self, worked):
        """Return the last moment before which so much was worked: never a closing."""
        place = bisect_right(self._worked, worked) - 1
        return self._starts[place] + (worked - self._worked[place])


def _get_midnight(moment):
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
