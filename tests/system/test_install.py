"""A life of the addon in real databases: used, removed, installed again, upgraded."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg2

from odoo.tests import TransactionCase

from ..support.in_use import traces
from ..support.processes import odoo
from ..support.server import query

USE = """
from datetime import timedelta
from odoo import Command
from odoo.tests import new_test_user

agent = new_test_user(
    env, "agent", "helpdesk_mgmt.group_helpdesk_user", email="agent@helpdesk.example"
)
director = new_test_user(
    env, "director", "base.group_user", email="director@helpdesk.example"
)
policy = env["helpdesk.escalation.policy"].create({
    "name": "Standard",
    "start_date": env.cr.now() - timedelta(days=1),
    "step_ids": [
        Command.create({"delay": 0, "recipient": "responsible"}),
        Command.create({
            "delay": 0,
            "recipient": "user",
            "user_ids": [Command.set(director.ids)],
            "channel": "email",
        }),
    ],
})
team = env["helpdesk.ticket.team"].create({
    "name": "Support",
    "user_ids": [Command.set(agent.ids)],
    "escalation_policy_id": policy.id,
})
client = env["res.partner"].create({
    "name": "Carla Client", "escalation_policy_id": policy.id
})
tickets = env["helpdesk.ticket"].create([{
    "name": f"Room {number} is on fire",
    "description": "<p>Please help</p>",
    "team_id": team.id,
    "user_id": agent.id,
    "partner_id": client.id,
} for number in range(20)])
tickets[0].escalation_policy_id = policy
tickets[1].escalation_muted = True
env["res.config.settings"].create({
    "escalation_link_hours": 5, "escalation_link_login": True
}).execute()
tickets[5].message_post(
    body="Well?", author_id=client.id, message_type="comment",
    subtype_xmlid="mail.mt_comment",
)
env["mail.mail"].search([]).unlink()  # the host's own
env.cr.commit()
env["helpdesk.escalation.engine"]._cron_escalate()
incidents = env["helpdesk.escalation.incident"].search([])
assert len(incidents) == 19, incidents
assert all(incidents.notification_ids.mapped("state")), incidents
assert incidents.notification_ids.mail_id and incidents.notification_ids.activity_id
assert any(incidents.notification_ids.mapped("access_granted"))
incidents[0]._confirm(agent, "activity")
incidents[1].message_post(body="On my way")
incidents[2:4]._resolve("answered")
policy.message_post(body="Agreed with the board")
env.cr.commit()
"""

# Who spoke is forgotten, as if all was from before, and half of it is read.
HALF_READ = """
from unittest.mock import patch

from odoo.addons.helpdesk_escalation.hooks import post_init_hook
from odoo.addons.helpdesk_escalation.models import (
    helpdesk_escalation_message_reading as module,
)

env.cr.execute("UPDATE mail_message SET escalation_party = NULL")
post_init_hook(env)
env.cr.commit()
with patch.object(module, "BATCH_SIZE", 3), patch.object(module, "RUN_SECONDS", 0):
    env["helpdesk.escalation.message.reading"]._cron_read_messages()
assert env["ir.config_parameter"].get_param("helpdesk_escalation.message_reading")
"""

READ = """
reading = env["helpdesk.escalation.message.reading"]
assert reading._get_progress() == 0, reading._get_progress()
env["helpdesk.escalation.engine"]._cron_escalate()
assert reading._get_job().method_direct_trigger() is True
env.cr.commit()
assert reading._get_progress() is None
assert not reading._get_job().active
"""

UNINSTALL = """
env.ref("base.module_helpdesk_escalation").button_immediate_uninstall()
"""

NEW_POLICY = """
from odoo import Command

