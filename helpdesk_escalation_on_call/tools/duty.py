"""Who is on duty: the one rule that the engine, screens, mails and feeds go by.

It is pure: it knows no model and reads nothing. Moments are naive UTC, spans include
their beginning and not their end. All of it is said of a *piece*, the time around a
moment within which nothing changes; what is longer is put together from pieces.
"""

from bisect import bisect_right
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from .wall_clock import at, wall

EVER, NEVER = datetime.min, datetime.max
DAY = timedelta(days=1)
WEEK_DAYS = 7
# Beyond this nobody asks who comes next, or since when somebody has been on duty.
HORIZON = timedelta(days=100)
MOST_PIECES = 500
# A shift is one as far as this, so that it is the same from wherever one looks at it.
LONGEST = timedelta(days=1000)


class Layer(NamedTuple):
    """A version of a rule: who is on duty in turn, from when until when it counts.

    :ivar datetime anchor: wall clock at which the first turn begins
    :ivar timedelta length: of a turn on the wall clock; of duty days, where not all are
    :ivar tuple turns: user ids in order, None for a pause
    :ivar int offset: how many places to go on in the order
    :ivar frozenset days: weekdays of duty (Monday is 0), None for all; a duty day
        begins at the handover
    :ivar hours: the :class:`WorkingTime` within which it counts, None for always
    :ivar bool outside: it counts outside these hours instead
    :ivar tuple spans: imported duty instead of turns: (begin, end, user id)
    """

    id: int
    anchor: datetime
    length: timedelta
    turns: tuple
    zone: object
    begin: datetime = EVER
    end: datetime = NEVER
    offset: int = 0
    days: frozenset | None = None
    hours: object = None
    outside: bool = False
    spans: tuple | None = None


class Change(NamedTuple):
    """Somebody takes duty, from one person only where ``replaced`` says so."""

    id: int
    begin: datetime
    end: datetime
    user: int | None
    replaced: int | None = None


class Span(NamedTuple):
    """Who is on duty in a time, by which layer and change; nobody without a user."""

    begin: datetime
    end: datetime
    user: int | None = None
    layer: int | None = None
    change: int | None = None


class Rota(NamedTuple):
    """All that decides who is on duty.

    :ivar tuple layers: versions, the upper layers first
    :ivar tuple changes: in the order in which they were made
    :ivar frozenset gone: ids of people who can be on duty no more
    :ivar datetime logged_until: what was before is read from the log
    :ivar tuple log: spans of the past, in order
    :ivar promise: the :class:`WorkingTime` in which somebody has to be on duty
    """

    id: int
    layers: tuple
    changes: tuple = ()
    gone: frozenset = frozenset()
    logged_until: datetime = EVER
    log: tuple = ()
    promise: object = None


# ----------------------------------------------------------------------
# The rule
# ----------------------------------------------------------------------


def get_piece(rota, moment):
    """Say who is on duty at a moment, and within what time at least that is so.

    :rtype: Span
    """
    if moment < rota.logged_until:
        return _get_logged(rota, moment)
    begin, end = rota.logged_until, NEVER
    user = layer_id = change_id = None
    for layer in rota.layers:
        user, since, until = _get_turn(layer, moment)
        begin, end = max(begin, since), min(end, until)
        if user in rota.gone:
            user = None
        if user:
            layer_id = layer.id
            break
    for change in rota.changes:
        if change.end <= moment:
            begin = max(begin, change.end)
        elif moment < change.begin:
            end = min(end, change.begin)
        else:
            begin, end = max(begin, change.begin), min(end, change.end)
            fits = not change.replaced or change.replaced == user
            if fits and change.user not in rota.gone:
                user, change_id = change.user, change.id
    return Span(begin, end, user, layer_id, change_id)


def _get_logged(rota, moment):
    place = bisect_right(rota.log, moment, key=lambda span: span.begin)
    if place and moment < rota.log[place - 1].end:
        return rota.log[place - 1]
    begin = rota.log[place - 1].end if place else EVER
    end = rota.log[place].begin if place < len(rota.log) else rota.logged_until
    return Span(begin, end)


def _get_turn(layer, moment):
    """Say whose turn it is, and within what time at least: user, since, until."""
    begin, end = layer.begin, layer.end
    if moment < begin:
        return None, EVER, begin
    if moment >= end:
        return None, end, NEVER
    if layer.spans is not None:
        return _get_imported(layer, moment)
    start = at(layer.anchor, layer.zone)
    if moment < start:
        return None, begin, min(end, start)
    begin = max(begin, start)
    if not layer.turns or layer.days == frozenset():
        return None, begin, end
    if layer.days is not None:
        is_duty_day, since, until = _get_day(layer, moment)
        begin, end = max(begin, since), min(end, until)
        if not is_duty_day:
            return None, begin, end
    number = 0
    if any(turn != layer.turns[0] for turn in layer.turns):
        number, since, until = get_slot(layer, moment)
        begin, end = max(begin, since), min(end, until)
    user = layer.turns[(number + layer.offset) % len(layer.turns)]
    if user and layer.hours:
        is_worked, since, until = layer.hours.stretch(moment)
        begin, end = max(begin, since), min(end, until)
        if is_worked == layer.outside:
            user = None
    return user, begin, end


