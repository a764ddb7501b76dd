"""What the wings add to a run in which nothing is due."""

import idle
import odoo_db
from measure import cost, median, percent, ratio_of_pairs, row

LIMIT = 1.1


def measure(alone, together, tickets, rounds):
    """Run idly in two databases in turns: with the core alone, and with all wings."""
    with odoo_db.environment(alone) as core, odoo_db.environment(together) as all_of_it:
        for env in (core, all_of_it):
            idle.watch(env)
            idle.run(env)  # what is due is seen to here
            odoo_db.vacuum(env.cr.dbname)
        pairs = [
            [cost(env.cr, idle.run, env) for env in (core, all_of_it)]
            for _round in range(6 * rounds)
        ]
    by_core, by_all = zip(*pairs, strict=True)
    ratio, noise = ratio_of_pairs(
        [one.seconds for one in by_all], [one.seconds for one in by_core]
    )
    return [
        row(
            f"An idle run beside {tickets:,} open tickets, with the core alone",
            f"{1000 * median(by_core).seconds:.0f} ms, "
            f"{median(by_core).queries:.0f} queries",
        ),
        row(
            "The same with all wings",
            f"{percent(ratio)} ± {100 * noise:.1f} %, "
            f"{median(by_all).queries:.0f} queries",
            f"{percent(LIMIT)}",
            ratio <= LIMIT,
        ),
    ]
