"""R13: two servers, or a server and a person, at the same moment on the same ticket.

Real connections on a private database. The engine is held at a given place while the
other side acts, so that each meeting happens for certain.
"""

import os
import subprocess
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import pytest

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.sql_db import close_db
from odoo.tests import new_test_user
from odoo.tools import config, mute_logger

from ..support.bounces import POSTFIX

ENGINE = "helpdesk.escalation.engine"
TIMEOUT = 30


class Helpdesk:
    """One team and its policy, and some tickets; all is committed."""

    def __init__(self, registry):
        self.registry = registry
        with self.env() as env:
            agent, leader = (
                new_test_user(
                    env,
                    login=role,
                    email=f"{role}@helpdesk.example",
                    groups="helpdesk_mgmt.group_helpdesk_user",
                )
                for role in ("agent", "leader")
            )
            policy = env["helpdesk.escalation.policy"].create(
                {
                    "name": "Standard",
                    "start_date": env.cr.now() - timedelta(days=1),
                    "step_ids": [
                        Command.create({"delay": 10, "recipient": "responsible"}),
                        Command.create(
                            {
                                "delay": 30,
                                "recipient": "team_leader",
                                "channel": "email",
                            }
                        ),
                    ],
                }
            )
            team = env["helpdesk.ticket.team"].create(
                {
                    "name": "Support",
                    "user_id": leader.id,
                    "user_ids": [Command.set((agent + leader).ids)],
                    "escalation_policy_id": policy.id,
                    "escalation_policy_date": "2020-01-01 00:00:00",
                }
            )
            self.client = env["res.partner"].create({"name": "Carla Client"}).id
            self.agent, self.leader, self.team = agent.id, leader.id, team.id

    def new_tickets(self):
        """Three tickets on which the client has waited for 15 minutes."""
        with self.env() as env:
            self.tickets = (
                env["helpdesk.ticket"]
                .create(
                    [
                        {
                            "name": "The printer is on fire",
                            "description": "<p>Please help</p>",
                            "team_id": self.team,
                            "user_id": self.agent,
                            "partner_id": self.client,
                        }
                    ]
                    * 3
                )
                .ids
            )
        self.pass_minutes(15)

    @contextmanager
    def env(self, user=SUPERUSER_ID):
        """A connection of its own, committed at the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, user, {})

    def pass_minutes(self, minutes):
        with self.env() as env:
            for table, key, column in (
                ("helpdesk_ticket", "id", "create_date"),
                ("mail_message", "res_id", "create_date"),
                ("helpdesk_escalation_incident", "ticket_id", "anchor_date"),
            ):
                env.cr.execute(
                    f'UPDATE "{table}" SET {column} = {column} '
                    f"- %s * interval '1 minute' WHERE {key} IN %s",
                    [minutes, tuple(self.tickets)],
                )

    def run(self):
        with self.env() as env:
            env[ENGINE]._cron_escalate()

    def incident(self, env, ticket=0):
        return env["helpdesk.escalation.incident"].search(
            [("ticket_id", "=", self.tickets[ticket])]
        )

    def confirm(self, ticket=0):
        """Say "I'm on it" as the leader does over the web: tried again when busy."""
        with self.env() as env:
            leader = env["res.users"].browse(self.leader)
            return retrying(
                lambda: self.incident(env, ticket)._confirm(leader, "email"), env
            )

    def told(self, ticket=0):
        with self.env() as env:
            lines = self.incident(env, ticket).notification_ids
            return [
                (line.user_id.id, line.channel, line.state)
                for line in lines.sorted("id")
            ]

    def assert_told(self, *expected, ticket=0):
        """All went well with a ticket, and just these were told."""
        assert self.told(ticket) == list(expected)
        with self.env() as env:
            incident = self.incident(env, ticket)
            assert len(incident) <= 1
            assert not incident.error
            assert not incident.attempts
            activities = env["mail.activity"].search(
                [
                    ("res_model", "=", "helpdesk.ticket"),
                    ("res_id", "=", self.tickets[ticket]),
                ]
            )
            assert len(activities) <= 1

    @property
    def by_activity(self):
        return (self.agent, "activity", "sent")

    @property
    def by_mail(self):
        return (self.leader, "email", "pending")


@pytest.fixture(scope="module")
def registry():
    source = os.environ["ODOO_TEST_SOURCE"]
    name = f"{os.environ['ODOO_TEST_NAME']}_{uuid.uuid4().hex[:8]}"
    subprocess.run(["createdb", "-T", source, name], check=True)
    with patch.dict(config._runtime_options, test_enable=False):
        # Otherwise Odoo runs its own tests while it loads.
        registry = Registry(name)
    yield registry
    Registry.delete(name)
    close_db(name)
    subprocess.run(["dropdb", "--if-exists", "--force", name], check=True)


@pytest.fixture(scope="module")
def office(registry):
    return Helpdesk(registry)


@pytest.fixture
def helpdesk(office):
    """The office with three new tickets, whose first step is due."""
    office.new_tickets()
    yield office
    with office.env() as env:
        env["helpdesk.ticket"].browse(office.tickets).active = False


@pytest.fixture
def threads():
    with ThreadPoolExecutor() as pool:
        yield pool


@contextmanager
def meeting(helpdesk, method, parties=2):
    """Let two runs wait for each other before a step of the engine, once each."""
    engine = helpdesk.registry[ENGINE]
    original = getattr(engine, method)
    barrier = threading.Barrier(parties)
    met = threading.local()

    def step(self, *args):
        if not getattr(met, "once", False):
            met.once = True
            barrier.wait(TIMEOUT)
        return original(self, *args)

    with patch.object(engine, method, step):
        yield


class Hold:
    def __init__(self):
        self.reached, self.go_on = threading.Event(), threading.Event()

    def stop_here(self):
        if not self.reached.is_set():
            self.reached.set()
            assert self.go_on.wait(TIMEOUT)


@contextmanager
def held(helpdesk, threads, method, after=False):
    """Run the engine, held before or after a step; it goes on at the end."""
    engine = helpdesk.registry[ENGINE]
    original = getattr(engine, method)
    hold = Hold()

    def step(self, *args):
        if not after:
            hold.stop_here()
        result = original(self, *args)
        if after:
            hold.stop_here()
        return result

    with patch.object(engine, method, step):
        run = threads.submit(helpdesk.run)
        try:
            assert hold.reached.wait(TIMEOUT)
            yield
        finally:
            hold.go_on.set()
            run.result(TIMEOUT)


def run_twice_at_once(helpdesk, threads):
    with mute_logger("odoo.sql_db"):
        for run in [threads.submit(helpdesk.run) for _server in range(2)]:
            run.result(TIMEOUT)


# Two runs ---------------------------------------------------------------------


def test_two_runs_open_an_incident_once(helpdesk, threads):
    """Both have found the ticket; the database's index lets one of them open it."""
    with meeting(helpdesk, "_open"):
        run_twice_at_once(helpdesk, threads)
    for ticket in range(3):
        helpdesk.assert_told(helpdesk.by_activity, ticket=ticket)


