"""Signals that need no words: exact in every language, and in time."""

from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from ..support.growth import GrowthCommon
from ..support.triggers import TriggerCommon


class SignalCommon(TriggerCommon):
    def _stage(self, closed):
        return self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", closed)], limit=1
        )

    def _move(self, ticket, minute, closed):
        tracked = ticket.with_context(tracking_disable=False, mail_notrack=False)
        with self._at(minute):
            tracked.stage_id = self._stage(closed)
            self.env.flush_all()
            self.env.cr.flush()
        self.env.cr.precommit.run()


class TestUnanswered(SignalCommon):
    def test_the_third_message_since_the_last_answer(self):
        self._add_trigger("unanswered", message_count=3)
        ticket = self._new_ticket(0)
        self._client_writes(ticket, 1)
        self._staff_answers(ticket, 2)
        for minute in (3, 300):
            self._client_writes(ticket, minute)
        self.policy.step_ids.delay = 10_000
        self._run(301)
        self.assertFalse(ticket.escalation_incident_ids)
        third = self._client_writes(ticket, 600)
        self._client_writes(ticket, 601)
        self._run(602)
        self.assertEqual(
            self._causes(ticket),
            ["Unanswered messages: 3 messages since the last answer"],
        )
        self.assertEqual(self._incident(ticket).cause_ids.message_id, third)

    def test_the_ticket_itself_is_the_first_one_and_a_mail_that_made_it_no_second(self):
        self._add_trigger("unanswered", message_count=2)
        by_hand, by_mail = self._new_ticket(0), self._new_ticket(0)
        self._client_writes(by_mail, 0)
        self._client_writes(by_hand, 1)
        self._run(2)
        self.assertTrue(by_hand.escalation_incident_ids)
        self.assertFalse(by_mail.escalation_incident_ids)

    def test_two_triggers_of_a_policy_count_each_their_own(self):
        self._add_trigger("unanswered", message_count=2)
        self._add_trigger("unanswered", message_count=4)
        ticket = self._new_ticket(0)
        self._client_writes(ticket, 1)
        self._run(2)
        self.assertEqual(len(self._causes(ticket)), 1)
        for minute in (3, 4):
            self._client_writes(ticket, minute)
        self._run(5)
        self.assertEqual(len(self._causes(ticket)), 2)


class TestQuickReply(SignalCommon):
    def test_written_again_within_minutes_of_each_answer(self):
        self._add_trigger("quick_reply", message_minutes=5, times=2)
        ticket = self._new_ticket(0)
        self._staff_answers(ticket, 1)
        self._client_writes(ticket, 3)
        self._run(4)
        self.assertFalse(ticket.escalation_incident_ids)
        self._staff_answers(ticket, 5)
        again = self._client_writes(ticket, 10)
        self._run(11)
        self.assertEqual(
            self._causes(ticket),
            ["Quick replies: written again within 5min of an answer (2×)"],
        )
        self.assertEqual(self._incident(ticket).cause_ids.message_id, again)

    def test_who_takes_their_time_is_no_quick_reply_and_what_was_is_settled(self):
        self._add_trigger("quick_reply", message_minutes=5, times=2)
        ticket = self._new_ticket(0)
        for minute in (1, 3):
            self._staff_answers(ticket, minute)
            self._client_writes(ticket, minute + 1)
        self._staff_answers(ticket, 5)
        self._client_writes(ticket, 11)
        self._run(12)
        self.assertFalse(ticket.escalation_incident_ids)


class TestReopened(SignalCommon):
    def test_reopened_twice(self):
        self._add_trigger("reopened", times=2)
        ticket = self._new_ticket(0)
        self._staff_answers(ticket, 1)
        for minute in (2, 6):
            self._move(ticket, minute, True)
            self._client_writes(ticket, minute + 1)
            self._run(minute + 2)
            self.assertFalse(ticket.escalation_incident_ids)
            self._move(ticket, minute + 3, False)
        self._run(10)
        self.assertEqual(self._causes(ticket), ["Reopened ticket: 2×"])

    def test_after_an_answer_it_is_settled(self):
        self._add_trigger("reopened", times=1)
        ticket = self._new_ticket(0)
        self._move(ticket, 2, True)
        self._move(ticket, 3, False)
        self._staff_answers(ticket, 4)
        self._client_writes(ticket, 5)
        self._run(6)
        self.assertFalse(ticket.escalation_incident_ids)


