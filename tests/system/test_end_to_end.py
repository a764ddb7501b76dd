"""The product as people meet it: a real server and its cron, real mail in and out."""

import re
import xmlrpc.client
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid

import pytest
import requests
from lxml import html

from ..support.server import keep_jobs_out, query

MAIL_JOB = "mail.ir_cron_mail_scheduler_action"
ENGINE_JOB = "helpdesk_escalation.ir_cron_escalate"
CLIENT = "Carla Client <carla@acme.example>"
DOMAIN = "helpdesk.example"
# Odoo 19 warns of every call by RPC, also by its own mail gate.
TROUBLE = re.compile(
    r"^[-\d]+ [:,\d]+ \d+ (?:WARNING|ERROR|CRITICAL) (?!.*odoo\.addons\.rpc\.).*", re.M
)


def text_of(mail):
    return mail.get_body(("html",)).get_content()


class Helpdesk:
    """A team with an agent and a leader, a director, a policy; and a clock to turn."""

    def __init__(self, server, sink):
        self.server = server
        self.sink = sink
        self.uids = {}
        self._set("web.base.url", server.url)
        self._set("web.base.url.freeze", "True")
        # The queue alone sends: two that send one mail at once are trouble in the log.
        self._set("mail.mail.force.send.limit", "0")
        self._create("mail.alias.domain", name=DOMAIN)
        self._create("res.partner", name="Carla Client", email="carla@acme.example")
        self.agent = self._new_user("agent", "helpdesk_mgmt.group_helpdesk_user_team")
        self.leader = self._new_user("leader", "helpdesk_mgmt.group_helpdesk_user")
        self.director = self._new_user("director", "base.group_user")
        day_ago = datetime.now() - timedelta(days=1)
        self.team = self._create(
            "helpdesk.ticket.team",
            name="Support",
            alias_name="support",
            user_id=self.leader,
            user_ids=[[6, 0, [self.agent, self.leader]]],
            escalation_policy_date=day_ago.strftime("%Y-%m-%d %H:%M:%S"),
            escalation_policy_id=self._create(
                "helpdesk.escalation.policy",
                name="Standard",
                start_date=day_ago.strftime("%Y-%m-%d %H:%M:%S"),
                step_ids=[
                    self._step(10, recipient="responsible", channel="activity"),
                    self._step(30, recipient="team_leader", channel="email"),
                    self._step(
                        60,
                        recipient="user",
                        user_ids=[[6, 0, [self.director]]],
                        channel="email",
                    ),
                ],
            ),
        )

    def call(self, model, method, *args, login="admin", **kwargs):
        """Call a public method as a user, as programs from outside do."""
        database = self.server.database
        if login not in self.uids:
            common = xmlrpc.client.ServerProxy(f"{self.server.url}/xmlrpc/2/common")
            self.uids[login] = common.authenticate(database, login, login, {})
        gate = xmlrpc.client.ServerProxy(f"{self.server.url}/xmlrpc/2/object")
        # The password is the login.
        user = (database, self.uids[login], login)
        return gate.execute_kw(*user, model, method, args, kwargs)

    def _set(self, key, value):
        self.call("ir.config_parameter", "set_param", key, value)

    def _create(self, model, **values):
        (record_id,) = self.call(
            model, "create", [values], context={"no_reset_password": True}
        )
        return record_id

    def _step(self, delay, **values):
        return [0, 0, {"delay": delay, **values}]

    def _new_user(self, login, group):
        module, name = group.split(".")
        ((group_id,),) = query(
            self.server.database,
            "SELECT res_id FROM ir_model_data WHERE module = %s AND name = %s",
            module,
            name,
        )
        return self._create(
            "res.users",
            name=login.title(),
            login=login,
            password=login,
            email=f"{login}@{DOMAIN}",
            group_ids=[[6, 0, [group_id]]],
        )

    # What people do

    def mail_in(self, sender, subject, body, reply_to_mail=None):
        """Hand a raw mail in as a mail server does: as Odoo's own mail gate."""
        mail = EmailMessage()
        mail["From"] = sender
        is_alarm = reply_to_mail and "Waiting " in reply_to_mail["Subject"]
        mail["To"] = reply_to_mail["Reply-To"] if is_alarm else f"support@{DOMAIN}"
        mail["Subject"] = subject
        mail["Message-Id"] = make_msgid(domain="acme.example")
        if reply_to_mail:
            # As mail programs do.
            mail["In-Reply-To"] = reply_to_mail["Message-Id"]
            named = (reply_to_mail["References"], reply_to_mail["Message-Id"])
            mail["References"] = " ".join(filter(None, named))
        mail.set_content(body)
        raw = xmlrpc.client.Binary(mail.as_bytes())
        self.call("mail.thread", "message_process", False, raw)
        return mail

    def new_ticket(self, subject):
        """Let the client write; return the mail and the ticket, given to the agent."""
        mail = self.mail_in(CLIENT, subject, "Please help.")
        (ticket,) = self.call("helpdesk.ticket", "search", [["name", "=", subject]])
        self.call(
            "helpdesk.ticket",
            "write",
            [ticket],
            {"user_id": self.agent},
            login="leader",
        )
        return mail, ticket

    def minutes_pass(self, minutes):
        """Move all that was written into the past, then let the cron run."""
        # Not while the queue still notes what it has sent.
        self.server.run_cron(MAIL_JOB)
        for table in (
            "helpdesk_ticket",
            "mail_message",
            "helpdesk_escalation_incident",
        ):
            column = "anchor_date" if table.endswith("incident") else "create_date"
            query(
                self.server.database,
                f"UPDATE {table} SET {column} = {column} - %s * interval '1 minute'",
                minutes,
            )
        self.server.run_cron(ENGINE_JOB)

    # What came of it

    def incidents(self, *domain):
        return self.call(
            "helpdesk.escalation.incident",
            "search_read",
            list(domain),
            ["state", "confirmed_by_id", "confirmed_via", "resolution"],
        )

    def incident(self, ticket):
        """What is known of the one incident of a ticket."""
        (incident,) = self.incidents(["ticket_id", "=", ticket])
        return {
            name: value[0] if isinstance(value, list) else value
            for name, value in incident.items()
            if name != "id" and value
        }

    def activities(self, ticket):
        domain = [["res_model", "=", "helpdesk.ticket"], ["res_id", "=", ticket]]
        found = self.call("mail.activity", "search_read", domain, ["user_id"])
        return [activity["user_id"][0] for activity in found]

    def alarms(self):
        """The escalation mails that reached somebody."""
        return [m for m in self.sink.messages if "Waiting " in m["Subject"]]

    def receive_mail(self, is_it):
        """Return the one mail that is meant, once all have gone out."""
        self.server.run_cron(MAIL_JOB)
        (mail,) = filter(is_it, self.sink.messages)
        return mail

    def receive_alarm(self, subject, person):
        """Return the one escalation mail about a ticket to a person."""
        return self.receive_mail(
            lambda mail: "Waiting " in mail["Subject"]
            and subject in mail["Subject"]
            and mail.envelope_to == [f"{person}@{DOMAIN}"]
        )


