"""R2: judging a message never costs the message, whatever goes wrong, and no time."""

import time
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import pytest

from odoo.tools import mute_logger

from odoo.addons.helpdesk_escalation.models.helpdesk_ticket_party import HelpdeskTicket
from odoo.addons.helpdesk_escalation.models.mail_message import MailMessage

from ..support.common import TEAM, EscalationCommon, new_test_user
from ..support.incoming import IncomingMail

JUDGE = "odoo.addons.helpdesk_escalation.models.mail_message"


class TestFaultWhileMailComesIn(IncomingMail, EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._new_ticket(minute=-60)
        cls.question = cls._client_writes(cls.ticket, -20)

    def setUp(self):
        super().setUp()
        self._run(-10)
        self.incident = self._incident(self.ticket)
        self.assertEqual(self.incident.state, "active")

    def _python_error(self, *args, **kwargs):
        raise ValueError("another module's fault")

    def _database_error(self, *args, **kwargs):
        self.env.cr.execute("SELECT 1/0")

    @contextmanager
    def _fault(self, model, method, error):
        with patch.object(self.env.registry[model], method, error) as fault:
            yield fault

    def _kept(self, message):
        """Read a message from the database, as the next transaction will."""
        self.env.flush_all()
        self.env.invalidate_all()
        self.env.cr.execute(
            "SELECT model, res_id, author_id, escalation_party FROM mail_message "
            "WHERE id = %s",
            [message.id],
        )
        return self.env.cr.fetchone()

    def _receive_unjudged(self, error, raw):
        with (
            self._fault("helpdesk.ticket", "_escalation_party", error),
            mute_logger("odoo.sql_db"),
            self.assertLogs(JUDGE, "ERROR") as logs,
        ):
            message = self._receive(raw)
        self.assertEqual(len(logs.output), 1)
        self.assertIn("counted as the client", logs.output[0])
        return message

    def _assert_kept_as_the_clients(self, error):
        staff, client = self.agent.partner_id, self.client
        for author in client + staff:
            raw = self._raw(author.email_formatted, References=self.question.message_id)
            message = self._receive_unjudged(error, raw)
            self.assertEqual(
                self._kept(message),
                ("helpdesk.ticket", self.ticket.id, author.id, "client"),
            )
        self.assertEqual(self.incident.state, "active")

    def test_a_mail_that_python_cannot_judge_is_kept_as_the_clients(self):
        self._assert_kept_as_the_clients(self._python_error)

    def test_a_mail_that_the_database_cannot_judge_is_kept_as_the_clients(self):
        self._assert_kept_as_the_clients(self._database_error)

    def _assert_new_ticket_kept(self, error):
        raw = self._raw(self.client.email_formatted, "No toner either")
        message = self._receive_unjudged(error, raw)
        ticket = self.env["helpdesk.ticket"].search([("name", "=", "No toner either")])
        self.assertEqual(
            self._kept(message),
            ("helpdesk.ticket", ticket.id, self.client.id, "client"),
        )
        self.assertTrue(ticket.escalation_waiting_since)

    def test_a_new_ticket_that_python_cannot_judge_is_kept(self):
        self._assert_new_ticket_kept(self._python_error)

    def test_a_new_ticket_that_the_database_cannot_judge_is_kept(self):
        self._assert_new_ticket_kept(self._database_error)

    def _assert_answer_kept(self):
        """The answer came in; the incident waits for the next run."""
        message = self._reply(self.question, self.agent.email_formatted)
        self.assertEqual(
            self._kept(message),
            ("helpdesk.ticket", self.ticket.id, self.agent.partner_id.id, "staff"),
        )
        self.assertEqual(self.incident.state, "active")

    def _assert_next_run_ends_it(self):
        self._run(1)
        self.assertEqual(self.incident.state, "resolved")
        self.assertEqual(self.incident.resolution, "answered")

    def test_an_answer_is_kept_when_python_cannot_end_the_incident(self):
        engine = "helpdesk.escalation.engine"
        with self._fault(engine, "_resolve_now", self._python_error):
            self._assert_answer_kept()
        self._assert_next_run_ends_it()

    def test_an_answer_is_kept_when_the_database_cannot_end_the_incident(self):
        engine = "helpdesk.escalation.engine"
        with (
            self._fault(engine, "_resolve_now", self._database_error),
            mute_logger("odoo.sql_db"),
        ):
            self._assert_answer_kept()
        self._assert_next_run_ends_it()

    def test_an_answer_is_kept_when_the_end_cannot_be_written(self):
        """A fault that shows only when the changes go to the database."""
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE helpdesk_escalation_incident "
            "ADD CONSTRAINT other_module CHECK (state != 'resolved') NOT VALID"
        )
        with mute_logger("odoo.sql_db"):
            self._assert_answer_kept()
        self.env.cr.execute(
            "ALTER TABLE helpdesk_escalation_incident DROP CONSTRAINT other_module"
        )
        self._assert_next_run_ends_it()

    def test_an_answer_is_kept_whatever_the_database_refuses(self):
        """Errors that it gives on a busy or full server, and a broken installation."""
        raising = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        raising += "$$ BEGIN RAISE 'refused' USING ERRCODE = '%s'; END $$; "
        raising += "CREATE TRIGGER refuse BEFORE %s FOR EACH STATEMENT "
        raising += "EXECUTE FUNCTION refuse()"
        update = "UPDATE ON helpdesk_escalation_incident"
        for sabotage in (
            raising % ("40001", update),  # serialization failure
            raising % ("40P01", update),  # deadlock
            raising % ("55P03", update),  # lock not available
            raising % ("57014", update),  # a statement that takes too long
            raising % ("53100", update),  # disk full
            raising % ("53200", "DELETE ON mail_activity"),  # out of memory
            raising % ("23514", "UPDATE ON helpdesk_escalation_notification"),
            "ALTER TABLE helpdesk_escalation_incident RENAME TO gone",
            "ALTER TABLE helpdesk_escalation_policy DROP COLUMN count_from CASCADE",
        ):
            with self.subTest(sabotage):
                self.env.flush_all()
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint() as undo:
                    self.env.cr.execute(sabotage)
                    message = self._reply(self.question, self.agent.email_formatted)
                    self.assertEqual(self._kept(message)[3], "staff")
                    if "RENAME" not in sabotage:
                        self.assertEqual(self.incident.state, "active")
                    undo.rollback()
                self.env.invalidate_all()
        self._assert_answer_ends_it()

    def _assert_answer_ends_it(self):
        self._reply(self.question, self.agent.email_formatted)
        self.assertEqual(self.incident.resolution, "answered")

    def test_an_answer_in_the_chatter_is_kept_as_well(self):
        engine = "helpdesk.escalation.engine"
        with self._fault(engine, "_resolve_now", self._python_error):
            message = self._staff_answers(self.ticket, 0)
        self.assertEqual(message.escalation_party, "staff")
        self.assertEqual(self.incident.state, "active")
        self._assert_next_run_ends_it()

    def test_a_word_in_the_chatter_is_kept_when_python_cannot_judge_it(self):
        with (
            self._fault("helpdesk.ticket", "_escalation_party", self._python_error),
            self.assertLogs(JUDGE, "ERROR"),
        ):
            message = self._staff_answers(self.ticket, 0)
        self.assertEqual(message.escalation_party, "client")


