"""A database where all of our add-ons are in use, and what is left of them."""

import re

from .server import query

USE = """
from datetime import timedelta
from odoo import Command
from odoo.tests import new_test_user

agent, chief = (
    new_test_user(
        env, login, "helpdesk_mgmt.group_helpdesk_user", email=f"{login}@desk.example"
    )
    for login in ("agent", "chief")
)
room = env["helpdesk.escalation.chat.room"].create({
    "name": "Support",
    "channel_id": env["discuss.channel"]._create_channel("support", None).id,
})
env["ir.config_parameter"].set_param(
    "helpdesk_escalation_chat.private_hosts", "10.0.0.1"
)
policy = env["helpdesk.escalation.policy"].create({
    "name": "Standard",
    "closing_sign_off": True,
    "start_date": env.cr.now() - timedelta(days=1),
    "step_ids": [
        Command.create({"delay": 0, "recipient": "responsible", "raise_priority": "3"}),
        Command.create({
            "delay": 0,
            "recipient": "team_leader",
            "channel": "chat",
            "chat_room_id": room.id,
        }),
    ],
    "waive_thanks": True,
    "trigger_ids": [
        Command.create({"kind": "keyword", "keywords": "fire"}),
        Command.create({"kind": "strong"}),
        Command.create({"kind": "slow"}),
    ],
})
upper = env["helpdesk.ticket.team"].create({"name": "Upper", "user_id": chief.id})
team = env["helpdesk.ticket.team"].create({
    "name": "Support",
    "parent_id": upper.id,
    "user_id": chief.id,
    "user_ids": [Command.set(agent.ids)],
    "escalation_policy_id": policy.id,
})
client = env["res.partner"].create({"name": "Carla Client", "email": "c@c.example"})
tickets = env["helpdesk.ticket"].create([{
    "name": f"Room {number} is on fire",
    "description": "<p>Please help</p>",
    "team_id": team.id,
    "user_id": agent.id,
    "partner_id": client.id,
} for number in range(4)])
env.flush_all()
parts = dict.fromkeys(
    ("issue_summary", "user_impact", "current_state", "troubleshooting", "reason"),
    "All of it, in so many words.",
)
for ticket in tickets[2:]:
    mine = ticket.with_user(agent)
    action = mine.action_escalation_escalate()
    draft = mine.env[action["res_model"]].browse(action["res_id"])
    draft.write({**parts, "reason_kind": "access"})
    draft.action_escalate()
env["helpdesk.escalation.incident"].search(
    [("ticket_id", "=", tickets[3].id)]
)._confirm(chief, "answer")
tickets[1].with_user(agent).action_escalation_escalate()  # a draft
tickets[0].with_user(agent).action_escalation_ask_sign_off()
env["ir.actions.server"].create({
    "name": "Escalate",
    "model_id": env["ir.model"]._get_id("helpdesk.ticket"),
    "state": "helpdesk_escalation",
    "escalation_policy_id": policy.id,
})
tickets[1]._escalation_request("So they want it")
env["ir.config_parameter"].set_param("helpdesk_escalation.slow_run", "[]")
env["ir.config_parameter"].set_param(
    "helpdesk_escalation_webhook.private_hosts", "10.0.0.7"
)
address = {"name": "Status board", "url": "https://10.0.0.7/"}
env["helpdesk.escalation.webhook"].create({**address, "policy_ids": policy.ids})
env["helpdesk.escalation.heartbeat"].create(address)
env["helpdesk.escalation.backtest"].create(
    env["helpdesk.escalation.backtest"]._prepare(policy)
)
env["ir.config_parameter"].set_param("helpdesk_escalation_ai.url", "http://[::1]:9")
env["ir.config_parameter"].set_param("helpdesk_escalation_ai.model", "small")
env.company.escalation_ai_on = True
env["helpdesk.escalation.ai.request"]._put("arrival", tickets[0])
env["helpdesk.escalation.ai.proposal"].create([
    {"ticket_id": tickets[0].id, "kind": kind, "value": value}
    for kind, value in (("priority", "3"), ("tone", "angry"), ("summary", "- [1]"))
])
policy.trigger_ids = [Command.create({"kind": "tone"})]
env.cr.commit()
env["helpdesk.escalation.engine"]._cron_escalate()
env.cr.commit()
incidents = env["helpdesk.escalation.incident"].search([])
assert sorted(incidents.mapped("kind")) == ["automatic", "automatic"] + 2 * ["manual"]
assert set(incidents.mapped("state")) == {"active", "confirmed"}
assert incidents.cause_ids
assert env["helpdesk.escalation.webhook.delivery"].search_count([])
done = incidents.notification_ids.filtered(lambda line: line.channel == "action")
assert set(done.mapped("state")) == {"sent"}, done.mapped("reason")
done[0].state = "pending"
chats = incidents.notification_ids.filtered(lambda line: line.channel == "chat")
assert chats and set(chats.mapped("state")) <= {"pending", "cancelled"}
env.cr.commit()
"""

