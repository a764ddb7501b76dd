"""A busy helpdesk on real servers: many tickets at once, and people who act on them.

Everything goes through the servers' doors, but for time, which is moved by moving what
was written into the past, and the tickets, which are copied in the database. What must
hold afterwards is in ``promises.py``.
"""

import contextlib
import re
import threading
import time

import requests
from lxml import html

from .promises import AUDIT, links_in
from .server import keep_jobs_out, query
from .torture import dice

ENGINE_JOB = "helpdesk_escalation.ir_cron_escalate"
MAIL_JOB = "mail.ir_cron_mail_scheduler_action"
AGENTS = 3
SMALL_TEAM = 4
STEPS = (10, 20, 30, 40)
# The time from one step to the next, and a little more.
STEP = 11
# Who marks an activity done that is just gone is told so, by Odoo itself.
TROUBLE = re.compile(
    r"^[-\d]+ [:,\d]+ \d+ (?:WARNING|ERROR|CRITICAL) "
    r"(?!.*odoo\.http: Record does not exist).*",
    re.M,
)


class Browser:
    """Somebody who is logged in at a server; the password is the login."""

    def __init__(self, server, login):
        self.url = server.url
        self.browser = requests.Session()
        self.uid = self._post(
            "/web/session/authenticate",
            {"db": server.database, "login": login, "password": login},
        )["uid"]

    def _post(self, path, params):
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        answer = self.browser.post(self.url + path, json=body, timeout=90).json()
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["debug"])
        return answer["result"]

    def call(self, model, method, *args, **kwargs):
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self._post(f"/web/dataset/call_kw/{model}/{method}", params)