def test_two_runs_fire_a_step_once(helpdesk, threads):
    helpdesk.run()
    helpdesk.pass_minutes(20)
    with meeting(helpdesk, "_process"):
        run_twice_at_once(helpdesk, threads)
    helpdesk.run()
    for ticket in range(3):
        helpdesk.assert_told(helpdesk.by_activity, helpdesk.by_mail, ticket=ticket)


def test_a_run_that_saw_the_past_fires_nothing_again(helpdesk, threads):
    """The other run commits between this one's look and its lock."""
    helpdesk.run()
    helpdesk.pass_minutes(20)
    with mute_logger("odoo.sql_db"):
        with held(helpdesk, threads, "_get_open_incidents", after=True):
            helpdesk.run()
    for ticket in range(3):
        helpdesk.assert_told(helpdesk.by_activity, helpdesk.by_mail, ticket=ticket)


@contextmanager
def others_are_quicker(helpdesk, times):
    """Let somebody change the first ticket's incident when the run has looked at it."""
    engine = helpdesk.registry[ENGINE]
    original = engine._get_open_incidents
    left = iter(range(times))

    def looked(self, *args):
        incidents = original(self, *args)
        if helpdesk.incident(self.env) in incidents and next(left, None) is not None:
            with helpdesk.env() as env:
                helpdesk.incident(env).on_it_until = env.cr.now()
        return incidents

    with patch.object(engine, "_get_open_incidents", looked):
        yield


def test_a_ticket_that_others_change_meanwhile_is_seen_to(helpdesk):
    helpdesk.run()
    helpdesk.pass_minutes(20)
    with others_are_quicker(helpdesk, 4):
        helpdesk.run()
    for ticket in range(3):
        helpdesk.assert_told(helpdesk.by_activity, helpdesk.by_mail, ticket=ticket)


