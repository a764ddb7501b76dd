"""A server that dies while it reads old messages: the next one goes on with it."""

import json
import time

from ..support.processes import odoo
from ..support.server import query

MESSAGES = 40_000
OLD_MESSAGES = f"""
from odoo.addons.helpdesk_escalation.hooks import post_init_hook

client = env["res.partner"].create({{"name": "Carla Client"}})
ticket = env["helpdesk.ticket"].create({{
    "name": "The printer is on fire",
    "description": "<p>Please help</p>",
    "partner_id": client.id,
}})
env.flush_all()
env.cr.execute(
    "INSERT INTO mail_message "
    "(model, res_id, author_id, message_type, subtype_id, body, create_date) "
    "SELECT 'helpdesk.ticket', %s, %s, 'comment', %s, 'Well?', "
    "now() AT TIME ZONE 'UTC' "
    "FROM generate_series(1, {MESSAGES})",
    [ticket.id, client.id, env.ref("mail.mt_comment").id],
)
post_init_hook(env)
# A server may have read all of it before it answers.
env.ref("helpdesk_escalation.ir_cron_read_messages").active = False
env.cr.commit()
"""


# Each batch takes a moment, however fast the machine.
SLOWLY = """
    CREATE FUNCTION take_a_moment() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$;
    CREATE TRIGGER slowly AFTER UPDATE ON mail_message
       FOR EACH STATEMENT EXECUTE FUNCTION take_a_moment()
"""


def reading(database):
    """How far it is, None when it is done."""
    rows = query(
        database,
        "SELECT value FROM ir_config_parameter "
        "WHERE key = 'helpdesk_escalation.message_reading'",
    )
    return json.loads(rows[0][0]) if rows else None


def judged(database):
    return query(
        database, "SELECT COUNT(*) FROM mail_message WHERE escalation_party = 'client'"
    )[0][0]


def read_until(server, is_true, seconds=180):
    """Let the server's job read until something is true of how far it is."""
    deadline = time.monotonic() + seconds
    while not is_true(now := reading(server.database)):
        assert time.monotonic() < deadline, now
        server.wake_cron()
        time.sleep(0.1)
    return now


def start_reading(database):
    query(
        database,
        "UPDATE ir_cron SET active = TRUE, nextcall = now() AT TIME ZONE 'UTC' "
        "FROM ir_model_data data WHERE data.res_id = ir_cron.id "
        "AND data.model = 'ir.cron' AND data.name = 'ir_cron_read_messages'",
    )


def test_a_server_that_dies_in_the_middle(database, odoo_server):
    odoo(database, code=OLD_MESSAGES)
    begin = reading(database)
    query(database, SLOWLY)
    server = odoo_server(database)
    start_reading(database)
    read_until(server, lambda now: now != begin)
    server.stop(kill=True)
    then = reading(database)
    assert 0 < then["left"] < begin["left"], then
    assert MESSAGES > judged(database) > 0

    query(database, "DROP TRIGGER slowly ON mail_message")
    server = odoo_server(database)
    now = read_until(server, lambda now: now != then)
    assert now is None or now["left"] < then["left"] or now["top"] > now["before"]
    read_until(server, lambda now: now is None)
    assert judged(database) == MESSAGES
