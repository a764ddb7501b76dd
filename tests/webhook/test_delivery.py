"""The sending: in order, with patience, and past those who do not answer."""

import logging
import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.helpdesk_escalation_webhook.tools import outgoing

from ..support.receiver import Receiver
from ..support.webhook import WebhookCommon

DAY = 24 * 60
SEND = "odoo.addons.helpdesk_escalation_webhook.models.helpdesk_escalation_webhook_send"


class TestDelivery(WebhookCommon):
    def setUp(self):
        super().setUp()
        self._new_ticket(0)
        self._run(10)
        self.opened, self.fired = self._lines()

    def _due(self, line):
        """At which minute it is tried again."""
        return round((line.next_try_date - self.t0).total_seconds() / 60)

    def test_what_is_taken_is_delivered_once(self):
        self._deliver(10)
        self.assertEqual((self.opened + self.fired).mapped("state"), ["sent"] * 2)
        self.assertEqual(self.opened.attempts, 1)
        self.assertTrue(self.opened.sent_date)
        self._deliver(15)
        self.assertEqual(len(self.receiver.got), 2)

    def test_eight_attempts_in_a_day_and_then_it_has_failed(self):
        self.receiver.status = 503
        minute, minutes = 10, []
        while self.opened.state == "pending":
            minutes.append(minute)
            self._deliver(minute)
            minute = self.opened.next_try_date and self._due(self.opened)
        self.assertEqual(len(minutes), 8)
        self.assertEqual(minutes[-1] - minutes[0], DAY)
        self.assertEqual(self.opened.state, "failed")
        self.assertEqual(self.opened.error, "The answer was HTTP status 503.")
        self.assertEqual(self.fired.state, "failed", "the attempts were made for both")
        self.assertEqual(self.fired.attempts, 8)
        self._deliver(3 * DAY)
        self.assertEqual(len(self.receiver.got), 8)

    def test_while_nobody_answers_all_of_it_waits_and_comes_in_order(self):
        self.receiver.status = 500
        self._deliver(10)
        self.assertEqual(len(self.receiver.got), 1, "one attempt is made for all")
        self.receiver.status = 200
        # Something new is tried at once, and what was before it goes first.
        self._new_ticket(0, name="Another fire")
        self._run(10)
        self._deliver(10)
        names = [one["data"]["ticket"]["name"] for one in self.receiver.messages[1:]]
        self.assertEqual(names[:2], ["The printer is on fire"] * 2)
        self.assertEqual(names[2:], ["Another fire"] * 2)
        self.assertEqual(set(self._lines().mapped("state")), {"sent"})

    def test_what_is_refused_holds_up_nothing_else(self):
        self.receiver.status = lambda request: (
            400 if request.message["type"] == "incident.opened" else 204
        )
        self._deliver(10)
        self.assertEqual(self.opened.state, "pending")
        self.assertEqual(self.fired.state, "sent")
        # It is not sent again with everything new.
        self._new_ticket(0, name="Another fire")
        self._run(10)
        self._deliver(10)
        bodies = [one.body.decode() for one in self.receiver.got]
        self.assertEqual(bodies.count(self.opened.body), 1)
        self._deliver(12)
        self.assertEqual(self.opened.attempts, 2)

    def test_one_that_does_not_answer_stops_no_other(self):
        nobody = Receiver()
        with nobody:
            pass
        dead = self._new_webhook("Dead", nobody)
        self.deliveries.create(
            {"webhook_id": dead.id, "event": "webhook.test", "body": "{}"}
        )
        self._deliver(10)
        self.assertEqual(self.fired.state, "sent")
        self.assertEqual(self._lines(dead).error, "The host could not be reached.")
        self.assertEqual(self._lines(dead).state, "pending")

    def test_a_slow_one_is_left_after_some_seconds(self):
        self.receiver.drips = True
        began = time.monotonic()
        with patch.object(outgoing, "CALL_SECONDS", 2):
            self._deliver(10)
        self.assertLess(time.monotonic() - began, 7)
        self.assertEqual(self.opened.error, "No answer in time.")

    def test_nobody_is_followed_to_another_address(self):
        with Receiver() as elsewhere:
            self.receiver.status = 307
            self.receiver.answer_headers = {"Location": elsewhere.url}
            self._deliver(10)
            self.assertEqual(elsewhere.got, [])
        self.assertEqual(self.opened.error, "The answer was HTTP status 307.")

    def test_the_address_is_in_no_log_and_no_error(self):
        nobody = Receiver()
        with nobody:
            pass
        self.webhook.url = nobody.url
        with self.assertLogs(level="INFO") as logs:
            logging.warning("There may be no other line")
            self._deliver(10)
        self.assertNotIn("s3cret", "".join(logs.output))
        self.assertNotIn(self.webhook.secret, "".join(logs.output))
        self.assertNotIn("s3cret", self.opened.error)

    # What happens meanwhile

    def _deliver_while(self, meanwhile):
        """Let something happen while the receiver is being called, in the database."""
        hook = type(self.webhook)
        call = hook._call

        def call_meanwhile(webhook, *args):
            outcome = call(webhook, *args)
            meanwhile(webhook.env)
            webhook.env["ir.cron"]._commit_progress()
            return outcome

        with patch.object(hook, "_call", call_meanwhile):
            self._deliver(10)

    def test_who_archives_it_meanwhile_stops_what_follows(self):
        self._deliver_while(
            lambda env: self.webhook.with_env(env).write({"active": False})
        )
        self.assertEqual(len(self.receiver.got), 1)
        self.assertEqual(self.opened.state, "sent", "it was")
        self.assertEqual(self.fired.state, "cancelled")

    def test_who_deletes_it_meanwhile_does_no_harm(self):
        with mute_logger(SEND):
            self._deliver_while(lambda env: self.webhook.with_env(env).unlink())
        self.assertEqual(len(self.receiver.got), 1)
        self.assertFalse(self.fired.exists())

    def test_what_is_sent_again_meanwhile_is_not_lost(self):
        """It is asked for again while it is under way: once more it is sent."""
        self._deliver(10)
        self.opened.action_send_again()
        self._deliver_while(lambda env: self.fired.with_env(env).action_send_again())
        self.assertEqual(self.fired.state, "pending")
        self._deliver(11)
        self.assertEqual(self.fired.state, "sent")
        self.assertEqual(len(self.receiver.got), 4)

    # What people do

    def test_it_is_sent_again_with_the_same_id(self):
        self._deliver(10)
        with self._at(20):
            self.opened.with_user(self.manager).action_send_again()
        self.assertEqual(self.opened.state, "pending")
        self._deliver(20)
        first, _second, again = self.receiver.got
        self.assertEqual(first.headers["webhook-id"], again.headers["webhook-id"])
        self.assertEqual(first.body, again.body)

    def test_an_archived_webhook_is_sent_nothing_more(self):
        self.webhook.with_user(self.manager).action_archive()
        self.assertEqual(set(self._lines().mapped("state")), {"cancelled"})
        self.opened.action_send_again()
        self.assertEqual(self.opened.state, "cancelled")
        # Kept by who did not know yet that it was archived: by now it is old.
        self.fired.state = "pending"
        self.webhook.action_unarchive()
        self._deliver(10)
        self.assertEqual(self.receiver.got, [])

    def test_a_test_message(self):
        self._deliver(10)
        webhook = self.webhook.with_user(self.manager)
        with self._at(10):
            notice = webhook.action_send_test()
        self.assertIn("on its way", notice["params"]["message"])
        self._deliver(10)
        self.assertEqual(self.receiver.events[-1], "webhook.test")
        webhook.action_archive()
        with self.assertRaisesRegex(UserError, "Unarchive"):
            webhook.action_send_test()

    def test_a_new_secret_signs_from_now_on(self):
        before = self.webhook.secret
        self.webhook.with_user(self.manager).action_new_secret()
        self.assertNotEqual(self.webhook.secret, before)
        self._deliver(10)
        self.assertEqual(self.fired.state, "sent")

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_only_managers_see_any_of_it(self):
        for records in (self.webhook, self.opened, self._new_heartbeat()):
            for user in (self.agent, self.leader, self.director):
                with self.assertRaises(AccessError):
                    records.with_user(user).read(["display_name"])
        with self.assertRaises(AccessError):
            self.opened.with_user(self.leader).action_send_again()

    def _new_heartbeat(self):
        return self.heartbeats.create({"name": "Watch", "url": self.receiver.url})

    # How long it is kept

    def test_what_is_done_is_forgotten_after_a_month(self):
        self._deliver(10)
        self.fired.state = "pending"
        self._date(self._lines(), -31 * DAY)
        self.assertEqual(self.deliveries._gc_deliveries(), (1, False))
        self.assertEqual(self._lines(), self.fired, "what waits is kept")

    def test_the_job_comes_at_once_and_is_asked_for_once(self):
        calls = self.env["ir.cron.trigger"].search([("cron_id", "=", self.job.id)])
        self.assertEqual(len(calls), 1)
        self.assertLessEqual(
            calls.call_at, fields.Datetime.now() + timedelta(minutes=10)
        )
