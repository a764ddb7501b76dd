"""R13 with real processes: two servers, one database, and people in between."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ..support.office import STEP, STEPS, TROUBLE, Office, Person
from ..support.promises import check_promises
from ..support.torture import dice, scale

pytestmark = pytest.mark.torture

TICKETS = scale(40, 300)
SMALL_TEAMS = scale(2, 20)
SECONDS = scale(2, 30)


def test_two_servers_and_people_at_the_same_time(
    cluster, database, mail_sink, odoo_server
):
    chance = dice("two servers")
    servers = [odoo_server(database, "--max-cron-threads=2") for _number in range(2)]
    office = Office(servers[0], mail_sink, chance, SMALL_TEAMS)
    office.new_tickets(TICKETS)
    with ThreadPoolExecutor() as pool:
        people = list(
            pool.map(
                lambda number: Person(office, number, servers[number % 2]), range(3)
            )
        )
        for _step in STEPS:
            office.minutes_pass(STEP)
            office.wake()
            with office.busy():
                until = time.monotonic() + SECONDS
                acting = [pool.submit(person.act, until) for person in people]
                assert all(act.result() for act in acting)
            office.finish()
            check_promises(database, office.tickets, mail_sink.messages)
    for server in servers:
        assert TROUBLE.findall(server.log_text()) == []
