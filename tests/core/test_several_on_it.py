"""Several confirmations: a step may ask for more than one person to be on it (R10)."""

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ..support.common import USER, EscalationCommon


class SeveralCommon(EscalationCommon):
    def setUp(self):
        super().setUp()
        self.agent.name = "Anna Agent"
        self.leader.name = "Lea Leader"
        self.mia = self._new_user("esc_mia", USER, name="Mia Member")
        self.policy = self._new_policy(
            "Two of them",
            {
                "delay": 10,
                "recipient": "user",
                "user_ids": [Command.set((self.agent + self.leader + self.mia).ids)],
                "channel": "activity",
                "confirmations": 2,
            },
            {"delay": 30, "recipient": "team_leader"},
        )
        self._set_policy(self.team, self.policy)
        self.step, self.last_step = self.policy.step_ids.sorted()
        self.ticket = self._new_ticket()

    def _open(self, minute=10):
        self._run(minute)
        self.incident = self._incident(self.ticket)

    def _confirm(self, user, minute=12):
        with self._at(minute):
            answer = self.incident.with_user(user).action_confirm()
        self.env.invalidate_all()
        return answer


class TestSeveral(SeveralCommon):
    def test_the_second_person_completes_it(self):
        self._open()
        self.assertEqual(self.incident.on_it_text, "2 people needed")
        self.assertIs(self._confirm(self.agent), True)
        self.assertEqual(self.incident.state, "active")
        self.assertEqual(self.incident.on_it_text, "1 of 2 on it: Anna Agent")
        self.assertIn("1 of 2 on it: Anna Agent", self.ticket.escalation_status_text)
        self.assertEqual(
            self._notes(self.ticket)[-1], "Anna Agent is on it. 1 of 2 people are."
        )
        self.assertEqual(len(self.ticket.activity_ids), 3, "the others' stay")
        self.assertIs(self._confirm(self.mia, 13), True)
        self.assertEqual(self.incident.state, "confirmed")
        self.assertEqual(self.incident.confirmed_by_id, self.mia)
        self.assertRegex(
            self.incident._get_state_sentence(),
            "^Anna Agent, Mia Member have been on it since",
        )
        self.assertEqual(self.ticket.activity_ids.user_id, self.mia)
        self._run(31)
        self.assertEqual(len(self._told(self.ticket)), 3, "no further step")

    def test_a_person_counts_once(self):
        self._open()
        self._confirm(self.agent)
        self.assertFalse(self.incident.with_user(self.agent).may_confirm)
        self.assertIs(self._confirm(self.agent, 13), True)
        self.assertEqual(self.incident.state, "active")
        self.assertEqual(len(self.incident.confirmation_ids), 1)
        self.assertEqual(
            self.incident.with_user(self.agent).confirm_refusal,
            "You are on it, and more people are needed.",
        )

    def test_no_more_are_needed_than_were_reached(self):
        self.mia.active = False
        self.leader.active = False
        self._open()
        self.assertFalse(self.incident.on_it_text)
        self._confirm(self.agent)
        self.assertEqual(self.incident.state, "confirmed")

    def test_the_last_step_that_was_notified_decides(self):
        self._open()
        self._confirm(self.agent)
        self._run(30)
        self.assertEqual(self.incident.state, "active")
        self._confirm(self.leader, 32)
        self.assertEqual(self.incident.state, "confirmed")

    def test_who_is_on_it_is_not_notified_again(self):
        self._open()
        self._confirm(self.leader)
        told = self._told(self.ticket)
        self._run(30)
        self.assertEqual(self._told(self.ticket), told)
        line = self.incident.notification_ids[-1]
        self.assertEqual((line.user_id, line.state), (self.leader, "skipped"))
        self.assertEqual(line.reason, "Is on it already.")

    def test_taking_it_back_counts_no_more(self):
        self._open()
        self._confirm(self.agent)
        incident = self.incident.with_user(self.agent)
        self.assertTrue(incident.may_release)
        with self._at(13):
            incident.action_release()
        self.env.invalidate_all()
        self.assertEqual((self.incident.state, self.incident.round), ("active", 1))
        self.assertEqual(self.incident.on_it_text, "2 people needed")
        with self.assertRaisesRegex(UserError, "Only who is on it"):
            incident.action_release()
        self._confirm(self.mia, 14)
        self.assertEqual(self.incident.state, "active")
        titles = [stop["title"] for stop in self.incident._get_story()]
        self.assertIn("Anna Agent is no longer on it", titles)

    def test_once_it_is_confirmed_any_of_them_starts_it_again(self):
        self._open()
        self._confirm(self.agent)
        self._confirm(self.mia, 13)
        with self._at(14):
            self.incident.with_user(self.agent).action_release()
        self.env.invalidate_all()
        self.assertEqual((self.incident.state, self.incident.round), ("active", 2))
        self.assertFalse(self.incident._get_standing())
        self._run(24)
        self.assertEqual(self.incident.on_it_text, "2 people needed")

    def test_a_new_round_begins_anew(self):
        self.policy.write({"repeat_count": 1, "repeat_delay": 60})
        self._open()
        self._confirm(self.agent)
        self._run(30)
        self._run(90)
        self.assertEqual(self.incident.round, 2)
        self.assertFalse(self.incident._get_standing())
        self._run(100)
        self._confirm(self.mia, 101)
        self.assertEqual(self.incident.state, "active")

    def test_another_team_begins_anew_and_notifies_who_was_on_it(self):
        other = self.env["helpdesk.ticket.team"].create(
            {"name": "Sales", "user_id": self.mia.id}
        )
        self._set_policy(other, self.policy)
        self._open()
        self._confirm(self.mia)
        self.ticket.activity_ids.unlink()
        self.ticket.write({"team_id": other.id, "user_id": False})
        self._run(15)
        self.assertEqual(self.incident.round, 2)
        self.assertFalse(self.incident._get_standing())
        self.assertIn(self.mia, self.ticket.activity_ids.user_id)

    def test_marking_the_activity_done_counts(self):
        self._open()
        for user, state in ((self.agent, "active"), (self.leader, "confirmed")):
            activity = self.ticket.activity_ids.filtered(
                lambda a, u=user: a.user_id == u
            )
            with self._at(12):
                activity.with_user(user)._action_done()
            self.assertEqual(self.incident.state, state)

    def test_one_person_lets_nothing_sleep_that_several_have_to_be_on(self):
        self._open()
        with self._at(12):
            dialog = (
                self.env["helpdesk.escalation.snooze"]
                .with_user(self.agent)
                .create({"ticket_id": self.ticket.id, "reason": "Later"})
            )
            with self.assertRaisesRegex(UserError, "2 people have to be on it first"):
                dialog.action_snooze()
        self._confirm(self.agent)
        self._confirm(self.leader, 13)
        with self._at(14):
            self.env["helpdesk.escalation.snooze"].with_user(self.leader).create(
                {"ticket_id": self.ticket.id, "reason": "Later"}
            ).action_snooze()
        self.assertTrue(self.incident.snoozed_until)

    def test_the_number_is_checked_and_told(self):
        self.assertEqual(self.step.display_name.rpartition(", ")[2], "2 people needed")
        self.assertNotIn("needed", self.last_step.display_name)
        for number in (0, 11):
            with (
                self.subTest(number),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.step.confirmations = number
                self.env.flush_all()

    def test_the_mails_page_says_how_many(self):
        self._open()
        page = self.incident.with_user(self.agent).sudo()
        self.assertEqual(page._get_page_state(self.agent), "confirm")
        line = self.incident.notification_ids[0]
        self.assertIn(
            "2 people needed", dict(page._get_page_facts("confirm", line)).values()
        )
        self._confirm(self.agent)
        self.assertEqual(page._get_page_state(self.agent), "done")
        self.assertIn("1 of 2 on it: Anna Agent", page._get_page_text("done"))
        self.assertEqual(page._get_page_state(self.mia), "confirm")


class TestGrowth(SeveralCommon):
    def test_it_costs_no_query_a_case(self):
        counts = []
        for number in (10, 30):
            for _index in range(number):
                self._new_ticket(0)
            self._run(10)
            self.incident = self._incident(self.ticket)
            self.env.invalidate_all()
            open_ones = self.incidents.search([("state", "=", "active")])
            before = self.env.cr.sql_log_count
            open_ones.mapped("on_it_text")
            open_ones.mapped("may_snooze")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