class TestUnusualWait(SignalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.step_ids.delay = 10_000
        cls.trigger = cls._add_trigger("slow", times=3)
        cls.usual_waits = cls.env["helpdesk.escalation.usual.wait"]

    def _learn(self, waits, minute=-1000):
        """Let tickets have been answered after so many minutes each, then learn."""
        for wait in waits:
            ticket = self._new_ticket(minute)
            self._staff_answers(ticket, minute + wait)
        self.usual_waits._cron_learn()

    def test_a_wait_three_times_longer_than_usual_without_any_message(self):
        self._learn([20] * 15 + [400] * 10)
        usual = self.usual_waits.search([("team_id", "=", self.team.id)])
        self.assertEqual((usual.minutes, usual.answer_count), (20, 25))
        ticket = self._new_ticket(0)
        self._run(59)
        self.assertFalse(ticket.escalation_incident_ids)
        self._run(60)
        self.assertEqual(
            self._causes(ticket), ["Unusual wait: 3 times longer than the usual 20min"]
        )
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_of_a_few_answers_nothing_is_usual(self):
        self._learn([20] * 19)
        self.assertFalse(self.usual_waits.search([]))
        ticket = self._new_ticket(0)
        self._run(6000)
        self.assertFalse(ticket.escalation_incident_ids)

    def test_only_answers_count_and_of_the_last_months(self):
        for _number in range(20):
            waived = self._new_ticket(-1000)
            note = self._staff_answers(waived, -900)
            note.escalation_party = "waived"
            self._staff_answers(self._new_ticket(-100 * 24 * 60), -100 * 24 * 60 + 5)
            closed = self._new_ticket(-1000)
            with self._at(-950):
                closed.stage_id = self._stage(True)
            self._staff_answers(closed, -900)
        self._learn([30] * 21)
        usual = self.usual_waits.search([("team_id", "=", self.team.id)])
        self.assertEqual((usual.minutes, usual.answer_count), (30, 21))

    def test_it_is_counted_in_the_policys_working_hours(self):
        day = self.t0.replace(hour=0, minute=0) - timedelta(days=1)
        first = int((day - self.t0).total_seconds() // 60)
        self.policy.calendar_id = self._new_hours(range(7), 9, 17)
        # From one hour before closing to one hour after opening.
        for _number in range(20):
            ticket = self._new_ticket(first + 16 * 60)
            self._staff_answers(ticket, first + 34 * 60)
        self.usual_waits._cron_learn()
        usual = self.usual_waits.search([("team_id", "=", self.team.id)])
        self.assertEqual(usual.minutes, 120)

    def test_a_team_has_its_own_and_without_a_team_nothing_is_usual(self):
        self._learn([20] * 20)
        other_team = self.team.copy({"name": "Other"})
        self._set_policy(other_team, self.policy)
        elsewhere = self._new_ticket(0, team_id=other_team.id)
        nowhere = self._new_ticket(
            0, team_id=False, escalation_policy_id=self.policy.id
        )
        self._run(300)
        self.assertFalse((elsewhere + nowhere).escalation_incident_ids)

    def test_it_is_learnt_at_once_for_a_new_trigger_and_forgotten_without_any(self):
        self._learn([20] * 20)
        job = self.usual_waits._get_job()
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)])
        self.assertTrue(triggers)
        self.trigger.unlink()
        self.usual_waits._cron_learn()
        self.assertFalse(self.usual_waits.search([]))


class TestAgain(SignalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trigger = cls._add_trigger(
            "again", times=3, step_id=cls.policy.step_ids[2].id
        )

    def test_the_third_escalation_of_a_client_goes_higher_at_once(self):
        colleague = self.client.copy({"name": "Cora"})
        first, second = (
            self._new_ticket(0),
            self._new_ticket(0, partner_id=colleague.id),
        )
        self._run(10)
        self._staff_answers(first, 11)
        third = self._new_ticket(12)
        self._run(13)
        self.assertFalse(third.escalation_incident_ids, "it opens none by itself")
        self._run(22)
        self.assertEqual(self._causes(third), ["Repeated escalation: 3 in 30 days"])
        self.assertIn((self.director, "email"), self._told(third))
        self._run(23)
        self.assertFalse(self._causes(first))
        self.assertEqual(len(self._causes(second)), 1, "theirs is open as well")

    def test_other_clients_and_long_ago_do_not_count(self):
        other = self.env["res.partner"].create({"name": "Somebody else"})
        for ticket in (self._new_ticket(0), self._new_ticket(0, partner_id=other.id)):
            self._run(10)
            self._staff_answers(ticket, 11)
        old = self._new_ticket(0)
        self._run(10)
        self._date(old.escalation_incident_ids, -31 * 24 * 60)
        ticket = self._new_ticket(20)
        self._run(31)
        self.assertFalse(self._causes(ticket))

    def test_an_unknown_sender_is_known_by_the_address(self):
        self.trigger.times = 2
        values = {"partner_id": False, "partner_email": "Unknown@else.example"}
        self._new_ticket(0, **values)
        second = self._new_ticket(
            0, **{**values, "partner_email": "unknown@else.example"}
        )
        self._run(10)
        self.assertEqual(self._causes(second), ["Repeated escalation: 2 in 30 days"])


class TestInput(SignalCommon):
    def test_impossible_numbers_are_refused(self):
        for times, refused in (
            (0, CheckViolation),
            (101, CheckViolation),
            (2**40, ValidationError),
        ):
            with (
                self.subTest(times),
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(refused, "times_range|1 to 100 times"),
                self.env.cr.savepoint(),
            ):
                self._add_trigger("again", times=times)


class TestGrowth(GrowthCommon):
    def test_signals_look_at_all_their_tickets_together(self):
        self.by_mail.trigger_ids = [
            Command.create({"kind": kind})
            for kind in (
                "strong",
                "wish",
                "unanswered",
                "quick_reply",
                "reopened",
                "slow",
                "again",
            )
        ]
        self._new_tickets(1, self.by_mail)
        self._run(5)
        self._new_tickets(10, self.by_mail)
        for_ten = self._count_queries(self._run, 5)
        self._new_tickets(40, self.by_mail)
        for_forty = self._count_queries(self._run, 5)
        self.assertEqual(for_forty, for_ten)
        self._run(10)
        self._new_tickets(5, self.by_mail, 11)
        for_few = self._count_queries(self._run, 12)
        self._new_tickets(20, self.by_mail, 11)
        self.assertEqual(self._count_queries(self._run, 12), for_few)

    def test_idle_runs_pay_nothing_for_kinds_that_nobody_has(self):
        self._new_tickets(3, self.in_app)
        self._run(5)
        without = self._count_queries(self._run, 5)
        self.by_mail.trigger_ids = [
            Command.create({"kind": kind}) for kind in ("strong", "slow", "again")
        ]
        self._run(5)
        self.assertLessEqual(self._count_queries(self._run, 5) - without, 1)
