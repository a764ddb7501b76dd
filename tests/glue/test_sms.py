"""R9: steps that notify by SMS, through Odoo's own queue and a real provider."""

import re
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import JsonRpcException
from odoo.tools import mute_logger

from odoo.addons.helpdesk_escalation_sms.hooks import uninstall_hook
from odoo.addons.iap.tools import iap_tools

from ..support.common import EscalationCommon, PatientHttpCase
from ..support.sms_server import SmsServer

LEA = "+32470111111"
DORA = "+32470222222"
QUEUE = "sms.ir_cron_sms_scheduler_action"


class SmsCommon(EscalationCommon):
    """The leader by SMS after 10 minutes, the director by SMS after 30."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sms = cls.enterClassContext(SmsServer())
        cls.env["ir.config_parameter"].set_param("sms.endpoint", cls.sms.url)
        cls.leader.partner_id.phone = LEA
        cls.director.partner_id.phone = DORA
        cls.policy = cls._new_policy(
            "SMS",
            {"delay": 10, "recipient": "team_leader", "channel": "sms"},
            {
                "delay": 30,
                "recipient": "user",
                "user_ids": [Command.set(cls.director.ids)],
                "channel": "sms",
            },
        )
        cls._set_policy(cls.team, cls.policy)

    def setUp(self):
        super().setUp()
        self.sms.texts.clear()
        self.sms.answers.clear()
        self.sms.is_broken = False

    @contextmanager
    def _online(self):
        """Let Odoo ask its SMS service, which it does not while tests run."""
        no_test = SimpleNamespace(module=SimpleNamespace(current_test=None))
        with patch.object(iap_tools, "modules", no_test):
            yield

    def _queue_sends(self):
        """Let Odoo's real job send what is in its queue."""
        self.env.flush_all()
        with self._online(), self.enter_registry_test_mode():
            self.env.ref(QUEUE).method_direct_trigger()
        self.env.invalidate_all()

    def _line(self, ticket, channel="sms", user=None):
        return self._incident(ticket).notification_ids.filtered(
            lambda line: line.channel == channel
            and line.user_id == (user or line.user_id)
        )


class TestPeopleAreNotifiedBySms(SmsCommon):
    def test_a_short_text_with_a_personal_link(self):
        ticket = self._new_ticket(0, name="The printer is on fire " * 10)
        self._run(10)
        self.assertFalse(self.sms.texts, "the run talks to no other server")
        line = self._line(ticket)
        self.assertEqual(line.state, "pending")
        self._queue_sends()
        ((number, text),) = self.sms.texts
        self.assertEqual(number, LEA)
        self.assertIn("Carla Client (ACME) has been waiting for 10min: HT", text)
        self.assertTrue(text.isascii(), "other letters make it twice as dear")
        self.assertLess(len(text), 400)
        (token,) = re.findall(r"/helpdesk_escalation/confirm/(\S+)$", text)
        self.assertEqual(self.notifications._from_token(token), (line, False))
        self._run(11)
        self.assertEqual(line.state, "sent")
        self.assertEqual(line.sent_date, fields.Datetime.add(self.t0, minutes=11))
        self.assertEqual(self._told(ticket), [(self.leader, "sms")])

    def test_in_the_words_of_the_person(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.leader.lang = "fr_FR"
        self._new_ticket(0)
        seen = []
        write = type(self.notifications)._get_sms_text

        def listen(line):
            seen.append(line.env.lang)
            return write(line)

        with patch.object(
            self.env.registry[self.notifications._name], "_get_sms_text", listen
        ):
            self._run(10)
        self.assertEqual(seen, ["fr_FR"])

    def test_it_is_written_as_people_write_it(self):
        step = self.policy.step_ids[0]
        self.assertEqual(step.display_name, "After 10min: SMS to the team leader")

    def test_once_only(self):
        ticket = self._new_ticket(0)
        for minute in (10, 11, 12):
            self._run(minute)
            self._queue_sends()
        self.assertEqual(len(self.sms.texts), 1)
        self.assertEqual(self._told(ticket), [(self.leader, "sms")])

    def test_a_flood_is_one_text(self):
        tickets = [self._new_ticket(n) for n in range(5)]
        self._run(15)
        self._queue_sends()
        ((number, text),) = self.sms.texts
        self.assertIn(
            "5 tickets are waiting for an answer, the longest for 15min", text
        )
        self.assertIn("/odoo/escalated-to-me", text)
        self._run(16)
        for ticket in tickets:
            self.assertEqual(self._line(ticket).state, "sent")

    def test_it_costs_no_more_queries_for_many(self):
        def count(number):
            for n in range(number):
                self._new_ticket(0, name=f"Fire {n}")
            self._run(10)
            lines = self.notifications.search(
                [("channel", "=", "sms"), ("state", "=", "pending")]
            )
            lines.write({"state": "sent"})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.notifications._process_sms(fields.Datetime.now(), 0)
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(4), count(12))


