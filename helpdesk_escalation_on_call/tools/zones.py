"""Time zones by their names."""

from zoneinfo import ZoneInfo


def get_zone(name):
    """Return a time zone, None for one that this server does not know."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return None