class TestCostOfPosting(EscalationCommon):
    """In queries, against the same without us."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._new_ticket()

    @contextmanager
    def _without_us(self):
        overrides = [
            (MailMessage, "create"),
            (HelpdeskTicket, "_notify_thread"),
        ]
        with ExitStack() as stack:
            for model, name in overrides:
                stack.callback(setattr, model, name, getattr(model, name))
                delattr(model, name)
            yield

    def _count(self, record, author, **values):
        """Count the queries of a comment, from a cold cache like a new request."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        record.message_post(
            author_id=author.id,
            body="Is anybody there?",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            **values,
        )
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _count_ours(self, record, author):
        """Return how many queries more a comment takes because of us."""
        with patch("random.random", lambda: 1):  # no random clean-up of the bus
            self._count(record, author)
            with self._without_us():
                self._count(record, author)
                alone = self._count(record, author)
            self._count(record, author)
            return self._count(record, author) - alone

    def test_elsewhere_it_costs_nothing(self):
        self.assertEqual(self._count_ours(self.client, self.agent.partner_id), 0)
        self.assertEqual(self._count_ours(self.team, self.client), 0)

    def test_a_clients_word_costs_at_most_one_query(self):
        self.assertLessEqual(self._count_ours(self.ticket, self.client), 1)

    def test_an_agents_word_costs_at_most_two_queries(self):
        """Whether the client is a colleague, and whether it ends anything."""
        ticket = self.ticket.with_user(self.agent)
        self.ticket.message_subscribe(self.client.ids)
        self.assertLessEqual(self._count_ours(ticket, self.agent.partner_id), 2)

    def test_and_one_more_where_nobody_is_notified(self):
        """Whether the client was left out on purpose."""
        ticket = self.ticket.with_user(self.agent)
        self.assertLessEqual(self._count_ours(ticket, self.agent.partner_id), 3)