def _get_imported(layer, moment):
    place = bisect_right(layer.spans, moment, key=lambda span: span[0])
    begin, end = layer.begin, layer.end
    if place:
        since, until, user = layer.spans[place - 1]
        begin = max(begin, since)
        if moment < until:
            # The next one begins where it overlaps this one.
            until = min([until, *(span[0] for span in layer.spans[place : place + 1])])
            return user, begin, min(end, until)
        begin = max(begin, until)
    if place < len(layer.spans):
        end = min(end, layer.spans[place][0])
    return None, begin, end


def get_slot(layer, moment):
    """Return which slot a moment is in, its beginning and its end."""
    number = _estimate_slot(layer, wall(moment, layer.zone))
    begin = at(_get_slot_begin(layer, number), layer.zone)
    while begin > moment:
        number -= 1
        begin = at(_get_slot_begin(layer, number), layer.zone)
    end = at(_get_slot_begin(layer, number + 1), layer.zone)
    while end <= moment:
        number += 1
        begin, end = end, at(_get_slot_begin(layer, number + 1), layer.zone)
    return number, begin, end


def _get_slot_begin(layer, number):
    """Return when a slot begins on the wall clock."""
    duty = number * layer.length
    if layer.days is None:
        return layer.anchor + duty
    offsets = _get_day_offsets(layer)
    day, rest = divmod(duty, DAY)
    weeks, place = divmod(day, len(offsets))
    return layer.anchor + (weeks * WEEK_DAYS + offsets[place]) * DAY + rest


def _estimate_slot(layer, local):
    passed = local - layer.anchor
    if layer.days is not None:
        offsets = _get_day_offsets(layer)
        weeks, rest = divmod(passed, WEEK_DAYS * DAY)
        day = rest // DAY
        duty_days = weeks * len(offsets) + sum(one < day for one in offsets)
        passed = duty_days * DAY + (rest % DAY if day in offsets else 0 * DAY)
    return passed // layer.length


def _get_day_offsets(layer):
    """Return which of the seven days from the anchor on are duty days."""
    first = layer.anchor.weekday()
    return [day for day in range(WEEK_DAYS) if (first + day) % WEEK_DAYS in layer.days]


def _get_day(layer, moment):
    """Say whether it is a duty day, when it began and when it ends."""
    local = layer.anchor + (wall(moment, layer.zone) - layer.anchor) // DAY * DAY
    while at(local, layer.zone) > moment:
        local -= DAY
    while at(local + DAY, layer.zone) <= moment:
        local += DAY
    is_duty_day = local.weekday() in layer.days
    return is_duty_day, at(local, layer.zone), at(local + DAY, layer.zone)


# ----------------------------------------------------------------------
# What is put together from pieces
# ----------------------------------------------------------------------


def get_pieces(rota, begin, end=NEVER):
    """Yield piece after piece from the one that a moment is in."""
    while begin < end:
        piece = get_piece(rota, begin)
        yield piece
        begin = piece.end


def on_duty(rota, moment):
    """Say who is on duty at a moment, since when and until when, as far as looked.

    :rtype: Span
    """
    piece = get_piece(rota, moment)
    begin, end = piece.begin, piece.end
    while moment - begin < HORIZON and begin > EVER:
        before = get_piece(rota, begin - timedelta.resolution)
        if before.user != piece.user:
            break
        begin = before.begin
    for after in get_pieces(rota, end, _add(moment, HORIZON)):
        if after.user != piece.user:
            break
        end = after.end
    return piece._replace(begin=begin, end=end)


def get_shifts(rota, begin, end, pieces=None):
    """Return who is on duty in a window, in order, each time in one span.

    The first and the last one are whole, though they reach beyond the window. What is
    on duty by another change, or by none, is a shift of its own.

    :param pieces: those of the window, where they are known already
    """
    shifts = []
    for piece in pieces or get_pieces(rota, begin, end):
        if shifts and _is_same_shift(shifts[-1], piece):
            shifts[-1] = shifts[-1]._replace(end=piece.end)
        else:
            shifts.append(piece)
    if not shifts:
        return shifts
    first, last = shifts[0], shifts[-1]
    while begin - first.begin < LONGEST and first.begin > EVER:
        before = get_piece(rota, first.begin - timedelta.resolution)
        if not _is_same_shift(before, first):
            break
        first = first._replace(begin=before.begin)
    for after in get_pieces(rota, last.end, _add(end, LONGEST)):
        if not _is_same_shift(after, last):
            break
        last = last._replace(end=after.end)
    if len(shifts) == 1:
        return [first._replace(end=last.end)]
    return [first, *shifts[1:-1], last]