@pytest.fixture
def helpdesk(database, mail_sink, odoo_server):
    keep_jobs_out(database, ENGINE_JOB, MAIL_JOB)
    return Helpdesk(odoo_server(database), mail_sink)


def test_neglected_tickets_climb_until_somebody_acts(helpdesk):
    _mail, printer = helpdesk.new_ticket("Printer on fire")
    mail, router = helpdesk.new_ticket("Router on fire")
    _mail, kitchen = helpdesk.new_ticket("Kitchen on fire")
    _mail, roof = helpdesk.new_ticket("Roof on fire")
    helpdesk.mail_in(CLIENT, "Re: Router on fire", "Hello?", reply_to_mail=mail)
    second_word = helpdesk.receive_mail(
        lambda mail: mail.envelope_to == [f"agent@{DOMAIN}"]
        and "Hello?" in text_of(mail)
    )

    # Nobody answers.
    helpdesk.minutes_pass(9)
    assert not helpdesk.incidents()
    helpdesk.minutes_pass(2)
    for ticket in (printer, router, kitchen, roof):
        assert helpdesk.activities(ticket) == [helpdesk.agent]
        assert helpdesk.incident(ticket) == {"state": "active"}
    assert not helpdesk.alarms()
    helpdesk.minutes_pass(20)
    alarm = helpdesk.receive_alarm("Printer on fire", "leader")
    for subject in ("Router on fire", "Kitchen on fire", "Roof on fire"):
        helpdesk.receive_alarm(subject, "leader")

    # The leader looks at the mail's link, and presses the button.
    (link,) = html.fromstring(text_of(alarm)).xpath('//a[.="I\'m on it"]/@href')
    assert link.startswith(helpdesk.server.url)
    browser = requests.Session()
    assert browser.head(link, timeout=30).status_code == 200
    page = browser.get(link, timeout=30)
    assert "Printer on fire" in page.text
    assert helpdesk.incident(printer) == {"state": "active"}, "looking changes nothing"
    (token,) = html.fromstring(page.content).xpath("//input[@name='csrf_token']/@value")
    done = browser.post(link, {"csrf_token": token}, timeout=30)
    assert "you are on it" in done.text
    confirmed = {
        "state": "confirmed",
        "confirmed_by_id": helpdesk.leader,
        "confirmed_via": "email",
    }
    assert helpdesk.incident(printer) == confirmed
    assert helpdesk.activities(printer) == []

    # The agent answers by mail.
    helpdesk.mail_in(
        f"agent@{DOMAIN}", "Re: Router on fire", "Pull the plug!", second_word
    )
    assert helpdesk.incident(router) == {"state": "resolved", "resolution": "answered"}
    assert helpdesk.activities(router) == []
    helpdesk.receive_mail(
        lambda mail: mail.envelope_to == ["carla@acme.example"]
        and "Pull the plug!" in text_of(mail)
    )

    # The agent closes.
    closed = [["closed", "=", True]]
    stage, *_others = helpdesk.call("helpdesk.ticket.stage", "search", closed)
    values = {"stage_id": stage}
    helpdesk.call("helpdesk.ticket", "write", [kitchen], values, login="agent")
    assert helpdesk.incident(kitchen) == {
        "state": "resolved",
        "resolution": "closed_waiting",
    }
    assert helpdesk.activities(kitchen) == []

    # Only the ticket that nobody saw to goes on to the director.
    helpdesk.minutes_pass(30)
    alarm = helpdesk.receive_alarm("Roof on fire", "director")
    assert "You can also reply “on it”" in text_of(alarm)
    helpdesk.mail_in(f"leader@{DOMAIN}", "Re: Roof on fire", "On it.", alarm)
    assert helpdesk.incident(roof) == {"state": "active"}, "it is the director's mail"
    helpdesk.mail_in(f"director@{DOMAIN}", "Re: Roof on fire", "On it.", alarm)
    assert helpdesk.incident(roof) == {
        "state": "confirmed",
        "confirmed_by_id": helpdesk.director,
        "confirmed_via": "email",
    }
    helpdesk.minutes_pass(600)
    helpdesk.server.run_cron(MAIL_JOB)
    assert sorted(mail.envelope_to[0] for mail in helpdesk.alarms()) == [
        f"director@{DOMAIN}",
        *[f"leader@{DOMAIN}"] * 4,
    ]
    assert helpdesk.incident(printer) == confirmed
    for mail in helpdesk.sink.messages:
        if mail.envelope_to == ["carla@acme.example"]:
            assert "scalat" not in mail["Subject"] + text_of(mail)
    assert TROUBLE.findall(helpdesk.server.log_text()) == []
