"""R13: whatever goes wrong with one ticket or one mail, all others are seen to."""

import socket
from contextlib import contextmanager
from unittest.mock import patch

import pytest

from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron
from odoo.addons.base.models.ir_mail_server import IrMail_Server

from ..support.common import EscalationCommon, timedelta
from ..support.torture import scale

MODELS = "odoo.addons.helpdesk_escalation.models"
ENGINE = "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_engine_batch"
NOTIFICATION = (
    "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_notification_mail"
)
IN_APP = "activity"
MAIL_JOB = "mail.ir_cron_mail_scheduler_action"


class FaultCommon(EscalationCommon):
    def _at_minute(self, minute):
        return self.t0 + timedelta(minutes=minute)

    @contextmanager
    def _other_module_breaks(self, ticket, fault):
        """Let another module's override of "whom" fail for one ticket."""
        steps = self.registry["helpdesk.escalation.step"]
        original = steps._get_recipients_responsible

        def override(step, one):
            if one == ticket:
                fault()
            return original(step, one)

        with patch.object(steps, "_get_recipients_responsible", override):
            yield

    def _forbid(self, table, condition):
        """Let another module's database constraint forbid some rows."""
        self.env.flush_all()
        self.env.cr.execute(
            f'ALTER TABLE "{table}" ADD CONSTRAINT other_module '
            f"CHECK ({condition}) NOT VALID"
        )

    def _allow(self, table):
        self.env.flush_all()
        self.env.cr.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT other_module')

    def _run_with_faults(self, minute):
        """Run, and return what the engine warned of."""
        with mute_logger("odoo.sql_db"), self.assertLogs(MODELS, "WARNING") as logs:
            self._run(minute)
        return logs.output