class Office:
    """Teams with leaders, agents, a director, a policy of four steps, and tickets.

    One team is big, so that its leader's mails become digests; the others have a
    handful of tickets each.

    :ivar tickets: the ids of all tickets made so far
    """

    def __init__(self, server, sink, chance, small_teams=2):
        self.server = server
        self.database = server.database
        self.sink = sink
        self.chance = chance
        self.tickets = []
        self.admin = Browser(server, "admin")
        keep_jobs_out(self.database, ENGINE_JOB, MAIL_JOB)
        query(self.database, AUDIT)
        for key, value in (
            ("web.base.url", server.url),
            ("web.base.url.freeze", "True"),
        ):
            self.admin.call("ir.config_parameter", "set_param", key, value)
        self.agents = self._new_users("agent", AGENTS, "group_helpdesk_user_team", True)
        self.leaders = self._new_users("leader", 1 + small_teams, "group_helpdesk_user")
        (self.director,) = self._new_users("director", 1, None)
        policy = self._create(
            "helpdesk.escalation.policy",
            {
                "name": "Standard",
                "start_date": "2000-01-01",
                "step_ids": [
                    [0, 0, {"delay": delay, "recipient": whom, "channel": channel}]
                    for delay, whom, channel in (
                        (STEPS[0], "responsible", "activity"),
                        (STEPS[1], "team_leader", "email"),
                        (STEPS[3], "team_leader", "activity"),
                    )
                ]
                + [
                    [
                        0,
                        0,
                        {
                            "delay": STEPS[2],
                            "recipient": "user",
                            "user_ids": [[6, 0, [self.director]]],
                            "channel": "activity",
                        },
                    ]
                ],
            },
        )[0]
        client = self._create("res.partner", {"name": "Carla Client"})[0]
        self.teams = self._create(
            "helpdesk.ticket.team",
            *(
                {
                    "name": f"Team {number}",
                    "user_id": leader,
                    "user_ids": [[6, 0, [*self.agents, leader]]],
                    "escalation_policy_id": policy,
                    "escalation_policy_date": "2020-01-01 00:00:00",
                }
                for number, leader in enumerate(self.leaders)
            ),
        )
        (self.model,) = self._create(
            "helpdesk.ticket",
            {
                "name": "A model for the others",
                "description": "<p>Please help</p>",
                "partner_id": client,
                "team_id": self.teams[0],
                "user_id": self.agents[0],
                "active": False,
            },
        )

    def _create(self, model, *values):
        context = {"no_reset_password": True, "tracking_disable": True}
        return self.admin.call(model, "create", list(values), context=context)

    def _new_users(self, role, count, group, may_log_in=False):
        groups = ["base.group_user", *([f"helpdesk_mgmt.{group}"] if group else [])]
        rows = query(
            self.database,
            "SELECT res_id FROM ir_model_data "
            "WHERE model = 'res.groups' AND module || '.' || name IN %s",
            tuple(groups),
        )
        return self._create(
            "res.users",
            *(
                {
                    "name": f"{role}{number}",
                    "login": f"{role}{number}",
                    "email": f"{role}{number}@helpdesk.example",
                    # So that all mail there is comes from us.
                    "notification_type": "inbox",
                    "group_ids": [[6, 0, [row[0] for row in rows]]],
                    **({"password": f"{role}{number}"} if may_log_in else {}),
                }
                for number in range(count)
            ),
        )

    # Tickets and time

    def new_tickets(self, count):
        """Let the client write ``count`` tickets; return their ids."""
        columns = query(
            self.database,
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_name = 'helpdesk_ticket' AND column_name NOT IN "
            "('id', 'name', 'number', 'active', 'team_id', 'user_id', 'create_date')",
        )
        names = ", ".join(f'"{name}"' for (name,) in columns)
        first = len(self.tickets)
        small = count // 3 // SMALL_TEAM * SMALL_TEAM
        rows = [
            (
                f"Fire {first + number}",
                f"F{first + number:05}",
                self.teams[1 + number // SMALL_TEAM % (len(self.teams) - 1)]
                if number < small
                else self.teams[0],
                self.chance.choice(self.agents),
            )
            for number in range(count)
        ]
        made = query(
            self.database,
            "INSERT INTO helpdesk_ticket "
            f"(name, number, team_id, user_id, create_date, active, {names}) "
            f"SELECT new.name, new.number, new.team, new.responsible, "
            f"now() AT TIME ZONE 'UTC', TRUE, {names} FROM helpdesk_ticket, "
            "unnest(%s, %s, %s, %s) AS new (name, number, team, responsible) "
            "WHERE id = %s RETURNING id",
            *map(list, zip(*rows, strict=True)),
            self.model,
        )
        ids = [row[0] for row in made]
        self.tickets += ids
        return ids

    def minutes_pass(self, minutes):
        """Move all that was written into the past, between two runs."""
        query(
            self.database,
            "DO $$ BEGIN PERFORM FROM ir_cron FOR UPDATE; "
            + "".join(
                f"UPDATE {table} SET {column} = {column} - %s * interval '1 minute'; "
                for table, column in (
                    ("helpdesk_ticket", "create_date"),
                    ("mail_message", "create_date"),
                    ("mail_mail", "scheduled_date"),
                    ("helpdesk_escalation_incident", "anchor_date"),
                    ("helpdesk_escalation_incident", "retry_date"),
                )
            )
            + "END $$",
            *[minutes] * 5,
        )

    # The job

    def wake(self, *jobs):
        """Make jobs due now, whether or not they run already."""
        query(
            self.database,
            "INSERT INTO ir_cron_trigger (cron_id, call_at) "
            "SELECT res_id, now() AT TIME ZONE 'UTC' - interval '1 second' "
            "FROM ir_model_data "
            "WHERE model = 'ir.cron' AND module || '.' || name IN %s",
            tuple(jobs or (ENGINE_JOB, MAIL_JOB)),
        )
        self.server.wake_cron()

    @contextlib.contextmanager
    def busy(self, pause=0.3):
        """Keep the jobs coming, many times as often as they should."""
        done = threading.Event()

        def keep_waking():
            while not done.wait(pause):
                self.wake()

        thread = threading.Thread(target=keep_waking)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def finish(self):
        """Let all that is due happen: steps, then mails, then what became of them."""
        for job in (ENGINE_JOB, MAIL_JOB, ENGINE_JOB):
            self.server.run_cron(job)

    def wait_for_run(self, timeout=60):
        """Wake the jobs, and return at the moment when the run begins."""
        started = "escalate waiting tickets' (%s) starting"
        ((job,),) = query(
            self.database,
            "SELECT res_id FROM ir_model_data "
            "WHERE model = 'ir.cron' AND module || '.' || name = %s",
            ENGINE_JOB,
        )
        before = self.server.log_text().count(started % job)
        self.wake()
        deadline = time.monotonic() + timeout
        while self.server.log_text().count(started % job) == before:
            assert time.monotonic() < deadline, "the run did not begin"
            time.sleep(0.01)


class Person(Browser):
    """An agent who acts on tickets."""

    def __init__(self, office, number, server):
        super().__init__(server, f"agent{number}")
        self.office = office
        self.chance = dice(f"agent{number}")

    def answer(self, ticket):
        self.call(
            "helpdesk.ticket",
            "message_post",
            [ticket],
            body="We are looking into it.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    def confirm_on_ticket(self, ticket):
        if self._incident(ticket):
            self.call("helpdesk.ticket", "action_escalation_confirm", [ticket])

    def confirm_on_dashboard(self, ticket):
        for incident in self._incident(ticket):
            self.call("helpdesk.escalation.incident", "action_confirm", [incident])

    def _incident(self, ticket):
        return self.call(
            "helpdesk.escalation.incident", "search", [["ticket_id", "=", ticket]]
        )

    def mark_done(self, ticket):
        """Mark somebody's activity on the ticket done; it may be gone by then."""
        found = self.call(
            "mail.activity",
            "search",
            [["res_model", "=", "helpdesk.ticket"], ["res_id", "=", ticket]],
        )
        for activity in found[:1]:
            with contextlib.suppress(RuntimeError):
                self.call("mail.activity", "action_feedback", [activity])

    def confirm_by_mail(self, _ticket):
        """Click in any mail that has come, whoever it was for."""
        mails = list(self.office.sink.messages)
        links = [link for mail in mails for link in links_in(mail)]
        if not links:
            return
        link = self.url + self.chance.choice(links).path
        browser = requests.Session()
        page = html.fromstring(browser.get(link, timeout=90).content)
        tokens = page.xpath("//input[@name='csrf_token']/@value")
        if tokens:
            done = browser.post(link, {"csrf_token": tokens[0]}, timeout=90)
            assert done.status_code == 200

    def act(self, until):
        """Act here and there until a moment; return how often."""
        actions = [
            self.answer,
            self.confirm_on_ticket,
            self.confirm_on_dashboard,
            self.mark_done,
            self.confirm_by_mail,
        ]
        count = 0
        while time.monotonic() < until:
            self.chance.choice(actions)(self.chance.choice(self.office.tickets))
            count += 1
        return count
