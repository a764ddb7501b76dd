"""R9, R13: chat messages with real servers, one that dies and people at work."""

import threading

import pytest

from ..support.chat_server import ChatServer
from ..support.processes import odoo
from ..support.server import query

SEND_JOB = "helpdesk_escalation_chat.ir_cron_send_chats"

SET_UP = """
from odoo import Command
from odoo.tests import new_test_user

agent, leader = (
    new_test_user(
        env,
        login,
        "helpdesk_mgmt.group_helpdesk_user",
        email=f"{{login}}@desk.example",
        password=f"secret of {{login}}",
    )
    for login in ("agent", "leader")
)
env["ir.config_parameter"].set_param(
    "helpdesk_escalation_chat.private_hosts", "127.0.0.1"
)
leader._escalation_set_chat_address("mmost://{host}/3ccdd113474722377935511fc85d3dd4")
policy = env["helpdesk.escalation.policy"].create({{
    "name": "Standard",
    "step_ids": [
        Command.create({{"delay": 0, "recipient": "team_leader", "channel": "chat"}}),
    ],
}})
team = env["helpdesk.ticket.team"].create({{
    "name": "Support",
    "user_id": leader.id,
    "user_ids": [Command.set((agent + leader).ids)],
    "escalation_policy_id": policy.id,
}})
env["helpdesk.ticket"].create({{
    "name": "Nothing prints",
    "description": "<p>Please help</p>",
    "team_id": team.id,
    "user_id": agent.id,
    "partner_id": env["res.partner"].create({{"name": "Carla Client"}}).id,
}})
env.cr.commit()
env["helpdesk.escalation.engine"]._cron_escalate()
env.cr.commit()
"""


@pytest.fixture
def chat_server():
    with ChatServer() as server:
        yield server


@pytest.fixture
def arrival(chat_server):
    """When a message has arrived, and when it may be answered."""
    arrived, may_answer = threading.Event(), threading.Event()

    def wait():
        arrived.set()
        may_answer.wait(60)

    chat_server.before_answer = wait
    yield arrived, may_answer
    may_answer.set()


def get_lines(database):
    return query(
        database,
        "SELECT channel, state FROM helpdesk_escalation_notification ORDER BY id",
    )


def test_who_confirms_while_a_message_is_sent_is_not_kept_waiting(
    database, odoo_server, chat_server, arrival
):
    arrived, may_answer = arrival
    odoo(database, code=SET_UP.format(host=chat_server.host))
    server = odoo_server(database)
    server.make_due(SEND_JOB)
    server.wake_cron()
    assert arrived.wait(60), server.log_text()
    incidents = "helpdesk.escalation.incident"
    colleague = {"login": "agent", "password": "secret of agent"}
    ids = server.call(incidents, "search", [], **colleague)
    # The other server has not answered yet.
    assert server.call(incidents, "action_confirm", ids, **colleague)
    assert get_lines(database) == [("chat", "cancelled")]
    may_answer.set()
    server.run_cron(SEND_JOB)
    assert get_lines(database) == [("chat", "sent")], "it has arrived"
    assert len(chat_server.posts) == 1


def test_a_server_that_dies_while_it_sends_repeats_nothing(
    database, odoo_server, chat_server, arrival
):
    """Whoever it was for is notified in Odoo: nobody knows whether it was read."""
    arrived, may_answer = arrival
    odoo(database, code=SET_UP.format(host=chat_server.host))
    server = odoo_server(database)
    server.make_due(SEND_JOB)
    server.wake_cron()
    assert arrived.wait(60), server.log_text()
    server.stop(kill=True)
    may_answer.set()
    server = odoo_server(database)
    server.run_cron(SEND_JOB)
    assert get_lines(database) == [("chat", "pending")]
    query(
        database,
        "UPDATE helpdesk_escalation_notification "
        "SET chat_claimed_date = chat_claimed_date - interval '6 minutes'",
    )
    server.run_cron(SEND_JOB)
    assert get_lines(database) == [("chat", "failed"), ("activity", "sent")]
    assert len(chat_server.posts) == 1
