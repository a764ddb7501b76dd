"""What grows with what: the same beside more and more open tickets.

The tickets and messages are written by SQL where the add-ons are installed already, as
the job that reads what was there before would have too many to read. Each number of
tickets has a database and a process of its own, so that the memory it took can be told.
"""

import multiprocessing
import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from lxml import etree

from odoo.api import Environment
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config

from . import data, idle, odoo_db
from .measure import cpu_cost, row

# How many fall due together, beside all that wait.
DUE = 1000
# What may be added to a cost by what is measured beside it, as a factor.
TOLERANCE = 1.3
STATUSES = {
    "Escalated": "active",
    "Client Waiting": ("waiting", "unwatched"),
    "Client Waiting, Not Watched": "unwatched",
}


def prepare(database, count):
    """Fill a database in which the add-ons are installed."""
    with odoo_db.environment(database) as env:
        data.create_people(env, 40, 3)
        data.create_clients(env, 5000)
        data.create_tickets(env, count, data.SHORT)
        env["res.users"].create(
            {
                "name": "Manager",
                "login": "bench_manager",
                "email": "manager@helpdesk.example",
                "group_ids": [
                    Command.set(env.ref("helpdesk_mgmt.group_helpdesk_manager").ids)
                ],
            }
        )
        idle.watch(env)
        env.cr.commit()
    odoo_db.vacuum(database)


def measure(database, rounds):
    """Do all of it in a process of its own.

    :return: seconds of processor time, queries and megabytes, {what: Cost or number}
    """
    with ProcessPoolExecutor(
        1, mp_context=multiprocessing.get_context("spawn")
    ) as pool:
        return pool.submit(_measure, database, rounds).result()


def _measure(database, rounds):
    config.parse_config([], setup_logging=False)
    found = {}
    with odoo_db.environment(database) as env:
        idle.run(env)  # what is due is seen to here
        _settle(database)
        found["An idle run"] = _least(rounds, env.cr, idle.run, env)
        found["Memory, after idle runs"] = memory()
        _let_fall_due(env)
        found[f"A run with {DUE:,} due"] = cpu_cost(env.cr, idle.run, env)
        found["Memory, after that"] = memory()
    _settle(database)
    found.update(_measure_people(database, rounds))
    return found


def _measure_people(database, rounds):
    with odoo_db.environment(database) as env:
        ids = {
            who: env["res.users"].search([("login", "=", f"bench_{who}")]).id
            for who in ("manager", "leader_0")
        }
        # The oldest ones are those that are escalated.
        ticket = env["helpdesk.ticket"].search(
            [("user_id.login", "=like", "bench_%")], order="id", limit=1
        )
        answering = (ticket.user_id.id, ticket.id)
    works = {
        "The dashboard": (ids["manager"], open_dashboard),
        "Its cards": (ids["manager"], open_cards),
        "The list of 80 tickets": (ids["leader_0"], open_list),
        **{
            f"The filter *{title}*": (ids["leader_0"], open_list, status)
            for title, status in STATUSES.items()
        },
        "An answer": (answering[0], post_answer, answering[1]),
    }
    registry = Registry(database)
    found = {}
    for title, (user_id, work, *args) in works.items():
        with registry.cursor() as cr:
            env = Environment(
                cr, user_id, {"lang": "en_US", "mail_notify_force_send": False}
            )
            found[title] = _least(rounds, cr, _as_request, work, env, *args)
            cr.rollback()
    return found


def _least(rounds, cr, work, *args):
    """The machine's other work is not what is measured."""
    costs = [cpu_cost(cr, work, *args) for _turn in range(rounds)]
    return min(costs, key=lambda cost: cost.seconds)


def _as_request(work, env, *args):
    env.invalidate_all()
    work(env, *args)
    env.flush_all()


def _settle(database):
    """Have PostgreSQL do now what it would do in the background meanwhile."""
    odoo_db.vacuum(database)
    odoo_db.sql(database, "CHECKPOINT")


def _let_fall_due(env):
    policy = env["helpdesk.escalation.policy"].create(
        {
            "name": "Due",
            "step_ids": [
                Command.create({"delay": 0, "recipient": "responsible"}),
                Command.create({"delay": 365 * 24 * 60, "recipient": "team_leader"}),
            ],
        }
    )
    env.flush_all()
    # A policy of the ticket's own counts whenever the wait began. The client has the
    # last word on every other ticket.
    env.cr.execute(
        """
        UPDATE helpdesk_ticket SET escalation_policy_id = %s
         WHERE id IN (SELECT id FROM helpdesk_ticket
                       WHERE number LIKE 'BENCH%%' AND id %% 2 = 1
                    ORDER BY id LIMIT %s)
        """,
        [policy.id, DUE],
    )
    env.cr.commit()
    env.invalidate_all()


def memory():
    """Megabytes: the most that this process ever had."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])


# What people do ---------------------------------------------------------------


def open_dashboard(env):
    env["helpdesk.escalation.incident"].get_dashboard()


def open_cards(env):
    _open(
        env["helpdesk.escalation.incident"],
        "kanban",
        [("is_leading", "=", True), ("state", "!=", "resolved")],
        40,
    )


def open_list(env, status=None):
    if status is None:
        domain = []
    elif isinstance(status, str):
        domain = [("escalation_status", "=", status)]
    else:
        domain = [("escalation_status", "in", status)]
    _open(env["helpdesk.ticket"], "list", domain, 80)


def _open(model, kind, domain, limit):
    arch = etree.fromstring(model.get_view(view_type=kind)["arch"])
    names = {field.get("name") for field in arch.iter("field")}
    specification = {
        name: {"fields": {"display_name": {}}} if model._fields[name].relational else {}
        for name in names & model._fields.keys()
    }
    model.web_search_read(domain, specification, limit=limit, count_limit=10_001)


def post_answer(env, ticket_id):
    env["helpdesk.ticket"].browse(ticket_id).message_post(
        body="<p>On it</p>", message_type="comment", subtype_xmlid="mail.mt_comment"
    )


# The table --------------------------------------------------------------------


def compare(found):
    """Put what was found side by side, and see what grows faster than the tickets.

    :param dict found: what was measured, by the number of open tickets
    """
    sizes = list(found)
    rows = []
    for what in found[sizes[0]]:
        values = [found[size][what] for size in sizes]
        if isinstance(values[0], int):
            text = "; ".join(f"{value / 1024:.0f} MB" for value in values)
            rows.append(row(what, text))
            continue
        times = "; ".join(f"{one.seconds:.2f} s" for one in values)
        queries = sorted({one.queries for one in values})
        few_and_many = "–".join(map(str, dict.fromkeys([queries[0], queries[-1]])))
        text = f"{times} ({few_and_many} queries)"
        grown = values[-1].seconds / values[0].seconds
        limit = sizes[-1] / sizes[0]
        rows.append(
            row(
                what,
                text,
                f"{limit:.0f} times" if len(sizes) > 1 else None,
                grown <= limit * TOLERANCE if len(sizes) > 1 else None,
            )
        )
    return rows
