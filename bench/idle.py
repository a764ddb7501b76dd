"""What a run costs in which nothing is due, and what the wings add to it.

Nearly always that is all there is: every five minutes, on every helpdesk.
"""

from odoo.fields import Command

from . import odoo_db
from .measure import cost, median, percent, ratio_of_pairs, row

# Every hundredth or so of the tickets has waited longer than this.
DELAY = 59 * 24 * 60
MICROSECOND = 1e-6
# What all wings together may cost, beside the core alone.
WINGS_LIMIT = 1.1


def watch(env):
    """Set a policy on all teams, which nearly nobody has waited long enough for."""
    policy = env["helpdesk.escalation.policy"].create(
        {
            "name": "Bench",
            "start_date": False,
            "step_ids": [
                Command.create({"delay": DELAY, "recipient": "responsible"}),
                Command.create({"delay": 365 * 24 * 60, "recipient": "responsible"}),
            ],
        }
    )
    env["helpdesk.ticket.team"].search([]).write(
        {"escalation_policy_id": policy.id, "escalation_policy_date": False}
    )
    env.cr.commit()


def measure(database, sizes, rounds):
    """Run idly beside fewer and fewer open tickets; there stay as many messages.

    :param sizes: numbers of open tickets, the first is how many there are
    """
    with odoo_db.environment(database) as env:
        watch(env)
        ((messages,),) = odoo_db.sql(database, "SELECT COUNT(*) FROM mail_message")
        closed = env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
        costs = {}
        incidents = {}
        for size in sizes:
            env.cr.execute(
                "UPDATE helpdesk_ticket SET stage_id = %s WHERE id %% %s != 1",
                [closed.id, sizes[0] // size],
            ) if size < sizes[0] else None
            env.cr.commit()
            run(env)  # what is due or over is seen to here
            odoo_db.vacuum(database)
            incidents[size] = env["helpdesk.escalation.incident"].search_count(
                [("state", "!=", "resolved")]
            )
            env.cr.commit()
            # PostgreSQL goes on writing for a while, and makes the first runs slow.
            odoo_db.sql(database, "CHECKPOINT")
            costs[size] = median(
                [cost(env.cr, run, env) for _turn in range(3 * rounds)]
            )
    rows = [
        row(
            f"An idle run beside {size:,} open tickets, {incidents[size]:,} escalated "
            f"({messages:,} messages)",
            f"{1000 * costs[size].seconds:.0f} ms, {costs[size].queries:.0f} queries",
        )
        for size in reversed(sizes)
    ]
    most, least = sizes[0], sizes[-1]
    per_ticket = (costs[most].seconds - costs[least].seconds) / (most - least)
    queries = {one.queries for one in costs.values()}
    return rows + [
        row(
            "Each open ticket more",
            f"{per_ticket / MICROSECOND:.1f} µs",
            "6 µs",
            per_ticket <= 6 * MICROSECOND,
        ),
        row(
            "Queries, however many tickets",
            " or ".join(f"{number:.0f}" for number in sorted(queries)),
            "constant, and one more where a step falls due before the next call",
            max(queries) - min(queries) <= 1,
        ),
    ]


def run(env):
    env["helpdesk.escalation.engine"]._cron_escalate()
    env.invalidate_all()
    env.cr.commit()


def measure_wings(alone, together, tickets, rounds):
    """Run idly in two databases in turns: with the core alone, and with all wings."""
    with odoo_db.environment(alone) as core, odoo_db.environment(together) as all_of_it:
        for env in (core, all_of_it):
            watch(env)
            run(env)  # what is due is seen to here
            odoo_db.vacuum(env.cr.dbname)
        pairs = [
            [cost(env.cr, run, env) for env in (core, all_of_it)]
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
            f"{percent(WINGS_LIMIT)}",
            ratio <= WINGS_LIMIT,
        ),
    ]