policy = env["helpdesk.escalation.policy"].create({
    "name": "Standard",
    "step_ids": [Command.create({"delay": 0, "recipient": "responsible"})],
})
env["helpdesk.ticket.team"].search([]).escalation_policy_id = policy
env.cr.commit()
env["helpdesk.escalation.engine"]._cron_escalate()
env.cr.commit()
assert policy.backlog_count == 20, policy.backlog_count
"""


def contents(database):
    """A digest of each table and of the schema.

    Left out is what any upgrade of any addon changes: the times of writing, each
    view's text before, the module's own line, a trigger for Odoo's housekeeping, and
    the names Odoo gives to who inherits from ``mail.thread``, depending on the order
    in which it loads other addons.
    """
    columns = query(
        database,
        """
        SELECT table_name,
               string_agg(format('%%I', column_name), ', ' ORDER BY column_name)
          FROM information_schema.columns
         WHERE table_schema = 'public'
           AND column_name NOT IN ('write_date', 'write_uid', 'arch_prev')
           AND table_name NOT IN ('ir_cron_trigger', 'ir_module_module')
           AND table_name NOT LIKE 'orm_signaling%%'
      GROUP BY table_name
        """,
    )
    digests = {
        table: query(
            database,
            f"SELECT md5(string_agg(line, '|' ORDER BY line)) "
            f'FROM (SELECT ROW({names})::text AS line FROM "{table}") AS lines '
            "WHERE line NOT LIKE %s",
            "%model_inherit\\_\\_%",
        )
        for table, names in columns
    }
    digests["indexes"] = query(database, "SELECT indexdef FROM pg_indexes ORDER BY 1")
    digests["constraints"] = query(
        database,
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) "
        "FROM pg_constraint ORDER BY 1, 2",
    )
    return digests


def count(database, *tables):
    return {
        table: query(database, f'SELECT COUNT(*) FROM "{table}"') for table in tables
    }


def test_used_removed_installed_again_and_upgraded(database):
    odoo(database, code=USE + HALF_READ + UNINSTALL)
    assert traces(database) == []
    assert count(database, "mail_activity", "mail_mail") == {
        "mail_activity": [(0,)],
        "mail_mail": [(0,)],
    }

    # Now the tickets are old ones, from before the addon: nobody is told (R12).
    sent = count(database, "mail_activity", "mail_mail", "mail_notification")
    odoo(database, "-i", "helpdesk_escalation")
    odoo(database, code=READ)
    assert count(database, *sent) == sent
    assert query(
        database,
        "SELECT escalation_party, COUNT(*) FROM mail_message "
        "WHERE escalation_party IS NOT NULL GROUP BY 1",
    ) == [("client", 1)]
    # And each old team requires the usual parts of a handover.
    assert query(
        database,
        "SELECT DISTINCT COUNT(part.helpdesk_ticket_team_id) FROM helpdesk_ticket_team "
        "LEFT JOIN helpdesk_escalation_handover_part_helpdesk_ticket_team_rel part "
        "ON helpdesk_ticket_team_id = helpdesk_ticket_team.id "
        "GROUP BY helpdesk_ticket_team.id",
    ) == [(5,)]
    odoo(database, code=NEW_POLICY)
    assert count(database, "helpdesk_escalation_incident", "mail_activity") == {
        "helpdesk_escalation_incident": [(0,)],
        "mail_activity": [(0,)],
    }

    # An upgrade changes nothing.
    before = contents(database)
    odoo(database, "-u", "helpdesk_escalation")
    after = contents(database)
    assert {table for table in after if after[table] != before[table]} == set()


# A ticket from before the addon, with a client.
TICKET = """
client = env["res.partner"].create({"name": "Carla Client", "email": "c@c.example"})
ticket = env["helpdesk.ticket"].create({
    "name": "The printer is on fire",
    "description": "<p>Please help</p>",
    "partner_id": client.id,
})
ticket.message_post(
    body="Well?", author_id=client.id, message_type="comment",
    subtype_xmlid="mail.mt_comment",
)
env.cr.commit()
"""
# Somebody unknown writes on it, as a server does that knows nothing of us.
WRITE = """
    INSERT INTO mail_message (model, res_id, message_type, body, create_date)
    SELECT model, res_id, message_type, body, now() AT TIME ZONE 'UTC'
      FROM mail_message WHERE message_type = 'comment' LIMIT 1
 RETURNING id
"""


def wait_until(database, is_true, seconds=120):
    """Wait until a question to the database has an answer.

    Odoo itself has an installation wait for 15 seconds at most.
    """
    deadline = time.monotonic() + seconds
    while not query(database, is_true):
        assert time.monotonic() < deadline, is_true
        time.sleep(0.1)


def test_installing_while_people_write(new_database):
    """Whoever has begun is waited for, who comes then waits; all of it is read."""
    database = new_database(os.environ.get("ODOO_TEST_BASE", "escalation_base"))
    odoo(database, code=TICKET)
    with (
        closing(psycopg2.connect(dbname=database)) as early,
        ThreadPoolExecutor() as pool,
    ):
        with early.cursor() as cursor:
            cursor.execute(WRITE)
        install = pool.submit(odoo, database, "-i", "helpdesk_escalation")
        blocked = (
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock' AND query LIKE '%%{}%%mail_message%%'"
        )
        wait_until(database, blocked.format("ALTER TABLE"))
        late = pool.submit(query, database, WRITE)
        wait_until(database, blocked.format("INSERT INTO"))
        early.commit()
        install.result()
        late.result()
    odoo(database, code=READ)
    assert (
        query(
            database,
            "SELECT escalation_party FROM mail_message WHERE message_type = 'comment'",
        )
        == [("client",)] * 3
    )


class TestColumns(TransactionCase):
    def test_columns_are_added_to_tables_of_others_at_once(self):
        """None is filled by Odoo, which would write every row of a large table."""
        small = {"helpdesk.ticket.team"}
        added = set()
        for model in map(self.env.__getitem__, self.env.registry):
            if model._original_module == "helpdesk_escalation" or model._transient:
                continue
            for field in model._fields.values():
                if not (field.store and field.column_type) or model._name in small:
                    continue
                if field._modules[:1] == ("helpdesk_escalation",):
                    added.add(f"{model._table}.{field.name}")
                    self.assertFalse(field.default, field)
                    self.assertFalse(field.compute, field)
                    self.assertFalse(field.required, field)
        self.assertIn("mail_message.escalation_party", added)
        self.assertIn("helpdesk_ticket.escalation_policy_id", added)
