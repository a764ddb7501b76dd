"""When "I'm on it" was not enough: expiry, repetition, release, escalate now."""

from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from ..support.common import EscalationCommon


class OnItCommon(EscalationCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self._new_ticket()
        self._run(11)
        self.incident = self._incident(self.ticket)

    def _confirm(self, minute, user=None, until=False):
        with self._at(minute):
            self.incident._confirm(user or self.leader, "dashboard", until)
        self.env.flush_all()

    def _told_since(self, count):
        return self._told(self.ticket)[count:]


class TestExpiry(OnItCommon):
    def test_by_default_a_confirmation_never_expires(self):
        self._confirm(15)
        self._run(50000)
        self.assertEqual(self.incident.state, "confirmed")
        self.assertEqual(len(self._told(self.ticket)), 1)

    def test_an_expired_confirmation_starts_a_new_round_and_tells_who_was_on_it(self):
        self.policy.confirm_expiry = 60
        self._confirm(15)
        self._run(74)
        self.assertEqual(self.incident.state, "confirmed")
        self._run(75)
        self.assertEqual((self.incident.state, self.incident.round), ("active", 2))
        self.assertFalse(self.incident.confirmed_by_id)
        self.assertEqual(self._told_since(1), [(self.leader, "activity")])
        self.assertIn(
            "esc_leader has not answered in time", self._notes(self.ticket)[-1]
        )

    def test_the_steps_of_the_new_round_count_from_its_beginning(self):
        self.policy.confirm_expiry = 60
        self._confirm(15)
        self._run(75)
        self._run(84)
        self.assertEqual(len(self._told(self.ticket)), 2)
        self._run(85)
        self.assertEqual(self._told_since(2), [(self.agent, "activity")])
        self._run(105)
        self.assertEqual(self._told_since(3), [(self.leader, "email")])
        self.assertEqual(
            self.incident.anchor_date, self.t0, "the wait is as long as it was"
        )

    def test_a_step_at_once_fires_in_the_run_that_starts_the_new_round(self):
        self.policy.confirm_expiry = 60
        self.policy.step_ids.sorted()[0].delay = 0
        self._confirm(15)
        self._run(75)
        self.assertEqual(
            self._told_since(1), [(self.leader, "activity"), (self.agent, "activity")]
        )

    def test_an_answer_ends_it_as_ever(self):
        self.policy.confirm_expiry = 60
        self._confirm(15)
        self._staff_answers(self.ticket, 30)
        self._run(300)
        self.assertEqual(self.incident.resolution, "answered")
        self.assertEqual(len(self._told(self.ticket)), 1)

    def test_expiry_counts_working_minutes_and_fires_in_working_hours_only(self):
        calendar = self.env["resource.calendar"].create({"name": "Never today"})
        calendar.attendance_ids.unlink()
        moment = self.t0 + timedelta(days=3)
        self.env["resource.calendar.attendance"].create(
            {
                "name": "One morning",
                "calendar_id": calendar.id,
                "dayofweek": str(moment.weekday()),
                "hour_from": 8,
                "hour_to": 12,
            }
        )
        calendar.tz = "UTC"
        self.policy.write({"confirm_expiry": 60, "calendar_id": calendar.id})
        self._confirm(15)
        eight = moment.replace(hour=8, minute=0, second=0)
        minute = (eight - self.t0) / timedelta(minutes=1)
        self._run(minute + 59)
        self.assertEqual(self.incident.state, "confirmed")
        self._run(minute + 60)
        self.assertEqual(self.incident.state, "active")

    def test_a_moment_given_with_the_confirmation_replaces_the_expiry(self):
        self.policy.confirm_expiry = 10
        self._confirm(15, until=self.t0 + timedelta(minutes=120))
        self._run(60)
        self.assertEqual(self.incident.state, "confirmed")
        self._run(120)
        self.assertEqual(self.incident.state, "active")

    def test_the_dialog_takes_a_moment_that_is_to_come(self):
        dialog = self.env["helpdesk.escalation.confirm"].with_user(self.leader)
        values = {"incident_id": self.incident.id}
        with self._at(20), self.assertRaisesRegex(UserError, "still to come"):
            dialog.create({**values, "on_it_until": self.t0}).action_confirm()
        self.assertEqual(self.incident.state, "active")
        until = self.t0 + timedelta(minutes=90)
        with self._at(20):
            dialog.create({**values, "on_it_until": until}).action_confirm()
        self.assertEqual(self.incident.confirmed_by_id, self.leader)
        self.assertEqual(self.incident.on_it_until, until)

    def test_strangers_cannot_use_the_dialog(self):
        dialog = self.env["helpdesk.escalation.confirm"]
        with self.assertRaises(AccessError):
            dialog.with_user(self.director).create({"incident_id": self.incident.id})

    def test_who_was_on_it_is_told_once_though_a_step_is_due_at_once(self):
        self.policy.confirm_expiry = 60
        self.policy.step_ids.sorted()[0].delay = 0
        self._confirm(15, user=self.agent)
        self._run(75)
        self.assertEqual(self._told_since(1), [(self.agent, "activity")])

    def test_it_is_not_red_once_who_was_on_it_has_heard(self):
        self.policy.confirm_expiry = 60
        self.incident.nobody_reached = True
        self._confirm(15)
        self._run(75)
        self.assertFalse(self.incident.nobody_reached)
        self._run(84)
        self.assertEqual(len(self._told_since(1)), 1, "the steps wait for their time")


class TestReopen(OnItCommon):
    def test_only_if_the_policy_says_so_the_next_word_starts_again(self):
        self._confirm(15)
        self._client_writes(self.ticket, 20)
        self._run(25)
        self.assertEqual(self.incident.state, "confirmed")
        self.policy.reopen_on_client = True
        self._run(30)
        self.assertEqual((self.incident.state, self.incident.round), ("active", 2))
        self.assertIn("The client wrote again", self._notes(self.ticket)[-1])

    def test_words_from_before_the_confirmation_do_not(self):
        self.policy.reopen_on_client = True
        self._client_writes(self.ticket, 13)
        self._confirm(15)
        self._run(60)
        self.assertEqual(self.incident.state, "confirmed")


class TestRepeat(OnItCommon):
    def test_by_default_the_steps_are_gone_through_once(self):
        self._run(61)
        self._run(5000)
        self.assertEqual(len(self._told(self.ticket)), 3)

    def test_the_steps_are_repeated_as_often_as_the_policy_says(self):
        self.policy.write({"repeat_count": 1, "repeat_delay": 100})
        self._run(61)
        self._run(160)
        self.assertEqual(self.incident.round, 1)
        self._run(161)
        self.assertEqual(self.incident.round, 2)
        self.assertEqual(len(self._told(self.ticket)), 3, "delays count anew")
        for minute in (171, 191, 221):
            self._run(minute)
        self.assertEqual(
            self._told_since(3),
            [
                (self.agent, "activity"),
                (self.leader, "email"),
                (self.director, "email"),
            ],
        )
        self._run(5000)
        self.assertEqual(len(self._told(self.ticket)), 6)

    def test_nothing_is_repeated_once_somebody_is_on_it(self):
        self.policy.write({"repeat_count": 5, "repeat_delay": 1})
        self._run(61)
        self._confirm(62)
        self._run(500)
        self.assertEqual(len(self._told(self.ticket)), 3)

    @mute_logger("odoo.sql_db")
    def test_limits_are_kept(self):
        for values in (
            {"repeat_count": 6},
            {"repeat_count": -1},
            {"repeat_delay": 0},
            {"confirm_expiry": -1},
            {"confirm_expiry": 600000},
        ):
            with (
                self.subTest(values=values),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.policy.write(values)
                self.policy.flush_recordset()


class TestByHand(OnItCommon):
    def test_escalate_now_fires_the_next_step_and_says_who_did_it(self):
        with self._at(12):
            answer = self.incident.with_user(self.leader).action_escalate_now()
        self.assertEqual(answer["params"]["message"], "Notified: esc_leader")
        self.env.invalidate_all()
        self._run(13)
        self.assertEqual(self._told_since(1), [(self.leader, "email")])
        self.assertTrue(self.incident.notification_ids[-1].sudo().mail_id)
        self.assertIn("esc_leader escalates now.", self._notes(self.ticket)[-1])
        self._run(31)
        self.assertEqual(len(self._told(self.ticket)), 2, "it has fired already")

    def test_escalate_now_without_a_step_left_says_so(self):
        self._run(61)
        with self.assertRaisesRegex(UserError, "no further step"):
            self.incident.with_user(self.leader).action_escalate_now()

    def test_escalate_now_is_for_staff(self):
        with self.assertRaises(AccessError):
            self.incident.with_user(self.director).action_escalate_now()

    def test_release_takes_back_ones_own_confirmation(self):
        self._confirm(15)
        with self._at(20):
            self.incident.with_user(self.leader).action_release()
        self.assertEqual((self.incident.state, self.incident.round), ("active", 2))
        self.assertIn("esc_leader is no longer on it.", self._notes(self.ticket)[-1])
        self._run(30)
        self.assertEqual(self._told_since(1), [(self.agent, "activity")])

    def test_after_a_release_the_steps_wait_though_nobody_was_reached(self):
        self.incident.notification_ids.unlink()
        self.incident.nobody_reached = True
        self._confirm(15)
        with self._at(20):
            self.incident.with_user(self.leader).action_release()
        self._run(29)
        self.assertFalse(self._told(self.ticket))
        self._run(30)
        self.assertEqual(self._told(self.ticket), [(self.agent, "activity")])

    def test_nobody_releases_anothers_confirmation(self):
        self._confirm(15)
        with self.assertRaisesRegex(UserError, "Only who is on it"):
            self.incident.with_user(self.manager).action_release()
        self.assertEqual(self.incident.confirmed_by_id, self.leader)

    def test_assign_me_takes_the_ticket_and_confirms(self):
        self.assertTrue(self.incident.with_user(self.leader).may_assign)
        self.incident.with_user(self.leader).action_assign_me()
        self.assertEqual(self.ticket.user_id, self.leader)
        self.assertEqual(self.incident.confirmed_by_id, self.leader)

    def test_who_is_not_in_the_team_may_not_take_it(self):
        self.assertFalse(self.incident.with_user(self.manager).may_assign)
        with self.assertRaises(AccessError):
            self.incident.with_user(self.manager).action_assign_me()
        self.assertEqual(self.incident.state, "active")