class TestConfirmByTheLink(SmsCommon, PatientHttpCase):
    def test_that_is_said_by_sms(self):
        ticket = self._new_ticket(0)
        self._run(10)
        self._queue_sends()
        (link,) = re.findall(r"http\S+", self.sms.texts[0][1])
        path = re.sub(r"^https?://[^/]+", "", link)
        page = self.url_open(path)
        (token,) = re.findall(r'name="csrf_token" value="([^"]+)"', page.text)
        self.assertEqual(self._incident(ticket).state, "active")
        self.url_open(path, {"csrf_token": token})
        self.env.invalidate_all()
        incident = self._incident(ticket)
        self.assertEqual(incident.confirmed_by_id, self.leader)
        self.assertEqual(incident.confirmed_via, "sms")

    def test_the_provider_reports_later_that_it_did_not_arrive(self):
        ticket = self._new_ticket(0)
        self._run(10)
        self._queue_sends()
        self._run(11)
        line = self._line(ticket)
        self.assertEqual(line.state, "sent")
        report = {"sms_status": "not_delivered", "uuids": [line.sms_uuid]}
        self.make_jsonrpc_request("/sms/status", {"message_statuses": [report]})
        self.env.invalidate_all()
        self._run(12)
        self.assertEqual(line.state, "failed")
        self.assertIn((self.leader, "activity"), self._told(ticket))
        self._run(13)
        self.assertEqual(len(self._line(ticket, "activity")), 1)

    def test_a_forged_report_does_nothing(self):
        ticket = self._new_ticket(0)
        self._run(10)
        for uuids in (["0" * 32], ["%"], "x"):
            report = {"sms_status": "not_delivered", "uuids": uuids}
            with (
                self.subTest(uuids),
                mute_logger("odoo.addons.sms.controllers.main", "odoo.http"),
                suppress(JsonRpcException),
            ):
                self.make_jsonrpc_request("/sms/status", {"message_statuses": [report]})
        self.env.invalidate_all()
        self._run(11)
        self.assertEqual(self._line(ticket).state, "pending")


class TestWhatDoesNotArrive(SmsCommon):
    def _assert_notified_otherwise(self, ticket, words):
        line = self._line(ticket)
        self.assertEqual(line.state, "failed")
        self.assertIn(words, line.reason)
        self.assertIn((self.leader, "activity"), self._told(ticket))
        self.assertEqual(len(self._line(ticket, "activity").activity_id), 1)

    def test_no_credit_and_whatever_else_the_provider_refuses(self):
        for answer, words in (
            ("insufficient_credit", "Insufficient Credit"),
            ("wrong_number_format", "Wrong Number Format"),
            ("unregistered", "Unregistered Account"),
            ("country_not_supported", "Country Not Supported"),
            ("never_heard_of_it", "Unknown error"),
        ):
            with self.subTest(answer):
                self.sms.answers[LEA] = answer
                ticket = self._new_ticket(0)
                self._run(10)
                self._queue_sends()
                self._run(11)
                self._assert_notified_otherwise(ticket, words)
        self.assertFalse(self.sms.texts)

    def test_a_provider_that_cannot_be_reached(self):
        self.sms.is_broken = True
        ticket = self._new_ticket(0)
        self._run(10)
        with mute_logger("odoo.addons.iap.tools.iap_tools"):
            self._queue_sends()
        self._run(11)
        self._assert_notified_otherwise(ticket, "Server Error")

    def test_a_queue_that_does_not_send(self):
        ticket = self._new_ticket(0)
        self._run(10)
        text = self._line(ticket).sms_id
        self._run(24)
        self.assertEqual(self._line(ticket).state, "pending")
        self._run(25)
        self._assert_notified_otherwise(ticket, "not sent in time")
        self.assertEqual(text.state, "canceled")
        self._queue_sends()
        self.assertFalse(self.sms.texts, "nobody is notified twice")

    def test_a_text_that_somebody_took_out_of_the_queue(self):
        for take_out in ("action_set_canceled", "unlink"):
            with self.subTest(take_out):
                ticket = self._new_ticket(0)
                self._run(10)
                getattr(self._line(ticket).sms_id, take_out)()
                self._run(11)
                self._assert_notified_otherwise(ticket, "taken out of the queue")

    def test_no_number_passes_on_as_everybody_without_an_address(self):
        for number, words in ((False, "No phone number."), ("12", "No valid phone")):
            with self.subTest(number):
                self.leader.partner_id.phone = number
                ticket = self._new_ticket(0)
                self._run(10)
                (skipped,) = self._incident(ticket).notification_ids.filtered(
                    lambda line: line.state == "skipped"
                )
                self.assertIn(words, skipped.reason)
                self.assertIn((self.director, "sms"), self._told(ticket))

    def test_a_number_that_is_gone_before_the_text_is_written(self):
        """The run had no time for it, and the next one finds none."""
        ticket = self._new_ticket(0)
        with patch.object(
            self.env.registry[self.notifications._name],
            "_process_sms",
            lambda *args: None,
        ):
            self._run(10)
        self.leader.partner_id.phone = False
        self._run(11)
        self._assert_notified_otherwise(ticket, "No phone number.")

    def test_a_fault_of_ours(self):
        ticket = self._new_ticket(0)

        def fault(line):
            raise ValueError("out of ink")

        with (
            patch.object(
                self.env.registry[self.notifications._name], "_get_sms_text", fault
            ),
            mute_logger(
                "odoo.addons.helpdesk_escalation_sms.models."
                "helpdesk_escalation_notification_outbox"
            ),
        ):
            self._run(10)
        self._assert_notified_otherwise(ticket, "out of ink")