def test_a_ticket_that_others_always_change_is_put_off_and_shown(helpdesk):
    helpdesk.run()
    helpdesk.pass_minutes(20)
    with (
        others_are_quicker(helpdesk, 6),
        mute_logger(
            "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_engine_batch"
        ),
    ):
        helpdesk.run()
    helpdesk.assert_told(helpdesk.by_activity, helpdesk.by_mail, ticket=1)
    helpdesk.assert_told(helpdesk.by_activity, helpdesk.by_mail, ticket=2)
    assert helpdesk.told() == [helpdesk.by_activity]
    with helpdesk.env() as env:
        assert "could not serialize access" in helpdesk.incident(env).error
        helpdesk.incident(env).retry_date = env.cr.now() - timedelta(minutes=1)
    helpdesk.run()
    helpdesk.assert_told(helpdesk.by_activity, helpdesk.by_mail)


# A run and a person -----------------------------------------------------------


def test_who_confirms_before_the_run_looks_stops_the_step(helpdesk, threads):
    helpdesk.run()
    helpdesk.pass_minutes(20)
    with held(helpdesk, threads, "_process"):
        assert helpdesk.confirm()
    assert (helpdesk.leader, "email", "pending") not in helpdesk.told()
    helpdesk.assert_told(helpdesk.by_activity, helpdesk.by_mail, ticket=1)


def test_who_confirms_before_the_lock_stops_the_step(helpdesk, threads):
    """The run has seen an active incident, and must see that it is not any more."""
    helpdesk.run()
    helpdesk.pass_minutes(20)
    with mute_logger("odoo.sql_db"):
        with held(helpdesk, threads, "_get_open_incidents", after=True):
            assert helpdesk.confirm()
    helpdesk.assert_told(helpdesk.by_activity)
    helpdesk.assert_told(helpdesk.by_activity, helpdesk.by_mail, ticket=1)


def test_who_confirms_while_a_step_fires_is_on_it(helpdesk, threads):
    """The step was first: its mail is taken back, and no further step fires."""
    helpdesk.run()
    helpdesk.pass_minutes(20)
    with mute_logger("odoo.sql_db"):
        with held(helpdesk, threads, "_fire_due", after=True):
            confirming = threads.submit(helpdesk.confirm)
            with pytest.raises(TimeoutError):
                confirming.result(0.5)
        assert confirming.result(TIMEOUT)
    with helpdesk.env() as env:
        assert helpdesk.incident(env).state == "confirmed"
        assert helpdesk.incident(env).confirmed_by_id.id == helpdesk.leader
    helpdesk.pass_minutes(600)
    helpdesk.run()
    helpdesk.assert_told(helpdesk.by_activity, (helpdesk.leader, "email", "cancelled"))


def test_a_run_passes_over_who_is_confirming(helpdesk, threads):
    """It neither waits for the person nor leaves the others waiting."""
    helpdesk.run()
    helpdesk.pass_minutes(20)
    with helpdesk.env() as env:
        assert helpdesk.incident(env)._confirm(
            env["res.users"].browse(helpdesk.leader), "email"
        )
        env.flush_all()
        threads.submit(helpdesk.run).result(TIMEOUT)
        helpdesk.assert_told(helpdesk.by_activity, helpdesk.by_mail, ticket=1)
        env.cr.rollback()
    helpdesk.assert_told(helpdesk.by_activity)
    helpdesk.run()
    helpdesk.assert_told(helpdesk.by_activity, helpdesk.by_mail)


def answer(helpdesk):
    with helpdesk.env(helpdesk.agent) as env:
        env["helpdesk.ticket"].browse(helpdesk.tickets[0]).message_post(
            body="Pull the plug!",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )


def waive(helpdesk):
    with helpdesk.env(helpdesk.agent) as env:
        ticket = env["helpdesk.ticket"].browse(helpdesk.tickets[0])
        ticket.action_escalation_no_answer_needed()


def close(helpdesk):
    with helpdesk.env(helpdesk.agent) as env:
        stage = env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
        env["helpdesk.ticket"].browse(helpdesk.tickets[0]).stage_id = stage