UNINSTALL = """
modules = env["ir.module.module"].search([("name", "in", "{}".split(","))])
modules.button_immediate_uninstall()
"""

# The rest goes on, and every screen opens.
GO_ON = """
policy = env["helpdesk.escalation.policy"].search([("name", "=", "Standard")])
ticket = env["helpdesk.ticket"].create({
    "name": "Nothing prints",
    "description": "<p>Please help</p>",
    "team_id": env["helpdesk.ticket.team"].search([("name", "=", "Support")]).id,
    "user_id": env["res.users"].search([("login", "=", "agent")]).id,
    "partner_id": env["res.partner"].search([("name", "=", "Carla Client")]).id,
})
env.cr.commit()
env["helpdesk.escalation.engine"]._cron_escalate()
env.cr.commit()
assert ticket.escalation_incident_id.notification_ids
open_ones = env["helpdesk.escalation.incident"].search([])
open_ones.mapped("display_name"), open_ones.mapped("cause_text")
for model in sorted(env.registry):
    if model.startswith("helpdesk.") and not env[model]._abstract:
        for view in env["ir.ui.view"].search(
            [("model", "=", model), ("type", "!=", "qweb"), ("mode", "=", "primary")]
        ):
            env[model].get_view(view.id, view.type)
ticket.stage_id = env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
env.cr.commit()
"""

# What Odoo itself keeps of every addon that was removed, and of those on the disk.
OF_ODOO = re.compile(
    r"ir_model_data.name: (module_|model_inherit__)|ir_model_constraint.name: .*_fkey$"
    # The web client's bundles, which it builds anew when somebody opens a page.
    r"|ir_attachment.index_content: /\* <inline asset> \*/"
)


def traces(database):
    """All that tells, in a database, that the addon was ever there."""
    found = query(
        database,
        """
        SELECT table_name || '.' || column_name FROM information_schema.columns
         WHERE table_schema = 'public'
           AND table_name || '.' || column_name LIKE '%%escalation%%'
        UNION ALL SELECT indexname FROM pg_indexes WHERE indexname LIKE '%%escalation%%'
        UNION ALL SELECT conname FROM pg_constraint WHERE conname LIKE '%%escalation%%'
        UNION ALL SELECT relname FROM pg_class WHERE relname LIKE '%%escalation%%'
        """,
    )
    for table, name in query(
        database,
        """
        SELECT table_name, column_name FROM information_schema.columns
         WHERE table_schema = 'public'
           AND data_type IN ('character varying', 'text', 'jsonb')
           AND table_name NOT LIKE 'ir_module_module%%'
           -- Messages to open pages, which Odoo forgets after a day.
           AND table_name != 'bus_bus'
        """,
    ):
        value = f'"{name}"::text'
        found += query(
            database,
            f"SELECT concat('{table}.{name}: ', left({value}, 80)) FROM \"{table}\" "
            f"WHERE {value} LIKE '%%helpdesk%%escalation%%'",
        )
    return [trace for (trace,) in found if not OF_ODOO.match(trace)]