class TestFaultyTicket(FaultCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tickets = cls.env["helpdesk.ticket"].browse(
            cls._new_ticket(minute=0).id for _number in range(3)
        )
        cls.good_one, cls.bad, cls.good_two = cls.tickets

    def assertOthersTold(self):
        for ticket in self.good_one + self.good_two:
            self.assertEqual(self._told(ticket), [(self.agent, IN_APP)])
            self.assertFalse(self._incident(ticket).error)

    def assertFault(self, text, attempts=1):
        incident = self._incident(self.bad)
        self.assertIn(text, incident.error)
        self.assertEqual(incident.attempts, attempts)
        self.assertEqual(incident.state, "active")
        self.assertTrue(incident.nobody_reached, "shown in red")
        self.assertFalse(incident.notification_ids)
        return incident

    def test_a_python_error_stops_one_ticket_only(self):
        def fault():
            raise KeyError("shift plan of Tuesday")

        with self._other_module_breaks(self.bad, fault):
            warnings = self._run_with_faults(10)
        self.assertEqual(len(warnings), 1, "one line per fault")
        self.assertIn(f"ticket {self.bad.id} failed", warnings[0])
        self.assertOthersTold()
        self.assertFault("shift plan of Tuesday")

    def test_a_database_error_stops_one_ticket_only(self):
        with self._other_module_breaks(
            self.bad, lambda: self.env.cr.execute("SELECT 1 / 0")
        ):
            self._run_with_faults(10)
        self.assertOthersTold()
        self.assertFault("division by zero")

    def test_a_constraint_of_another_module_stops_one_ticket_only(self):
        self._forbid("mail_activity", f"res_id != {self.bad.id}")
        self._run_with_faults(10)
        self.assertOthersTold()
        self.assertFault("other_module")

    def test_a_ticket_whose_incident_cannot_be_kept_stops_nobody(self):
        self._forbid("helpdesk_escalation_incident", f"ticket_id != {self.bad.id}")
        self._run_with_faults(10)
        self.assertOthersTold()
        self.assertFalse(self.incidents.search([("ticket_id", "=", self.bad.id)]))
        self._allow("helpdesk_escalation_incident")
        self._run(15)
        self.assertEqual(self._told(self.bad), [(self.agent, IN_APP)])

    def test_a_fault_is_put_off_longer_each_time_and_heals_by_itself(self):
        self._forbid("mail_activity", f"res_id != {self.bad.id}")
        self._run_with_faults(10)
        incident = self.assertFault("other_module")
        self.assertEqual(incident.retry_date, self._at_minute(15))
        self._run(14)
        self.assertEqual(incident.attempts, 1, "not tried before its time")
        self._run_with_faults(15)
        self.assertFault("other_module", attempts=2)
        self.assertEqual(incident.retry_date, self._at_minute(25))
        self._run_with_faults(25)
        self.assertEqual(incident.retry_date, self._at_minute(45))
        incident.attempts = 20
        self._run_with_faults(45)
        self.assertEqual(incident.retry_date, self._at_minute(45 + 240), "the limit")

        self._allow("mail_activity")
        self._run(45 + 240)
        self.assertEqual(self._told(self.bad)[0], (self.agent, IN_APP))
        self.assertFalse(incident.error)
        self.assertFalse(incident.attempts)
        self.assertFalse(incident.retry_date)
        self.assertFalse(incident.nobody_reached)

    def test_a_fault_at_a_later_step_keeps_what_was_told(self):
        self._run(10)
        incident = self._incident(self.bad)
        self._forbid("helpdesk_escalation_notification", "channel != 'email'")
        self._run_with_faults(30)
        self.assertTrue(incident.error)
        self.assertEqual(self._told(self.bad), [(self.agent, IN_APP)])
        self.assertFalse(incident.nobody_reached, "the agent was told")
        self.assertEqual(
            len(self._notes(self.bad)), 1, "no word of what did not happen"
        )
        self._allow("helpdesk_escalation_notification")
        self._run(35)
        self.assertEqual(self._told(self.bad)[1:], [(self.leader, "email")])

    def test_a_mail_that_cannot_be_written_becomes_a_notification(self):
        self._run(10)
        self._forbid("mail_mail", "state != 'outgoing'")
        incident = self._incident(self.bad)
        for minute in (30, 35, 40):
            self.assertFalse(incident.mail_failed)
            self._run_with_faults(minute)
        self.assertTrue(incident.mail_failed)
        self.assertFalse(incident.error, "the step has fired")
        self.assertEqual(
            self._told(self.bad)[1:], [(self.leader, "email"), (self.leader, IN_APP)]
        )

    def test_a_fault_while_an_incident_ends_is_kept_too(self):
        self._run(10)
        self._forbid(
            "helpdesk_escalation_incident",
            f"state != 'resolved' OR ticket_id != {self.bad.id}",
        )
        with mute_logger("odoo.sql_db"):
            for ticket in self.tickets:
                self._staff_answers(ticket, 12)
        self._run_with_faults(15)
        self.assertEqual(self._incident(self.good_one).state, "resolved")
        self.assertEqual(self._incident(self.good_two).state, "resolved")
        incident = self._incident(self.bad)
        self.assertIn("other_module", incident.error)
        self._allow("helpdesk_escalation_incident")
        self._run(20)
        self.assertEqual(incident.state, "resolved")
        self.assertFalse(incident.error)

    def test_more_than_a_batch_is_done_in_one_run(self):
        with patch(f"{ENGINE}.BATCH_SIZE", 2):
            self._run(10)
        for ticket in self.tickets:
            self.assertEqual(self._told(ticket), [(self.agent, IN_APP)])

    def test_a_fault_in_one_batch_leaves_the_next_alone(self):
        self._forbid("mail_activity", f"res_id != {self.good_one.id}")
        with patch(f"{ENGINE}.BATCH_SIZE", 1):
            self._run_with_faults(10)
        for ticket in self.bad + self.good_two:
            self.assertEqual(self._told(ticket), [(self.agent, IN_APP)])

    def test_a_run_out_of_time_leaves_the_rest_to_the_next(self):
        original = IrCron._commit_progress
        calls = []

        def out_of_time(cron, processed=0, **values):
            calls.append(processed)
            original(cron, processed, **values)
            return 0

        engine = self.env["helpdesk.escalation.engine"]
        with (
            patch(f"{ENGINE}.BATCH_SIZE", 2),
            patch(f"{ENGINE}.RUN_SECONDS", 0),
            patch.object(IrCron, "_commit_progress", out_of_time),
            patch.object(self.env.cr, "commit"),
        ):
            with self._at(10):
                engine._cron_escalate()
            done = [bool(self._told(ticket)) for ticket in self.tickets]
            self.assertEqual(done, [True, True, False], "the longest wait comes first")
            with self._at(15):
                engine._cron_escalate()
        for ticket in self.tickets:
            self.assertEqual(self._told(ticket), [(self.agent, IN_APP)])
        self.assertEqual(sum(calls), 3, "each counts once as done")

    def test_an_error_that_comes_with_the_commit_stops_one_ticket_only(self):
        def fault():
            raise KeyError("ledger")

        def at_commit(step, ticket):
            if ticket == self.bad:
                step.env.cr.precommit.add(fault)
            return ticket.user_id

        with patch.object(
            self.registry["helpdesk.escalation.step"],
            "_get_recipients_responsible",
            at_commit,
        ):
            self._run_with_faults(10)
        self.assertOthersTold()
        self.assertFault("ledger")


class TestManyTickets(FaultCommon):
    """Four bad ones among many, each for another reason, in one run."""

    pytestmark = pytest.mark.torture
    COUNT = scale(20, 200)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.escalation_policy_id = cls._new_policy(
            "Both ways",
            {"delay": 10, "recipient": "responsible", "channel": "activity"},
            {"delay": 10, "recipient": "team_leader", "channel": "email"},
        )
        cls.team.escalation_policy_id = cls.policies.search(
            [("name", "=", "Both ways")]
        )
        cls.tickets = cls.env["helpdesk.ticket"].create(
            [
                {
                    "name": f"Fire {number}",
                    "description": "<p>Please help</p>",
                    "team_id": cls.team.id,
                    "user_id": cls.agent.id,
                    "partner_id": cls.client.id,
                }
                for number in range(cls.COUNT)
            ]
        )
        cls._date(cls.tickets, 0)
        cls._date(cls.tickets.message_ids, 0)
        cls.bad = cls.tickets[3] + cls.tickets[cls.COUNT // 2 :][:3]

    def _fail(self, step, ticket):
        forbidden, constrained, _unreadable, busy = self.bad
        if ticket == forbidden:
            raise AccessError("Other module: you may not see the shift plan")
        if ticket == busy:
            # What the database answers to one who comes too late, each time.
            self.env.cr.execute(
                "DO $$ BEGIN RAISE 'could not serialize access' "
                "USING ERRCODE = '40001'; END $$"
            )
        if ticket == constrained:
            self.env.cr.execute("SELECT 1 / 0")
        return ticket.user_id

    def test_all_others_are_seen_to_in_the_same_run(self):
        template = self.env.ref("helpdesk_escalation.mail_template_escalation")
        forbidden, constrained, unreadable, busy = self.bad
        good_body = template.subject
        template.subject = (
            f"{{{{ 1 / 0 if object.ticket_id.id == {unreadable.id} else 'Fire' }}}}"
        )
        with (
            patch.object(
                self.registry["helpdesk.escalation.step"],
                "_get_recipients_responsible",
                lambda step, ticket: self._fail(step, ticket),
            ),
            patch(f"{ENGINE}.BATCH_SIZE", self.COUNT // 2),
            patch(f"{NOTIFICATION}.MAX_MAILS_AT_ONCE", self.COUNT),
        ):
            self._run_with_faults(10)
        template.subject = good_body
        for ticket in self.tickets - forbidden - constrained - busy:
            self.assertEqual(
                self._told(ticket), [(self.agent, IN_APP), (self.leader, "email")]
            )
            self.assertFalse(self._incident(ticket).error)
            self.assertTrue(self._incident(ticket).notification_ids[1].mail_id)
        for ticket, why in (
            (forbidden, "shift plan"),
            (constrained, "division by zero"),
            (busy, "could not serialize access"),
        ):
            incident = self._incident(ticket)
            self.assertIn(why, incident.error)
            self.assertTrue(incident.nobody_reached, "shown in red")
            self.assertEqual(incident.retry_date, self._at_minute(15))
        self._run(14)
        self.assertFalse(self._told(busy), "not tried before its time")
        self._run(15)
        for ticket in forbidden + constrained + busy:
            self.assertEqual(len(self._told(ticket)), 2)
            self.assertFalse(self._incident(ticket).error)
            self.assertFalse(self._incident(ticket).nobody_reached)


class TestBrokenTemplate(FaultCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.env.ref("helpdesk_escalation.mail_template_escalation")
        cls.ticket = cls._new_ticket(minute=0, name="Chimney on fire")

    def _escalate(self):
        self._run(10)
        self._run(30)
        notification = self._incident(self.ticket).notification_ids[-1]
        self.assertEqual(notification.user_id, self.leader)
        self.assertEqual(notification.state, "pending")
        mail = notification.mail_id
        self.assertEqual(mail.state, "outgoing")
        self.assertOnlyTo(mail, self.leader)
        return mail

    def assertOnlyTo(self, mail, user):
        self.assertEqual(mail.recipient_ids, user.partner_id)
        self.assertFalse(mail.email_to)
        self.assertFalse(mail.email_cc)
        addresses = [
            address
            for email in mail._prepare_outgoing_list()
            for address in email["email_to"] + email["email_cc"]
        ]
        self.assertEqual(len(addresses), 1)
        self.assertIn(user.email, addresses[0])

    def assertBuiltIn(self):
        with self.assertLogs(NOTIFICATION, "WARNING") as logs:
            mail = self._escalate()
        self.assertIn("built-in text used", logs.output[0])
        self.assertIn("Carla Client", mail.subject)
        self.assertIn("Chimney on fire", mail.subject)
        self.assertIn("/helpdesk_escalation/confirm/", mail.body_html)
        self.assertIn("I'm on it", mail.body_html.replace("&#39;", "'"))
        self.assertFalse(self._incident(self.ticket).error)

    def test_body_with_a_mistake(self):
        self.template.body_html = '<p><t t-out="object.no_such_field"/></p>'
        self.assertBuiltIn()

    def test_subject_with_a_mistake(self):
        self.template.subject = "{{ 1 / 0 }}"
        self.assertBuiltIn()

    def test_language_with_a_mistake(self):
        self.template.lang = "{{ object.no_such_field }}"
        self.assertBuiltIn()

    def test_deleted(self):
        self.template.unlink()
        self.assertBuiltIn()

    def test_pointed_at_another_model(self):
        self.template.write(
            {
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "subject": "{{ object.number }}",
                "body_html": "<p>Dear client</p>",
                "email_from": False,
                "lang": False,
                "partner_to": "{{ object.partner_id.id }}",
            }
        )
        self._run(10)
        # The next notification has the id of a ticket, whose client must not get it.
        tables = ("helpdesk_ticket", self.notifications._table)
        self.env.cr.execute(
            "SELECT greatest(nextval(%s), nextval(%s))",
            [f"{table}_id_seq" for table in tables],
        )
        (last_id,) = self.env.cr.fetchone()
        for table in tables:
            self.env.cr.execute("SELECT setval(%s, %s)", [f"{table}_id_seq", last_id])
        self._new_ticket(minute=30, escalation_muted=True)
        self.assertBuiltIn()

    def test_naming_the_client_sends_nothing_to_the_client(self):
        self.template.write(
            {
                "partner_to": f"{self.client.id}",
                "email_to": self.client.email,
                "email_cc": f"boss@else.example, {self.client.email}",
            }
        )
        self._escalate()

    def test_default_recipients_send_nothing_to_the_client(self):
        self.template.write({"use_default_to": True, "partner_to": False})
        self._escalate()

    def test_a_mistake_for_one_person_leaves_the_mails_of_others(self):
        other = self._new_ticket(minute=0, name="Kitchen on fire")
        self.template.subject = (
            "{{ object.ticket_id.name if object.ticket_id.id != "
            f"{self.ticket.id} else 1 / 0 }}}}"
        )
        self.assertBuiltIn()
        mail = self._incident(other).notification_ids[-1].mail_id
        self.assertEqual(mail.subject, "Kitchen on fire")
        self.assertOnlyTo(mail, self.leader)


class TestFailedMail(FaultCommon):
    """A real mail server that refuses; the queue is Odoo's own."""

    @pytest.fixture(autouse=True)
    def _mail_server(self, mail_sink):
        self.sink = mail_sink

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # All happens in the past, so that the queue finds each retry due.
        cls.t0 -= timedelta(hours=12)
        cls.ticket = cls._new_ticket(minute=0)

    def setUp(self):
        super().setUp()
        self.env["ir.mail_server"].search([]).action_archive()
        self.env["ir.mail_server"].create(
            {
                "name": "Sink",
                "smtp_host": "127.0.0.1",
                "smtp_port": self.sink.port,
                "smtp_encryption": "none",
            }
        )
        self.startPatcher(patch.object(IrMail_Server, "_disable_send", lambda _: False))
        self._run(10)

    def _send_queue(self):
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            self.env["mail.mail"].process_email_queue()

    def _mail_step(self):
        return self._incident(self.ticket).notification_ids.filtered(
            lambda notification: notification.channel == "email"
        )

    def test_a_mail_that_arrives_is_noted(self):
        self._run(30)
        self._send_queue()
        (message,) = self.sink.wait(1)
        self.assertEqual(message.envelope_to, [self.leader.email])
        self._run(35)
        notification = self._mail_step()
        self.assertEqual(notification.state, "sent")
        self.assertEqual(notification.sent_date, self._at_minute(35))
        self.assertFalse(notification.mail_id, "nothing is left in the queue")
        self.assertFalse(self._incident(self.ticket).mail_failed)

    def test_a_refused_mail_is_retried_then_becomes_an_activity(self):
        incident = self._incident(self.ticket)
        self.sink.refuse = "451 try again later"
        self._run(30)
        notification = self._mail_step()
        self._send_queue()
        self.assertEqual(notification.mail_id.state, "exception")
        self._run(35)
        self.assertEqual(notification.attempts, 1)
        self.assertEqual(notification.state, "pending")
        self.assertEqual(notification.mail_id.state, "outgoing")
        self.assertEqual(notification.mail_id.scheduled_date, self._at_minute(40))
        self._send_queue()
        self._run(40)
        self.assertEqual(notification.attempts, 2)
        self.assertEqual(notification.mail_id.scheduled_date, self._at_minute(50))
        self._send_queue()
        self._run(50)
        self.assertEqual(notification.state, "failed")
        self.assertEqual(notification.attempts, 3)
        self.assertIn("try again later", notification.reason)
        self.assertTrue(incident.mail_failed)
        twin = incident.notification_ids - notification
        twin = twin.filtered(lambda n: n.user_id == self.leader)
        self.assertEqual(twin.channel, IN_APP)
        self.assertEqual(twin.state, "sent")
        self.assertEqual(twin.activity_id.user_id, self.leader)
        self.assertFalse(self.sink.messages)
        self._run(55)
        told = [user for user, _channel in self._told(self.ticket)]
        self.assertEqual(told, [self.agent, self.leader, self.leader])

    def test_a_mail_server_that_recovers_delivers(self):
        self.sink.refuse = "451 try again later"
        self._run(30)
        self._send_queue()
        self._run(35)
        self.sink.refuse = None
        self._send_queue()
        self.assertEqual(len(self.sink.wait(1)), 1)
        self._run(40)
        self.assertEqual(self._mail_step().state, "sent")
        self.assertFalse(self._incident(self.ticket).mail_failed)

    def test_a_mail_server_that_is_away_costs_no_alarm(self):
        self.env["ir.mail_server"].search([]).smtp_port = 1
        self._run(30)
        for minute in (35, 40, 50):
            self._send_queue()
            self._run(minute)
        self.assertEqual(self._mail_step().state, "failed")
        self.assertEqual(self._told(self.ticket)[-1], (self.leader, IN_APP))

    def test_one_refused_mail_does_not_stop_the_others(self):
        async def handle_RCPT(server, session, envelope, address, options):
            if address == self.leader.email:
                return "550 no such person"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        self.sink.handle_RCPT = handle_RCPT
        self._run(60)
        self._send_queue()
        (message,) = self.sink.wait(1)
        self.assertEqual(message.envelope_to, [self.director.email])
        self._run(65)
        to_leader, to_director = self._mail_step()
        self.assertEqual(to_director.state, "sent")
        self.assertEqual((to_leader.state, to_leader.attempts), ("pending", 1))

    def test_a_mail_server_that_does_not_answer_costs_no_alarm(self):
        """It takes the connection and is silent until the queue gives up."""
        with (
            socket.create_server(("127.0.0.1", 0)) as silent,
            patch("odoo.addons.base.models.ir_mail_server.SMTP_TIMEOUT", 0.1),
        ):
            self.env["ir.mail_server"].search([]).smtp_port = silent.getsockname()[1]
            self._run(60)
            for minute, attempts in ((65, 1), (70, 2), (80, 3)):
                self._send_queue()
                self._run(minute)
                self.assertEqual(self._mail_step().mapped("attempts"), [attempts] * 2)
        self.assertEqual(self._mail_step().mapped("state"), ["failed"] * 2)
        self.assertIn("timed out", self._mail_step()[0].reason)
        self.assertTrue(self._incident(self.ticket).mail_failed)
        self.assertEqual(
            self._told(self.ticket)[-2:],
            [(self.leader, IN_APP), (self.director, IN_APP)],
        )

    def test_a_mail_server_that_dies_over_a_mail_gets_the_others(self):
        """It takes one mail and hangs up, each time: the others wait for no hour."""

        async def handle_DATA(server, session, envelope):
            if envelope.rcpt_tos == [self.leader.email]:
                server.transport.abort()
            else:
                self.sink.messages.append(envelope)
            return "250 OK"

        self.sink.handle_DATA = handle_DATA
        self._run(60)
        to_leader, to_director = self._mail_step()
        self._send_queue()
        self.assertFalse(self.sink.messages, "the queue gave up at the first")
        triggers = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.env.ref(MAIL_JOB).id)]
        )
        triggers.unlink()
        self._run(65)
        triggers = triggers.search([("cron_id", "=", self.env.ref(MAIL_JOB).id)])
        self.assertIn(self._at_minute(65), triggers.mapped("call_at"))
        for minute in (65, 70, 80):
            self._send_queue()
            self._run(minute)
        (mail,) = self.sink.messages
        self.assertEqual(mail.rcpt_tos, [self.director.email])
        self.assertEqual(to_director.state, "sent")
        self.assertEqual((to_leader.state, to_leader.attempts), ("failed", 3))
        self.assertTrue(self._incident(self.ticket).mail_failed)
        self.assertEqual(self._told(self.ticket)[-1], (self.leader, IN_APP))

    def test_a_mail_deleted_from_the_queue_becomes_an_activity(self):
        self._run(30)
        self._mail_step().mail_id.unlink()
        self._run(35)
        self.assertEqual(self._mail_step().state, "cancelled")
        self.assertEqual(self._told(self.ticket)[-1], (self.leader, IN_APP))

    def test_a_mail_cancelled_in_the_queue_becomes_an_activity(self):
        self._run(30)
        self._mail_step().mail_id.cancel()
        self._run(35)
        self.assertEqual(self._mail_step().state, "cancelled")
        self.assertEqual(self._told(self.ticket)[-1], (self.leader, IN_APP))

    def test_a_failed_mail_of_an_ended_incident_bothers_nobody(self):
        self.sink.refuse = "550 no"
        self._run(30)
        self._send_queue()
        self._staff_answers(self.ticket, 31)
        self.assertEqual(self._incident(self.ticket).state, "resolved")
        self._run(35)
        self._send_queue()
        self._run(50)
        self.assertEqual(self._mail_step().state, "cancelled")
        self.assertFalse(self.ticket.activity_ids)

    def test_a_fault_about_one_mail_stops_neither_mails_nor_tickets(self):
        """A failed mail whose activity cannot be made."""
        other = self._new_ticket(minute=0)
        late = self._new_ticket(minute=35)
        self.sink.refuse = "550 no"
        self._run(30)
        for minute in (35, 40):
            self._send_queue()
            self._run(minute)
        self._send_queue()
        self._forbid("mail_activity", f"res_id != {self.ticket.id}")
        self._run_with_faults(50)
        self.assertEqual(self._told(late), [(self.agent, IN_APP)])
        self.assertEqual(self._told(other)[-1], (self.leader, IN_APP))
        self.assertEqual(self._mail_step().state, "pending")
        self._allow("mail_activity")
        self._run(55)
        self.assertEqual(self._mail_step().state, "failed")
        self.assertEqual(self._told(self.ticket)[-1], (self.leader, IN_APP))