# Another connection ---------------------------------------------------------------


@pytest.fixture
def helpdesk(begin):
    """A function that begins a transaction in a database with an open incident."""
    with begin() as env:
        step = {"delay": 0, "recipient": "responsible", "channel": "activity"}
        policy = env["helpdesk.escalation.policy"].create(
            {"name": "At once", "step_ids": [(0, 0, step)]}
        )
        agent = new_test_user(env, "agent", TEAM, email="agent@helpdesk.example")
        ticket = env["helpdesk.ticket"].create(
            {
                "name": "The printer is on fire",
                "description": "Smoke",
                "user_id": agent.id,
                "escalation_policy_id": policy.id,
            }
        )
        ticket.message_post(
            author_id=False,
            body="Please help",
            email_from="carla@acme.example",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
        )
    with begin() as env:
        env["helpdesk.escalation.engine"]._cron_escalate()
    with begin() as env:
        assert incident_of(env).state == "active"
    return begin


def incident_of(env):
    return env["helpdesk.escalation.incident"].search([])


def answer_by_mail(env):
    """Let the agent's answer come in; return its message."""
    question = env["mail.message"].search([("escalation_party", "=", "client")])
    raw = IncomingMail._raw(
        "agent@helpdesk.example",
        To="support@helpdesk.example",
        References=question.message_id,
    )
    env["mail.thread"].message_process(None, raw)
    return env["mail.message"].search(
        [("model", "=", question.model), ("message_type", "=", "email")],
        order="id desc",
        limit=1,
    )


def assert_answer_kept_and_seen_by_the_next_run(begin, message_id):
    with begin() as env:
        message = env["mail.message"].browse(message_id)
        assert message.escalation_party == "staff"
        assert message.res_id == incident_of(env).ticket_id.id
        assert incident_of(env).state == "active"
        env["helpdesk.escalation.engine"]._cron_escalate()
    with begin() as env:
        assert incident_of(env).resolution == "answered"


def test_a_mail_does_not_wait_for_an_incident_that_somebody_holds(helpdesk):
    with helpdesk() as holder:
        incident_of(holder).lock_for_update()
        with helpdesk() as env:
            env.cr.execute("SET LOCAL lock_timeout = '20s'")
            began = time.monotonic()
            message_id = answer_by_mail(env).id
            env.flush_all()
            assert time.monotonic() - began < 10
    assert_answer_kept_and_seen_by_the_next_run(helpdesk, message_id)


def test_a_mail_is_kept_when_the_incident_changed_meanwhile(helpdesk):
    """PostgreSQL refuses to lock a row that changed after the mail's snapshot."""
    with helpdesk() as env:
        assert incident_of(env).state == "active"
        with helpdesk() as other:
            incident_of(other).error = "Just put off"
        with mute_logger("odoo.sql_db"):
            message_id = answer_by_mail(env).id
    assert_answer_kept_and_seen_by_the_next_run(helpdesk, message_id)