@pytest.mark.parametrize("settle", [answer, waive, close])
def test_a_ticket_settled_after_the_search_is_not_opened(helpdesk, threads, settle):
    with held(helpdesk, threads, "_process"):
        settle(helpdesk)
    helpdesk.assert_told()
    helpdesk.assert_told(helpdesk.by_activity, ticket=1)


@pytest.mark.parametrize("settle", [answer, waive, close])
def test_a_ticket_settled_after_the_search_goes_no_further(helpdesk, threads, settle):
    helpdesk.run()
    helpdesk.pass_minutes(20)
    with mute_logger("odoo.sql_db"):
        with held(helpdesk, threads, "_get_open_incidents", after=True):
            settle(helpdesk)
    assert [state for _user, _channel, state in helpdesk.told()] == ["sent"]
    with helpdesk.env() as env:
        assert helpdesk.incident(env).state == "resolved"
    helpdesk.assert_told(helpdesk.by_activity, helpdesk.by_mail, ticket=1)


# What people do with activities -------------------------------------------------


def take_away(helpdesk, env, user):
    """Remove one's own notification of the first ticket, as the web client does."""
    activity = env["mail.activity"].search(
        [
            ("res_model", "=", "helpdesk.ticket"),
            ("res_id", "=", helpdesk.tickets[0]),
            ("user_id", "=", user),
        ]
    )
    retrying(activity.unlink, env)
    env.cr.commit()


def test_s7_who_takes_away_an_activity_that_the_run_is_busy_with_is_asked_to_wait(
    helpdesk, threads
):
    helpdesk.run()
    helpdesk.pass_minutes(20)
    with held(helpdesk, threads, "_fire_due", after=True):
        with helpdesk.env(helpdesk.agent) as env:
            with pytest.raises(UserError, match="try again in a moment"):
                take_away(helpdesk, env, helpdesk.agent)
    with helpdesk.env(helpdesk.agent) as env:
        take_away(helpdesk, env, helpdesk.agent)
    assert helpdesk.told() == [
        (helpdesk.agent, "activity", "cancelled"),
        helpdesk.by_mail,
    ]


@pytest.fixture
def two_notified(helpdesk):
    """The agent and the leader have an activity each."""
    with helpdesk.env() as env:
        policy = env["helpdesk.ticket.team"].browse(helpdesk.team).escalation_policy_id
        step = policy.step_ids.sorted()[1]
        step.channel = "activity"
    helpdesk.pass_minutes(20)
    helpdesk.run()
    assert helpdesk.told() == [
        helpdesk.by_activity,
        (helpdesk.leader, "activity", "sent"),
    ]
    yield helpdesk
    with helpdesk.env() as env:
        env["helpdesk.escalation.step"].browse(step.id).channel = "email"


def test_s7_of_two_who_take_away_theirs_at_once_the_second_passes_it_on(two_notified):
    helpdesk = two_notified
    with (
        helpdesk.env(helpdesk.agent) as first,
        helpdesk.env(helpdesk.leader) as second,
        mute_logger("odoo.sql_db", "odoo.service.model"),
    ):
        # Both see both.
        assert len(helpdesk.incident(second).notification_ids) == 2
        take_away(helpdesk, first, helpdesk.agent)
        take_away(helpdesk, second, helpdesk.leader)
    with helpdesk.env() as env:
        assert helpdesk.incident(env).nobody_reached
        assert not helpdesk.incident(env).notified_user_ids
    helpdesk.run()
    with helpdesk.env() as env:
        assert helpdesk.incident(env).notified_user_ids, "the fallback is notified"


# A mail that comes back ---------------------------------------------------------


@pytest.fixture
def mailed(helpdesk):
    """The agent's first step was a mail, which has been sent; the next step is due."""
    with helpdesk.env() as env:
        policy = env["helpdesk.ticket.team"].browse(helpdesk.team).escalation_policy_id
        step = policy.step_ids.sorted()[0]
        step.channel = "email"
    helpdesk.run()
    with helpdesk.env() as env:
        mail = helpdesk.incident(env).notification_ids.mail_id
        message_id = mail.mail_message_id.message_id
        mail.state = "sent"
    helpdesk.pass_minutes(20)
    yield helpdesk, message_id
    with helpdesk.env() as env:
        env["helpdesk.escalation.step"].browse(step.id).channel = "activity"


