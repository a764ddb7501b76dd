"""What is measured, in numbers that can be compared.

The machine has moods, so nothing is compared but what was measured in turns, and each
ratio says how far it is to be trusted.
"""

import gc
import os
import random
import statistics
import time
from collections import namedtuple
from contextlib import contextmanager
from pathlib import Path

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


def cpu_cost(cr, work, *args):
    """Do some work, return what it cost in seconds of processor time and queries.

    Odoo's and PostgreSQL's, which must be on this machine, together. So it says little
    of what else the machine does meanwhile.
    """
    with quiet():
        server = _find_server(cr)
        queries = cr.sql_log_count
        before = time.process_time() + _server_time(server)
        work(*args)
        seconds = time.process_time() + _server_time(server) - before
    return Cost(seconds, cr.sql_log_count - queries)


def _find_server(cr):
    """The number of PostgreSQL's first process, the parent of all others."""
    backend = cr.connection.get_backend_pid()
    return _read_stat(Path(f"/proc/{backend}"))[1]


def _server_time(server):
    """What the server's processes have used, those that have ended among them."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*"):
        pid = int(path.name)
        try:
            _state, parent, *fields = _read_stat(path)
        except OSError:
            continue  # it has just ended
        # Of the first process also what its children used that are no more.
        if pid == server:
            ticks += sum(map(int, fields[9:13]))
        elif parent == server:
            ticks += sum(map(int, fields[9:11]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _read_stat(path):
    """A process's state, its parent and the rest of what Linux says of it."""
    text = (path / "stat").read_text()
    state, parent, *fields = text.rpartition(")")[2].split()
    return state, int(parent), *fields


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
