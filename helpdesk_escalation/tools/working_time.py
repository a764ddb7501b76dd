from bisect import bisect_left, bisect_right
from datetime import timedelta
from itertools import accumulate


class WorkingTime:
    """Counts working minutes over and over, from intervals computed once (R5).

    Moments are naive UTC. Without intervals every minute counts; with them, what lies
    before the first and after the last one does not.
    """

    def __init__(self, intervals=None):
        """
        :param intervals: pairs of beginning and end, in order, not overlapping
        """
        self.around_the_clock = intervals is None
        self.starts = [start for start, _end in intervals or ()]
        self.ends = [end for _start, end in intervals or ()]
        self.worked = list(
            accumulate(
                (end - start for start, end in intervals or ()), initial=timedelta()
            )
        )

    def minutes(self, start, end):
        """Return the working minutes from one moment to a later one.

        :rtype: float
        """
        if self.around_the_clock:
            return (end - start).total_seconds() / 60
        return (self._until(end) - self._until(start)).total_seconds() / 60

    def due(self, anchor, delay):
        """Return when a delay is over that began at the anchor, within working hours.

        :param int delay: minutes
        :return: None when that lies beyond the intervals
        :rtype: datetime | None
        """
        delay = timedelta(minutes=delay)
        if self.around_the_clock:
            return anchor + delay
        if not delay:
            # Over at once, but nothing is sent before the next opening.
            place = bisect_right(self.ends, anchor)
            return max(anchor, self.starts[place]) if place < len(self.ends) else None
        goal = self._until(anchor) + delay
        place = bisect_left(self.worked, goal)
        if place == len(self.worked):
            return None
        return self.ends[place - 1] - (self.worked[place] - goal)

    def _until(self, moment):
        """Return the time worked before a moment."""
        place = bisect_right(self.starts, moment)
        if not place:
            return timedelta()
        return self.worked[place - 1] + (
            min(moment, self.ends[place - 1]) - self.starts[place - 1]
        )