def bounce(helpdesk, message_id, address):
    """Hand in a mail server's report as a program that fetches mails does: once."""
    report = POSTFIX.format(
        bounce="bounce@helpdesk.example",
        date="Sat, 28 Nov 2026 23:00:00 +0000",
        number=uuid.uuid4().hex,
        message_id=message_id,
        address=address,
        action="failed",
        status="5.1.1",
    )
    with helpdesk.env() as env:
        env["mail.thread"].message_process(False, report)


def test_a_bounce_while_the_run_is_at_work_waits_for_nobody_and_is_kept(
    mailed, threads
):
    helpdesk, message_id = mailed
    address = "agent@helpdesk.example"
    with held(helpdesk, threads, "_fire_due", after=True):
        threads.submit(bounce, helpdesk, message_id, address).result(TIMEOUT)
    helpdesk.run()
    assert helpdesk.told() == [
        (helpdesk.agent, "email", "failed"),
        helpdesk.by_mail,
        helpdesk.by_activity,
    ]
    with helpdesk.env() as env:
        assert "User unknown" in helpdesk.incident(env).notification_ids[0].reason
        assert not env["helpdesk.escalation.delivery"].search([])


def test_a_bounce_between_the_runs_look_and_its_lock_is_kept(mailed, threads):
    """The run takes the ticket again as it is then."""
    helpdesk, message_id = mailed
    with mute_logger("odoo.sql_db"):
        with held(helpdesk, threads, "_get_open_incidents", after=True):
            bounce(helpdesk, message_id, "agent@helpdesk.example")
    helpdesk.run()
    assert sorted(helpdesk.told()) == sorted(
        [
            (helpdesk.agent, "email", "failed"),
            helpdesk.by_activity,
            helpdesk.by_mail,
        ]
    )


def test_a_bounced_answer_while_somebody_saves_the_ticket_is_kept(helpdesk, threads):
    with helpdesk.env() as env:
        env["res.partner"].browse(helpdesk.client).email = "carla@acme.example"
    with helpdesk.env(helpdesk.agent) as env:
        message = (
            env["helpdesk.ticket"]
            .browse(helpdesk.tickets[0])
            .message_post(
                body="Pull the plug!",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=[helpdesk.client],
            )
        )
        message_id = message.message_id
    with helpdesk.env() as env:
        ticket = env["helpdesk.ticket"].browse(helpdesk.tickets[0])
        ticket.name = "A new name"
        env.flush_all()
        arrived = threads.submit(bounce, helpdesk, message_id, "carla@acme.example")
        arrived.result(TIMEOUT)
        threads.submit(helpdesk.run).result(TIMEOUT)
    with helpdesk.env() as env:
        assert not env["helpdesk.ticket"].browse(ticket.id).escalation_waiting_since
    helpdesk.run()
    with helpdesk.env() as env:
        ticket = env["helpdesk.ticket"].browse(helpdesk.tickets[0])
        assert ticket.name == "A new name"
        assert ticket.escalation_waiting_since == ticket.sudo().escalation_back_date


# Step actions, which write the ticket ------------------------------------------


@pytest.fixture
def acting(helpdesk):
    """The office, where the first step raises the priority."""
    with helpdesk.env() as env:
        policy = env["helpdesk.ticket.team"].browse(helpdesk.team).escalation_policy_id
        step = policy.step_ids[0]
        step.raise_priority = "3"
    yield helpdesk
    with helpdesk.env() as env:
        env["helpdesk.escalation.step"].browse(step.id).raise_priority = False


def action_of(helpdesk, ticket=0):
    """What became of the action on a ticket, and the ticket's priority now."""
    with helpdesk.env() as env:
        incident = helpdesk.incident(env, ticket)
        line = incident.notification_ids.filtered("action")
        assert not incident.error
        return line.state, line.reason, incident.ticket_id.priority


def people_told(helpdesk, ticket=0):
    return [line for line in helpdesk.told(ticket) if line[0]]


def test_a_ticket_that_somebody_is_saving_is_told_of_and_acted_on_later(
    acting, threads
):
    """The run waits for nobody, and nobody's work is undone."""
    with acting.env() as env:
        env["helpdesk.ticket"].browse(acting.tickets[0]).name = "A new name"
        env.flush_all()
        threads.submit(acting.run).result(TIMEOUT)
        assert people_told(acting) == [acting.by_activity]
        state, reason, priority = action_of(acting)
        assert (state, priority) == ("pending", "1")
        assert "busy" in reason
        assert action_of(acting, ticket=1)[0] == "sent"
    acting.run()
    assert action_of(acting) == ("sent", "Priority raised to Very High.", "3")
    assert people_told(acting) == [acting.by_activity]
    with acting.env() as env:
        ticket = env["helpdesk.ticket"].browse(acting.tickets[0])
        assert ticket.name == "A new name"


