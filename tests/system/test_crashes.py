"""R13 with real processes: what dies in the middle of a run, dies without harm."""

import contextlib
import time

import pytest

from ..support.office import STEP, TROUBLE, Office
from ..support.promises import check_promises
from ..support.server import query
from ..support.torture import dice, scale

pytestmark = pytest.mark.torture

KILLS = scale(1, 20)
TICKETS = scale(25, 60)
# About as long as a run and the mails after it take.
SECONDS = scale(1.5, 4)


def test_a_server_that_is_killed(cluster, database, mail_sink, odoo_server):
    """At any moment of a run, or while its mails are handed over."""
    chance = dice("kills")
    server = odoo_server(database, "--max-cron-threads=2")
    office = Office(server, mail_sink, chance)
    for number in range(KILLS):
        office.new_tickets(TICKETS)
        office.minutes_pass(STEP)
        office.wait_for_run()
        time.sleep(chance.uniform(0, SECONDS))
        server.stop(kill=True)
        server = office.server = odoo_server(database, "--max-cron-threads=2")
        office.finish()
        check_promises(
            database, office.tickets, mail_sink.messages, same_mail_again=number + 1
        )
        assert TROUBLE.findall(server.log_text()) == []


def test_a_database_server_that_is_restarted(cluster, database, mail_sink, odoo_server):
    """As an administrator does it, or as it crashes.

    Odoo's jobs are restarted as well: without workers they end with the connection.
    """
    chance = dice("restarts")
    server = odoo_server(database, "--max-cron-threads=2")
    office = Office(server, mail_sink, chance)
    for number in range(KILLS):
        office.new_tickets(TICKETS)
        office.minutes_pass(STEP)
        office.wait_for_run()
        time.sleep(chance.uniform(0, SECONDS))
        cluster.restart(chance.choice(("fast", "immediate")))
        server.stop()
        server = office.server = odoo_server(database, "--max-cron-threads=2")
        office.finish()
        check_promises(
            database, office.tickets, mail_sink.messages, same_mail_again=number + 1
        )


# Of so many writes of Odoo one fails, at random, as on a disk that is about full.
ONE_IN = 40
DISK = """
CREATE SEQUENCE writes;
CREATE TABLE disk (is_full boolean);
INSERT INTO disk VALUES (FALSE);
CREATE FUNCTION need_space() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  number bigint;
BEGIN
  IF (SELECT is_full FROM disk) AND current_setting('application_name') LIKE 'odoo%%'
  THEN
    number := nextval('writes');
    IF abs(hashint8(number / {one_in} + {seed})) %% {one_in} = number %% {one_in} THEN
      RAISE 'could not extend file "base/5/1": No space left on device'
      USING ERRCODE = '53100';
    END IF;
  END IF;
  RETURN NULL; END $$;
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT relname FROM pg_class WHERE relkind = 'r'
      AND relnamespace = 'public'::regnamespace AND relname != 'disk'
  LOOP
    EXECUTE format('CREATE TRIGGER need_space BEFORE INSERT OR UPDATE ON %%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION need_space()', name);
  END LOOP; END $$;
"""


class FailingDisk:
    """Stands in for a full disk: now and then a write fails."""

    def __init__(self, database, chance):
        self.database = database
        query(database, DISK.format(seed=chance.randrange(10**6), one_in=ONE_IN))

    def fill(self):
        query(self.database, "UPDATE disk SET is_full = TRUE")

    def free(self):
        query(self.database, "UPDATE disk SET is_full = FALSE")


def test_a_disk_that_is_about_full(cluster, database, mail_sink, odoo_server):
    chance = dice("disk")
    server = odoo_server(database, "--max-cron-threads=2")
    office = Office(server, mail_sink, chance)
    disk = FailingDisk(database, chance)
    for _number in range(scale(1, 10)):
        office.new_tickets(TICKETS)
        office.minutes_pass(STEP)
        disk.fill()
        for run in range(12):
            # A slow machine takes longer to meet it.
            if run >= 3 and "No space left on device" in server.log_text():
                break
            # On a full disk there may be no run at all.
            with contextlib.suppress(AssertionError):
                office.wait_for_run(timeout=10)
            time.sleep(1)
        disk.free()
        assert "No space left on device" in server.log_text()
        # What was put off comes round.
        office.minutes_pass(60)
        office.finish()
        # A mail that was handed over, and could not be noted, is handed over again.
        again = server.log_text().count("Exception while processing mail with ID")
        check_promises(
            database, office.tickets, mail_sink.messages, same_mail_again=again
        )
