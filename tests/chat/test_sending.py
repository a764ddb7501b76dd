"""The job that sends: what fails, what is slow, what is lost, and two at once."""

from unittest.mock import patch

from odoo.tools import mute_logger

from odoo.addons.helpdesk_escalation_chat.models import (
    helpdesk_escalation_chat_sender as sender,
)

from ..support.chat import ChatCommon

UNKNOWN = "It is not known whether the message has arrived."


class TestSending(ChatCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader._escalation_set_chat_address(cls._mattermost())
        cls.ticket = cls._new_ticket(0)

    def setUp(self):
        super().setUp()
        self._run(30)
        self.line = self._lines(self.ticket)

    def _assert_notified_in_odoo(self, reason):
        self.assertEqual((self.line.state, self.line.reason), ("failed", reason))
        instead = self.notifications.search(
            [
                ("ticket_id", "=", self.ticket.id),
                ("user_id", "=", self.leader.id),
                ("channel", "=", "activity"),
            ]
        )
        self.assertEqual(instead.state, "sent")
        self.assertEqual(instead.activity_id.user_id, self.leader)

    def test_what_fails_is_tried_again_a_minute_later(self):
        self.server.statuses = [500]
        self._send(30)
        self.assertEqual(self.line.state, "pending")
        self._send(30)
        self.assertEqual(len(self.server.posts), 1, "not at once")
        self._send(31)
        self.assertEqual(len(self.server.posts), 2)
        self.assertEqual((self.line.state, self.line.reason), ("sent", False))
        self.assertEqual(self._told(self.ticket).count((self.leader, "activity")), 0)

    def test_a_service_that_has_too_much_to_do_is_given_time(self):
        self.server.statuses = [429]
        self.server.headers["Retry-After"] = "30"
        self._send(30)
        self.assertEqual(self.line.state, "pending")
        self.assertEqual(
            self.line.reason, "Mattermost did not accept the message (429)."
        )
        self._send(31)
        self.assertEqual(self.line.state, "sent")

    def test_what_fails_for_good_becomes_a_notification(self):
        self.server.status = 503
        for minute in (30, 31, 36):
            self._send(minute)
        self.assertEqual(len(self.server.posts), 3)
        self._assert_notified_in_odoo("Mattermost did not accept the message (503).")
        self._send(50)
        self.assertEqual(len(self.server.posts), 3)

    def test_an_address_that_is_gone_becomes_one_at_once(self):
        self.server.status = 404
        self._send(30)
        self._assert_notified_in_odoo("Mattermost did not accept the message (404).")

    def test_a_server_that_does_not_answer_in_time(self):
        self.server.delay = 1
        with patch.object(sender, "READ_TIMEOUT", 0.1):
            self._send(30)
        self.assertEqual(self.line.reason, "Mattermost did not answer.")
        self.assertEqual(self.line.state, "pending")

    def test_a_server_that_is_not_there(self):
        self.leader._escalation_set_chat_address("mmost://127.0.0.1:9/abcdefabcdef12")
        self._send(30)
        self.assertEqual(self.line.reason, "Mattermost did not answer.")

    def test_one_bad_address_stops_no_other(self):
        self.server.status = 500
        self.director._escalation_set_chat_address(self._mattermost(self.other_server))
        self.policy.step_ids.sorted()[2].write({"channel": "chat", "delay": 30})
        others = self._new_ticket(0)
        self._run_and_send(30)
        self.assertEqual(self.line.state, "pending")
        self.assertEqual(len(self.server.posts), 1, "asked once for two tickets")
        of_director = self._lines(others).filtered(
            lambda line: line.user_id == self.director
        )
        self.assertEqual(of_director.state, "sent")

    def test_the_health_says_who_is_not_reached_until_they_are(self):
        self.server.status = 500
        self._send(30)
        self.assertIn("esc_leader", self._problem("chat_people"))
        self.server.status = 200
        self._send(31)
        self.assertFalse(self._problem("chat_people"))

    def test_the_health_says_which_room_fails_and_why(self):
        self.policy.step_ids.sorted()[0].chat_room_id = room = self._new_room(
            name="War room"
        )
        self.server.status = 410
        self._new_ticket(0)
        self._run_and_send(31)
        self.assertIn(
            "War room (Mattermost did not accept the message (410))",
            self._problem("chat_rooms"),
        )
        self.server.status = 200
        room.with_user(self.manager).action_test()
        self.assertFalse(self._problem("chat_rooms"))

    def _problem(self, key):
        problems = self.env["helpdesk.escalation.health"].with_user(self.manager)
        return next(
            (one["text"] for one in problems._get_problems() if one["name"] == key), ""
        )

    # ------------------------------------------------------------------
    # At most once
    # ------------------------------------------------------------------

    def test_somebody_confirms_while_it_is_being_sent(self):
        """The message is let go, as mails are."""

        def confirm():
            self._incident(self.ticket)._confirm(self.agent, "ticket")
            self.env.flush_all()

        with patch.object(
            type(self.env["helpdesk.escalation.chat.sender"]),
            "_send_outside",
            lambda *args: confirm(),
        ):
            self._send(30)
        self.assertEqual(self._incident(self.ticket).state, "confirmed")
        self.assertEqual(self.line.state, "sent")

    def test_an_attempt_that_nobody_has_written_down_is_not_repeated(self):
        """A crash in between: it may have arrived, and they are notified in Odoo."""
        self.line.write({"chat_claimed_date": self.t0 + self._minutes(30)})
        self._send(31)
        self.assertEqual(self.server.posts, [])
        self._send(36)
        self.assertEqual(self.server.posts, [])
        self._assert_notified_in_odoo(UNKNOWN)

    def test_a_job_that_does_not_come_is_made_up_for_by_the_run(self):
        self._run(44)
        self.assertEqual(self.line.state, "pending")
        self._run(46)
        self._assert_notified_in_odoo("The chat message was not sent in time.")
        self._send(46)
        self.assertEqual(self.server.posts, [], "not twice")

    @mute_logger(
        "odoo.addons.helpdesk_escalation_chat.models."
        "helpdesk_escalation_notification_sending"
    )
    def test_what_cannot_be_written_becomes_a_notification_too(self):
        notifications = type(self.notifications)
        with patch.object(
            notifications, "_get_plain_subject", side_effect=ValueError("broken")
        ):
            for minute in (30, 31, 36):
                self._send(minute)
        self._assert_notified_in_odoo("The message could not be written.")

    def test_without_the_library_people_are_notified_in_odoo(self):
        with patch.object(sender, "is_available", return_value=False):
            self._send(30)
            self.assertIn("apprise is missing", self._problem("chat_library"))
        self.assertIn("apprise is missing", self.line.reason)
        self.assertEqual(self.line.state, "failed")
