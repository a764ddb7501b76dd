"""What is measured, in numbers that can be compared.

The machine has moods, so nothing is compared but what was measured in turns, and each
ratio says how far it is to be trusted.
"""

import gc
import random
import statistics
import time
from collections import namedtuple
from contextlib import contextmanager

Row = namedtuple("Row", ["what", "measured", "limit", "holds"])
Row.__doc__ = """A line of the table: what was measured, the result in words, the limit
in words (None: no limit, a fact), and whether it holds."""

Cost = namedtuple("Cost", ["seconds", "queries"])


def row(what, measured, limit=None, holds=None):
    return Row(what, measured, limit, holds)


@contextmanager
def quiet():
    """Keep Python's garbage collector out of what is timed."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def cost(cr, work, *args):
    """Do some work, return what it cost in seconds and queries of a cursor."""
    with quiet():
        queries = cr.sql_log_count
        start = time.perf_counter()
        work(*args)
        seconds = time.perf_counter() - start
    return Cost(seconds, cr.sql_log_count - queries)


def total(costs):
    """The sum of each part of some costs."""
    return Cost(
        sum(cost.seconds for cost in costs), sum(cost.queries for cost in costs)
    )


def mean(costs):
    """The mean of each part of some costs."""
    return Cost(*(part / len(costs) for part in total(costs)))


def median(costs):
    """The median of each part of some costs."""
    return Cost(
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.queries for cost in costs),
    )


def ratio_of_pairs(ours, theirs):
    """The median ratio of pairs measured one right after the other, and its noise.

    The noise is half the width of the interval that holds the true median with a
    probability of 95 %, found by drawing from the pairs again and again.
    """
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    draw = random.Random(1)
    medians = sorted(
        statistics.median(draw.choices(ratios, k=len(ratios))) for _time in range(500)
    )
    return statistics.median(ratios), (medians[487] - medians[12]) / 2


def percent(ratio):
    return f"{100 * (ratio - 1):+.1f} %"


def milliseconds(seconds):
    return f"{1000 * seconds:.2f} ms"