def _is_same_shift(one, other):
    return (one.user, one.change) == (other.user, other.change)


def get_order(rota, moment):
    """Return who is on duty, and the others as they come on duty after that, each once.

    :return: spans; the first one is None when nobody is on duty
    """
    now = get_piece(rota, moment)
    order = [now if now.user else None]
    people = {turn for layer in rota.layers for turn in layer.turns}
    people |= {change.user for change in rota.changes if change.end > moment}
    people |= {span[2] for layer in rota.layers for span in layer.spans or ()}
    seen = {None, now.user} | rota.gone
    is_on = bool(now.user)
    coming = get_pieces(rota, now.end, _add(moment, HORIZON))
    for piece in islice(coming, MOST_PIECES):
        is_on = is_on and piece.user == now.user
        if is_on:
            order[0] = order[0]._replace(end=piece.end)
        if piece.user not in seen:
            order.append(piece)
            seen.add(piece.user)
        if not is_on and not people - seen:
            break
    return order


def next_on_duty(rota, moment):
    """Return the span of the next other person who comes on duty, None without one."""
    return (get_order(rota, moment)[1:] or [None])[0]


def get_handovers(rota, moment, count):
    """Return the next spans in which somebody else is on duty than before."""
    spans, user = [], get_piece(rota, moment).user
    for piece in get_pieces(rota, get_piece(rota, moment).end, _add(moment, HORIZON)):
        if piece.user == user:
            if spans:
                spans[-1] = spans[-1]._replace(end=piece.end)
            continue
        if len(spans) == count:
            break
        spans.append(piece)
        user = piece.user
    return spans


def get_gaps(rota, begin, end, pieces=None):
    """Return when nobody is on duty though the rota promises it: (begin, end).

    :param pieces: those of the time, where they are known already
    """
    gaps = []
    for piece in pieces or get_pieces(rota, begin, end):
        if piece.user:
            continue
        since, stop = max(begin, piece.begin), min(end, piece.end)
        while since < stop:
            is_promised, until = True, stop
            if rota.promise:
                is_promised, _since, until = rota.promise.stretch(since)
                until = min(until, stop)
            if is_promised and gaps and gaps[-1][1] == since:
                gaps[-1] = (gaps[-1][0], until)
            elif is_promised:
                gaps.append((since, until))
            since = until
    return gaps


def has_effect(rota, change):
    """Say whether a change puts anybody on duty, in all or part of its time."""
    return any(
        piece.change == change.id
        for piece in get_pieces(rota, change.begin, change.end)
    )


def _add(moment, span):
    return moment + span if moment < NEVER - span else NEVER


def keep_place(turns, place, new_turns):
    """Return where a new order goes on, so that whoever is on duty stays (an index).

    Whoever is no longer in it makes way for the next of the old order who is.
    """
    for step in range(len(turns)):
        index = (place + step) % len(turns)
        user = turns[index]
        if user not in new_turns:
            continue
        # The same one of the person's places, if there are as many.
        earlier = turns[:index].count(user)
        places = [n for n, other in enumerate(new_turns) if other == user]
        return places[min(earlier, len(places) - 1)]
    return 0


def continue_layer(base, new, moment, keeps_grid):
    """Return a new version that goes on where the one before leaves off.

    Where the grid is kept it counts at once, and whoever is on duty stays. Otherwise it
    begins when the slot ends that the moment is in.

    :param Layer base: the version until then
    :param Layer new: as it was edited
    :param bool keeps_grid: length, handover and zone are as before
    """
    if moment < at(base.anchor, base.zone):
        return new._replace(begin=max(moment, base.begin), offset=0)
    begin = moment
    if not keeps_grid:
        end = get_slot(base, moment)[2]
        if new.anchor == base.anchor or at(new.anchor, new.zone) < end:
            day = wall(end, new.zone).date()
            new = new._replace(anchor=datetime.combine(day, new.anchor.time()))
        begin = max(end, at(new.anchor, new.zone))
    place = 0
    if base.turns:
        place = (get_slot(base, begin)[0] + base.offset) % len(base.turns)
        place = keep_place(base.turns, place, new.turns)
    offset = 0
    if new.turns:
        offset = (place - get_slot(new, begin)[0]) % len(new.turns)
    return new._replace(begin=begin, offset=offset)


def get_logged_spans(rota, begin, end):
    """Return who was on duty between two moments, and nothing of what is outside."""
    spans = []
    for piece in get_pieces(rota, begin, end):
        piece = piece._replace(begin=max(begin, piece.begin), end=min(end, piece.end))
        if spans and spans[-1].end == piece.begin and _is_same_shift(spans[-1], piece):
            spans[-1] = spans[-1]._replace(end=piece.end)
        elif piece.user:
            spans.append(piece)
    return spans
