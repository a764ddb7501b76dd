"""Reads who is on duty from a calendar that somebody else keeps. It knows no model."""

import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import NamedTuple

import recurring_ical_events
from icalendar import Calendar

from .wall_clock import at

MAX_BYTES = 2**20
MAX_EVENTS = 5000
# Faster rules cost minutes to expand.
TOO_FAST = {"SECONDLY", "MINUTELY"}
ADDRESS = re.compile(r"[\w.+%-]+@[\w.-]+\.\w+")
MINUTE = timedelta(minutes=1)


class ImportFault(Exception):
    """The calendar cannot be used; ``args[0]`` says why, as a key for a sentence."""


class Occurrence(NamedTuple):
    """Duty of whoever has one of these addresses; naive UTC, full minutes."""

    begin: datetime
    end: datetime
    addresses: tuple
    summary: str


def read_calendar(content, zone, begin, end):
    """Read what a calendar holds within a window.

    Times without a known zone are in the rota's; whole days begin at midnight there.

    :param bytes content: the calendar
    :param zone: the rota's time zone
    :return: occurrences in order, and the number of times without a known zone
    :rtype: tuple[list[Occurrence], int]
    :raise ImportFault: "size", "format", "count" or "frequency"
    """
    if len(content) > MAX_BYTES:
        raise ImportFault("size")
    try:
        calendar = Calendar.from_ical(content)
        events = calendar.walk("VEVENT")
        if calendar.name != "VCALENDAR":
            raise ImportFault("format")
        if len(events) > MAX_EVENTS:
            raise ImportFault("count")
        if any(_is_too_fast(event) for event in events):
            raise ImportFault("frequency")
        query = recurring_ical_events.of(calendar)
        found = []
        floating = 0
        for event in islice(query.after(begin.replace(tzinfo=UTC)), MAX_EVENTS + 1):
            since, is_floating = _get_moment(event.start, zone)
            until, _is_floating = _get_moment(event.end, zone)
            if since >= end:
                break
            if len(found) == MAX_EVENTS:
                raise ImportFault("count")
            if event.get("STATUS") == "CANCELLED" or until <= max(since, begin):
                continue
            floating += is_floating
            summary = str(event.get("SUMMARY", ""))
            found.append(Occurrence(since, until, _get_addresses(event), summary))
    except ImportFault:
        raise
    except Exception as error:
        # What the libraries raise for what is no calendar is not documented.
        raise ImportFault("format") from error
    return sorted(found, key=lambda one: (one.begin, one.end)), floating


def _is_too_fast(event):
    rules = event.get("RRULE", [])
    rules = rules if isinstance(rules, list) else [rules]
    return any(TOO_FAST & set(map(str.upper, rule.get("FREQ", []))) for rule in rules)


def _get_moment(value, zone):
    """Return a moment, naive UTC and in full minutes, and whether it had no zone."""
    is_floating = False
    if isinstance(value, datetime):
        is_floating = value.tzinfo is None
        moment = at(value, zone) if is_floating else value.astimezone(UTC)
    elif isinstance(value, date):
        moment = at(datetime.combine(value, time()), zone)
    moment = moment.replace(tzinfo=None)
    return moment.replace(second=0, microsecond=0), is_floating


def _get_addresses(event):
    attendees = event.get("ATTENDEE", [])
    attendees = attendees if isinstance(attendees, list) else [attendees]
    texts = [*map(str, attendees), str(event.get("SUMMARY", ""))]
    found = (one.lower() for text in texts for one in ADDRESS.findall(text))
    return tuple(dict.fromkeys(found))
