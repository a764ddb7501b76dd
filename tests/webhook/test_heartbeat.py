"""A heartbeat: called after each run that has succeeded, and after no other."""

from datetime import timedelta
from unittest.mock import patch

from odoo.tools import mute_logger

from ..support.webhook import WebhookCommon


class TestHeartbeat(WebhookCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.webhook.action_archive()
        cls.heartbeat = cls.heartbeats.create(
            {"name": "Watch", "url": cls.receiver.url}
        )

    def test_it_is_called_for_a_run_by_another_job(self):
        self._new_ticket(0)
        self._run(10)
        self.assertEqual(self.heartbeat.run_date, self.t0 + timedelta(minutes=10))
        self.assertEqual(self.receiver.got, [], "the run talks to no other server")
        self._deliver(10)
        (request,) = self.receiver.got
        self.assertEqual((request.method, request.body), ("GET", b""))
        self.assertEqual(self.heartbeat.call_date, self.t0 + timedelta(minutes=10))
        self._deliver(11)
        self.assertEqual(len(self.receiver.got), 1, "once a run")
        self._run(15)
        self._deliver(15)
        self.assertEqual(len(self.receiver.got), 2)

    @mute_logger(
        "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_engine_batch"
    )
    def test_not_for_a_run_in_which_a_ticket_failed(self):
        self._new_ticket(0)
        incidents = type(self.incidents)
        with patch.object(incidents, "_fire", side_effect=ZeroDivisionError):
            self._run(10)
        self.assertFalse(self.heartbeat.run_date)

    @mute_logger(
        "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_engine_batch"
    )
    def test_not_for_a_run_that_could_not_start(self):
        engine = type(self.env["helpdesk.escalation.engine"])
        with patch.object(engine, "_get_plan", side_effect=ZeroDivisionError):
            self._run(10)
        self.assertFalse(self.heartbeat.run_date)

    def test_not_while_tickets_are_left(self):
        engine = type(self.env["helpdesk.escalation.engine"])
        with patch.object(engine, "_process_in_batches", return_value=3):
            self._run(10)
        self.assertFalse(self.heartbeat.run_date)

    def test_not_for_a_run_of_long_ago(self):
        """After a standstill of the job that calls, an old run proves nothing."""
        self._run(10)
        self._deliver(60)
        self.assertEqual(self.receiver.got, [])

    def test_what_came_of_it_is_kept(self):
        self.receiver.status = 404
        self._run(10)
        self._deliver(10)
        self.assertEqual(self.heartbeat.error, "The answer was HTTP status 404.")
        self.assertFalse(self.heartbeat.call_date)
        self._deliver(11)
        self.assertEqual(len(self.receiver.got), 1, "the next run comes in minutes")
        self.receiver.status = 200
        self._run(15)
        self._deliver(15)
        self.assertFalse(self.heartbeat.error)
        self.assertTrue(self.heartbeat.call_date)

    def test_an_archived_one_is_not_called(self):
        self.heartbeat.action_archive()
        self._run(10)
        self._deliver(10)
        self.assertEqual(self.receiver.got, [])
        self.assertFalse(self.heartbeat.run_date)

    def test_where_nobody_watches_a_run_asks_nothing(self):
        self.heartbeat.action_archive()
        self.heartbeats._get_active_ids()
        with self.assertQueryCount(0):
            self.heartbeats._note_run(self.t0)