def test_a_ticket_that_somebody_saved_meanwhile_is_told_of_and_acted_on(
    acting, threads
):
    """The run has an old view of the ticket, and takes a new one."""
    with mute_logger("odoo.sql_db"):
        with held(acting, threads, "_fire_due"):
            with acting.env() as env:
                env["helpdesk.ticket"].browse(acting.tickets[0]).name = "A new name"
    for ticket in range(3):
        assert people_told(acting, ticket) == [acting.by_activity]
        assert action_of(acting, ticket)[0::2] == ("sent", "3")


# A handover ----------------------------------------------------------------------


def test_a_double_click_hands_over_once(helpdesk, threads):
    """The second one is told kindly that it has been done."""
    with helpdesk.env(helpdesk.agent) as env:
        ticket = env["helpdesk.ticket"].browse(helpdesk.tickets[0])
        draft = env["helpdesk.escalation.handover"].browse(
            ticket.action_escalation_escalate()["res_id"]
        )
        draft.write(
            {
                "user_impact": "Nobody can print",
                "troubleshooting": "Changed the cable",
                "reason": "Only you may",
                "reason_kind": "access",
                "to_user_id": helpdesk.leader,
            }
        )
    clicks = threading.Barrier(2)

    def click():
        with helpdesk.env(helpdesk.agent) as env:
            mine = env["helpdesk.escalation.handover"].browse(draft.id)
            assert mine.state == "draft"
            clicks.wait(TIMEOUT)
            try:
                retrying(mine.action_escalate, env)
            except UserError as error:
                return str(error)

    with mute_logger("odoo.sql_db", "odoo.service.model"):
        both = [threads.submit(click) for _click in range(2)]
        said = [one.result(TIMEOUT) for one in both]
    assert said.count(None) == 1
    assert any(words and "handed over already" in words for words in said)
    assert helpdesk.told() == [(helpdesk.leader, "activity", "sent")]


# Snooze, and several people ------------------------------------------------------


def test_a_client_who_is_writing_while_it_is_snoozed_is_heard(helpdesk):
    """Their message was begun before, and is committed after."""
    helpdesk.run()
    with helpdesk.env() as writing:
        writing["helpdesk.ticket"].browse(helpdesk.tickets[0]).message_post(
            body="It burns!",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=helpdesk.client,
        )
        writing.flush_all()
        with helpdesk.env() as env:
            leader = env["res.users"].browse(helpdesk.leader)
            until = env.cr.now() + timedelta(days=1)
            helpdesk.incident(env)._snooze_checked(leader, until, "Monday", "ticket")
    with helpdesk.env() as env:
        assert helpdesk.incident(env).snoozed_until
    helpdesk.run()
    with helpdesk.env() as env:
        assert helpdesk.incident(env).state == "active"


def test_two_people_who_are_on_it_at_once_both_count(helpdesk):
    with helpdesk.env() as env:
        policy = env["helpdesk.escalation.policy"].create(
            {
                "name": "Two people",
                "step_ids": [
                    Command.create(
                        {
                            "delay": 10,
                            "recipient": "user",
                            "user_ids": [
                                Command.set([helpdesk.agent, helpdesk.leader])
                            ],
                            "confirmations": 2,
                        }
                    )
                ],
            }
        )
        ticket = env["helpdesk.ticket"].browse(helpdesk.tickets[0])
        ticket.escalation_policy_id = policy
    helpdesk.run()
    with helpdesk.env() as late:
        # What it knows of the other one is from here.
        assert helpdesk.incident(late).on_it_text == "2 people needed"
        with helpdesk.env() as env:
            agent = env["res.users"].browse(helpdesk.agent)
            assert helpdesk.incident(env)._confirm(agent, "email")
        leader = late["res.users"].browse(helpdesk.leader)
        with mute_logger("odoo.service.model"):
            retrying(lambda: helpdesk.incident(late)._confirm(leader, "email"), late)
    with helpdesk.env() as env:
        assert helpdesk.incident(env).state == "confirmed"
        assert len(helpdesk.incident(env)._get_people_on_it()) == 2
