"""What the calendar of shifts costs: nothing of it is stored, all is computed."""

import time
from datetime import datetime, timedelta

from odoo.fields import Command, Datetime

from . import odoo_db
from .measure import quiet, row

DAYS = 90
# As the web client asks for the calendar's records.
FIELDS = [
    "display_name",
    "start",
    "stop",
    "color",
    "user_id",
    "rota_id",
    "replaced_id",
    "rota_time",
]
LIMIT = 1


def measure(database, count, people, rounds):
    """Open the calendar of many rotas, whose people are on duty a day each.

    :param int count: of rotas
    :param int people: of each rota
    """
    with odoo_db.environment(database) as env:
        manager_id = _set_the_scene(env, count, people).id
        env.cr.commit()
    odoo_db.vacuum(database)
    # A request of its own, as when somebody opens the calendar.
    with odoo_db.environment(database, tz="Europe/Paris", lang="en_US") as env:
        shifts = env["helpdesk.escalation.rota.shift"].with_user(manager_id)
        found = len(_open(shifts))
        # The machine's other work is not what is measured.
        seconds = min(_cost(_open, shifts) for _turn in range(rounds))
    title = f"{DAYS} days of {count:,} rotas: {found:,} shifts in the calendar"
    return [row(title, f"{seconds:.2f} s of CPU", f"{LIMIT} s", seconds <= LIMIT)]


def _cost(work, *args):
    with quiet():
        start = time.process_time()
        work(*args)
        return time.process_time() - start


def _open(shifts):
    shifts.env.invalidate_all()
    begin = Datetime.now()
    return shifts.search_read(
        [("start", "<=", begin + timedelta(days=DAYS)), ("stop", ">=", begin)], FIELDS
    )


def _set_the_scene(env, count, people):
    """A manager, and rotas of the same people, each in another order."""
    group = env.ref("helpdesk_mgmt.group_helpdesk_manager")
    manager = env["res.users"].create(
        {
            "name": "Manager",
            "login": "bench_rotas",
            "group_ids": [Command.set(group.ids)],
        }
    )
    users = env["res.users"].create(
        [
            {"name": f"Person {number}", "login": f"bench_on_call_{number}"}
            for number in range(people)
        ]
    )
    env["helpdesk.escalation.rota"].create(
        [
            {
                "name": f"Rota {number}",
                "tz": "Europe/Paris",
                "layer_ids": [
                    Command.create(
                        {
                            "unit": "days",
                            "anchor_date": datetime.now().date() - timedelta(days=1),
                            "turn_ids": [
                                Command.create({"sequence": place, "user_id": user.id})
                                for place, user in enumerate(
                                    users[number % people :] + users[: number % people]
                                )
                            ],
                        }
                    )
                ],
            }
            for number in range(count)
        ]
    )
    return manager