class TestWhatIsTakenBack(SmsCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self._new_ticket(0)
        self._run(10)
        self.text = self._line(self.ticket).sms_id
        self.assertEqual(self.text.state, "outgoing")

    def _assert_not_sent(self):
        self._queue_sends()
        self.assertEqual(self.text.state, "canceled")
        self.assertFalse(self.sms.texts)

    def test_when_somebody_is_on_it(self):
        self._incident(self.ticket).with_user(self.agent).action_confirm()
        self._assert_not_sent()
        self.assertEqual(self._line(self.ticket).state, "cancelled")

    def test_when_the_client_has_an_answer(self):
        self._staff_answers(self.ticket, 10)
        self._assert_not_sent()

    def test_when_the_person_has_left(self):
        self.leader.active = False
        self._assert_not_sent()
        self._run(11)
        self.assertIn((self.director, "sms"), self._told(self.ticket))

    def test_of_a_flood_only_what_is_over(self):
        others = [self._new_ticket(0, name=f"Fire {n}") for n in range(5)]
        self._run(11)
        text = self._line(others[0]).sms_id
        self.assertEqual({self._line(one).sms_id for one in others}, {text})
        self._incident(others[0]).with_user(self.agent).action_confirm()
        self.assertEqual(text.state, "outgoing")
        for one in others[1:]:
            self._incident(one).with_user(self.agent).action_confirm()
        self.assertEqual(text.state, "canceled")

    def test_what_was_sent_stays_so(self):
        self._queue_sends()
        self._incident(self.ticket).with_user(self.agent).action_confirm()
        self.assertNotEqual(self.text.state, "canceled")
        self.assertEqual(self._line(self.ticket).state, "sent")
        self.assertEqual(len(self.sms.texts), 1)

    def test_other_peoples_texts_are_sent_as_ever(self):
        other = self.env["sms.sms"].create({"number": DORA, "body": "Lunch?"})
        self.leader.active = False
        self._assert_not_sent_but(other)

    def _assert_not_sent_but(self, other):
        self._queue_sends()
        self.assertEqual(self.text.state, "canceled")
        self.assertEqual(self.sms.texts, [(DORA, "Lunch?")])
        self.assertEqual(other.state, "pending")

    def test_when_the_add_on_is_removed(self):
        uninstall_hook(self.env)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self.text.exists())
        self.assertIn((self.leader, "activity"), self._told(self.ticket))
        self.assertFalse(self.env["sms.tracker"].search([]))


class TestTryItOut(SmsCommon):
    def test_a_test_is_sent_at_once(self):
        self.manager.partner_id.phone = "+32470333333"
        with self._online():
            self.policy.with_user(self.manager).action_test_on_me()
        self.assertEqual({number for number, _text in self.sms.texts}, {"+32470333333"})
        for _number, text in self.sms.texts:
            self.assertIn("[Test]", text)
            self.assertNotIn("/confirm/", text)
        self.assertFalse(self.env["sms.sms"].search([]))

    def test_what_is_wrong_is_said(self):
        notice = self.policy.with_user(self.manager).action_test_on_me()
        self.assertIn("No phone number.", str(notice))
        self.manager.partner_id.phone = "+32470333333"
        self.sms.answers["+32470333333"] = "insufficient_credit"
        with self._online():
            notice = self.policy.with_user(self.manager).action_test_on_me()
        self.assertIn("Insufficient Credit", str(notice))
