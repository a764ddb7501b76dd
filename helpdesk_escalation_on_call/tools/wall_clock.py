"""Times as people read them from the clock on the wall, and when that is."""

from datetime import UTC, timedelta
from functools import lru_cache

SECOND = timedelta(seconds=1)


def wall(moment, zone):
    """Return what the clock shows in a zone at a moment (naive UTC)."""
    return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


@lru_cache(maxsize=2**15)
def at(local, zone):
    """Return the first moment (naive UTC) of that day at which it is so late.

    An hour that comes twice counts the first time. One that is skipped counts as its
    end: the moment at which the clock goes on.
    """
    before = zone.utcoffset(local)
    after = zone.utcoffset(local.replace(fold=1))
    if after <= before:
        return local - before
    # By the time after the clock is put forward it is too early, by the one before too
    # late.
    early, late = local - after, local - before
    while late - early > SECOND:
        middle = early + (late - early) // SECOND // 2 * SECOND
        if wall(middle, zone) < local:
            early = middle
        else:
            late = middle
    return late
