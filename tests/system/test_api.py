"""What docs/api.md promises to programs: each call made with curl, on a real server."""

import json
import os
import re
import subprocess
from pathlib import Path

import odoo.addons.helpdesk_escalation as addon
from odoo.addons.base.models.res_users import INDEX_SIZE, KEY_CRYPT_CONTEXT

from ..support.processes import odoo
from ..support.server import query

PAGE = Path(addon.__file__).parents[1] / "docs/api.md"
INCIDENT = "helpdesk.escalation.incident"
SCENE = """
from datetime import timedelta
from odoo import Command
from odoo.tests import new_test_user

def new_user(login, group, **values):
    email = f"{login}@desk.example"
    return new_test_user(env, login, group, name=login, email=email, **values)

elsewhere = env["res.company"].create({"name": "Elsewhere"})
agent = new_user("agent", "helpdesk_mgmt.group_helpdesk_user_team")
leader = new_user("leader", "helpdesk_mgmt.group_helpdesk_user")
new_user("manager", "helpdesk_mgmt.group_helpdesk_manager")
new_user(
    "stranger", "helpdesk_mgmt.group_helpdesk_manager",
    company_id=elsewhere.id, company_ids=[Command.set(elsewhere.ids)],
)
portal = new_user("portal", "base.group_portal")
policy = env["helpdesk.escalation.policy"].create({
    "name": "Standard",
    "start_date": env.cr.now() - timedelta(days=1),
    "step_ids": [
        Command.create({"delay": 0, "recipient": "responsible"}),
        Command.create({"delay": 60, "recipient": "team_leader"}),
    ],
})
team = env["helpdesk.ticket.team"].create({
    "name": "Support",
    "user_id": leader.id,
    "user_ids": [Command.set((agent + leader).ids)],
    "escalation_policy_id": policy.id,
})
env["helpdesk.ticket"].create([{
    "name": f"Room {number} is on fire",
    "description": "<p>Please help</p>",
    "team_id": team.id,
    "user_id": agent.id,
    "partner_id": portal.partner_id.id,
} for number in range(2)])
env.cr.commit()
env["helpdesk.escalation.engine"]._cron_escalate()
env.cr.commit()
"""
WRITE_AGAIN = """
ticket = env["helpdesk.ticket"].browse({})
ticket.message_post(
    body="Are you there?", author_id=ticket.partner_id.id, message_type="comment",
    subtype_xmlid="mail.mt_comment",
)
env.cr.commit()
"""


class Program:
    """Calls over JSON-2 with curl, as users with an API key each."""

    def __init__(self, server):
        self.server = server
        self.called = set()
        self.keys = {}

    def _get_key(self, login):
        if login not in self.keys:
            key = self.keys[login] = os.urandom(20).hex()
            query(
                self.server.database,
                "INSERT INTO res_users_apikeys (name, user_id, key, index) "
                "SELECT 'Program', id, %s, %s FROM res_users WHERE login = %s",
                KEY_CRYPT_CONTEXT.hash(key),
                key[:INDEX_SIZE],
                login,
            )
        return self.keys[login]

    def call(self, login, method, key=None, **values):
        """Return the status and what was answered."""
        path = f"/json/2/{INCIDENT}/{method}"
        self.called.add(path)
        key = key or self._get_key(login)
        done = subprocess.run(
            [
                *("curl", "--silent", "--show-error", "--max-time", "60"),
                *("--header", f"Authorization: bearer {key}"),
                *("--header", "Content-Type: application/json"),
                *("--header", f"X-Odoo-Database: {self.server.database}"),
                *("--data", json.dumps(values)),
                *("--write-out", "\n%{http_code}"),
                f"{self.server.url}{path}",
            ],
            check=True,
            capture_output=True,
            text=True,
        )
        answer, _line, status = done.stdout.rpartition("\n")
        return int(status), json.loads(answer)

    def get(self, login, method, **values):
        """Return what was answered to a call that went well."""
        status, answer = self.call(login, method, **values)
        assert status == 200, answer
        return answer

    def read(self, login, incident_id, *names):
        domain = [["id", "=", incident_id]]
        (found,) = self.get(login, "search_read", domain=domain, fields=names)
        return found


def test_every_documented_call(database, odoo_server):
    odoo(database, code=SCENE)
    program = Program(odoo_server(database, "--max-cron-threads=0"))
    open_ones = [["state", "=", "active"], ["is_leading", "=", True]]
    fields = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", PAGE.read_text(), re.M)
    fields = [name for row in fields for name in re.findall(r"`(\w+)`", row)]
    fields = fields[fields.index("id") : fields.index("last_message_id") + 1]

    # Who is nobody, or has nothing to do with it
    assert program.call("agent", "search_read", key="forged")[0] == 401
    for login, found in (("portal", 403), ("stranger", [])):
        status, answer = program.call(login, "search_read", fields=["ticket_id"])
        assert found in (status, answer), login
    first, second = program.get("agent", "search_read", domain=open_ones, fields=fields)
    assert set(first) == set(fields)
    assert first["ticket_id"][1].endswith("is on fire")
    for login in "portal", "stranger":
        for method in (
            "action_confirm",
            "action_no_answer_needed",
            "action_escalate_now",
        ):
            status, answer = program.call(login, method, ids=[first["id"]])
            assert status in (403, 404), (login, method, answer)
            assert "on fire" not in str(answer)
    assert program.read("agent", first["id"], "state")["state"] == "active"
    assert program.call("agent", "_confirm", ids=[first["id"]])[0] in (403, 404)
    program.called.remove(f"/json/2/{INCIDENT}/_confirm")

    # Escalate now
    answer = program.get("agent", "action_escalate_now", ids=[first["id"]])
    assert answer["params"]["type"] == "success"
    assert answer["params"]["message"] == "Notified: leader"
    status, answer = program.call("agent", "action_escalate_now", ids=[first["id"]])
    assert status == 422
    assert "no further step" in answer["message"]

    # Confirm
    assert program.get("agent", "action_confirm", ids=[first["id"]]) is True
    seen = program.read("agent", first["id"], "state", "confirmed_via")
    assert (seen["state"], seen["confirmed_via"]) == ("confirmed", "api")
    late = program.get("leader", "action_confirm", ids=[first["id"]])
    assert late["params"]["type"] == "info"
    assert "agent has been on it since" in late["params"]["message"]

    # No answer needed, of what was seen
    known = second["last_message_id"]
    odoo(database, code=WRITE_AGAIN.format(second["ticket_id"][0]))
    call = {"ids": [second["id"]], "context": {"escalation_seen_message_id": known}}
    late = program.get("agent", "action_no_answer_needed", **call)
    assert "written again" in late["params"]["message"]
    last = program.read("agent", second["id"], "last_message_id")["last_message_id"]
    assert last > known
    call["context"]["escalation_seen_message_id"] = last
    assert program.get("agent", "action_no_answer_needed", **call) is True
    seen = program.read("agent", second["id"], "state", "resolution")
    assert (seen["state"], seen["resolution"]) == ("resolved", "waived")

    # How the add-on is
    watch = program.get("manager", "get_dashboard")["watch"]
    assert set(watch) == {"state", "overdue", "last_run"}
    assert program.get("agent", "get_dashboard")["watch"] is None

    assert program.called == set(re.findall(r"POST (/json/2/\S+?)`", PAGE.read_text()))
