"""The past of a policy: its figures, the delays they suggest, and a trial on it."""

import random
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, tagged

from odoo.addons.helpdesk_escalation.tools.working_time import WorkingTime

from ..support.past import MONDAY, PastCommon


@tagged("post_install", "-at_install")
class TestWorkingTime(TransactionCase):
    """Against a count of minute by minute."""

    def test_every_minute_of_two_days(self):
        intervals = [(8, 12), (13, 17), (32, 36)]
        pairs = [
            (MONDAY + timedelta(hours=start), MONDAY + timedelta(hours=end))
            for start, end in intervals
        ]
        working_time = WorkingTime(pairs)
        minutes = [MONDAY + timedelta(minutes=minute) for minute in range(48 * 60)]
        works = [any(a <= one < b for a, b in pairs) for one in minutes]
        for start in range(0, len(minutes), 37):
            for end in range(start, len(minutes), 113):
                self.assertEqual(
                    working_time.minutes(minutes[start], minutes[end]),
                    sum(works[start:end]),
                )
            for delay in (0, 1, 59, 60, 240, 241, 600, 5000):
                expected, left = None, delay
                for place in range(start, len(minutes)):
                    if not left and works[place]:
                        expected = minutes[place]
                        break
                    left -= works[place]
                self.assertEqual(working_time.due(minutes[start], delay), expected)

    def test_around_the_clock(self):
        working_time = WorkingTime()
        later = MONDAY + timedelta(days=3)
        self.assertEqual(working_time.minutes(MONDAY, later), 3 * 24 * 60)
        self.assertEqual(working_time.due(MONDAY, 90), MONDAY + timedelta(minutes=90))


class TestTuning(PastCommon):
    def test_delays_are_suggested_from_the_answers(self):
        self._answered_after(*range(2, 42, 2))
        tuning = self._tuning()
        self.assertEqual(tuning.answer_count, 20)
        self.assertEqual(
            tuning.suggestion,
            "Half of your clients have an answer after 21min, nine in ten after "
            "36min: try 35min / 40min / 1h 15min.",
        )
        self.assertIn("75", tuning.answer_figures)

    def test_they_are_taken_over_with_one_click(self):
        self._answered_after(*range(2, 42, 2))
        self._tuning().action_take_over()
        self.assertEqual(self.policy.step_ids.sorted().mapped("delay"), [35, 40, 75])

    def test_too_little_data_says_so(self):
        self._answered_after(5, 6, 7)
        tuning = self._tuning()
        self.assertIn("Too little data: 3 answers", tuning.suggestion)
        self.assertFalse(tuning.suggested_delays)
        with self.assertRaises(UserError):
            tuning.action_take_over()
        self.assertEqual(self.policy.step_ids.sorted().mapped("delay"), [10, 30, 60])

    def test_suggestions_are_round_and_rise(self):
        tuning = self.env["helpdesk.escalation.tuning"]
        for most, nearly_all, count, delays in (
            (9, 34, 3, [10, 35, 60]),
            (0, 0, 3, [5, 10, 20]),
            (7, 8, 2, [10, 20]),
            (50, 61, 1, [75]),
            (300, 2000, 4, [300, 2880, 5760, 10080]),
        ):
            with self.subTest(most=most, nearly_all=nearly_all):
                found = tuning._suggest_delays(most, nearly_all, count)
                self.assertEqual(found, sorted(set(found)), "each is later")
                self.assertEqual(found, delays)

    def test_the_step_that_was_enough(self):
        first, second = self._new_ticket(0), self._new_ticket(0)
        self._run(10)
        with self._at(12):
            self._incident(first).with_user(self.leader).action_confirm()
        self._run(35)
        self._staff_answers(second, 40)
        self._run(45)
        with self._at(50):
            steps = self._tuning()._get_steps(self.t0 - timedelta(days=1))
        self.assertEqual([step["fired"] for step in steps], [2, 1, 0])
        self.assertEqual([step["enough"] for step in steps], [1, 1, 0])
        self.assertEqual([step["confirmed"] for step in steps], [1, 0, 0])
        self.assertEqual([step["answered"] for step in steps], [0, 1, 0])
        self.assertEqual([step["share"] for step in steps], [50, 100, None])

    def test_all_is_well_with_nothing(self):
        tuning = self._tuning()
        self.assertIn("Too little data: 0 answers", tuning.suggestion)
        self.assertIn("0", tuning.step_figures)
        self.assertFalse(tuning.answer_figures)

    def test_answers_are_counted_from_the_messages_alone(self):
        """Median, 75 % and 90 % of what the messages say, in working hours."""
        durations = [
            3,
            8,
            1,
            30,
            90,
            12,
            7,
            55,
            200,
            14,
            6,
            21,
            2,
            4,
            44,
            17,
            9,
            5,
            70,
            33,
        ]
        self._answered_after(*durations)
        self._new_ticket(-60)
        closed = self._new_ticket(-50)
        closed.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        found = self._tuning()._get_durations(self.t0 - timedelta(days=90))
        self.assertEqual(sorted(minutes for _when, minutes in found), sorted(durations))
        durations.sort()
        share_of = {
            share: sum(minutes <= cut for minutes in durations) / len(durations)
            for share, cut in zip((50, 75, 90), (13, 37, 72), strict=True)
        }
        self.assertEqual(share_of, {50: 0.5, 75: 0.75, 90: 0.9})
        text = " ".join(str(self._tuning().answer_figures).split())
        for words in ("13min", "36min", "1h 12min"):
            self.assertIn(words, text)

    def test_an_hour_is_the_users_hour(self):
        """Half past eleven at night in UTC is half past midnight in Brussels."""
        moment = datetime(2026, 11, 16, 23, 30)
        tuning = self._tuning()
        for zone, day, hour in (("UTC", 0, 23), ("Europe/Brussels", 1, 0)):
            rows = tuning.with_context(tz=zone)._get_hours([(moment, 7), (moment, 9)])
            counted = [
                (number, cell["hour"], cell["minutes"], cell["count"])
                for number, row in enumerate(rows)
                for cell in row["cells"]
                if cell["count"]
            ]
            self.assertEqual(counted, [(day, hour, 8, 2)])

    def test_tickets_without_a_team_count_by_the_policy_of_their_client(self):
        self.client.escalation_policy_id = self.policy
        ticket = self._new_ticket(-100, team_id=False, user_id=False)
        self._staff_answers(ticket, -90)
        self.assertEqual(self._tuning().answer_count, 1)

    def test_only_managers_tune(self):
        with self.assertRaises(AccessError):
            self._tuning(self.agent)


class TestBacktest(PastCommon):
    def test_what_would_have_happened(self):
        quick = self._new_ticket(-600)
        self._staff_answers(quick, -595)
        slow = self._new_ticket(-500)
        self._staff_answers(slow, -455)
        forgotten = self._new_ticket(-300)
        result = self._try(self._backtest(team_id=self.team.id))
        self.assertEqual(result["waits"], 3)
        self.assertEqual(result["tickets"], 2)
        self.assertEqual(result["fired"], [2, 2, 1])
        self.assertEqual(result["people"][0], {str(self.agent.id): 2})
        self.assertEqual(sum(result["hours"]), 5)
        self.assertEqual(
            [(ticket, is_open) for _minutes, ticket, is_open in result["longest"]],
            [(forgotten.id, True), (slow.id, False)],
        )

    def test_nothing_is_sent_and_the_policy_stays_as_it_is(self):
        self._new_ticket(-300)
        backtest = self._backtest(team_id=self.team.id)
        backtest.line_ids[0].delay = 290
        self.assertEqual(self._try(backtest)["fired"], [1, 1, 1])
        self.assertFalse(self.incidents.search([]))
        self.assertFalse(self.notifications.search([]))
        self.assertEqual(self.policy.step_ids.sorted()[0].delay, 10)

    def test_what_is_more_specific_is_left_out(self):
        own = self._new_ticket(-300)
        own.escalation_policy_id = self.policy.copy()
        muted = self._new_ticket(-300)
        muted.escalation_muted = True
        backtest = self._backtest(team_id=self.team.id)
        self.assertEqual(self._try(backtest)["waits"], 0)
        self.assertIn("0", backtest.result_html)

    def test_a_policy_that_is_in_force_nowhere_can_be_tried(self):
        self._new_ticket(-300)
        self.team.escalation_policy_id = False
        backtest = self._backtest()
        with self.assertRaisesRegex(UserError, "Choose a team"):
            backtest.run_part(0)
        backtest.team_id = self.team
        self.assertEqual(self._try(backtest)["fired"], [1, 1, 1])

    def test_steps_that_no_policy_has_yet_can_be_tried(self):
        self._new_ticket(-300)
        backtest = self.env["helpdesk.escalation.backtest"].with_user(self.manager)
        backtest = backtest.create(
            {
                "team_id": self.team.id,
                "line_ids": [
                    Command.create({"delay": 15}),
                    Command.create(
                        {
                            "delay": 45,
                            "recipient": "user",
                            "user_ids": [Command.set(self.director.ids)],
                        }
                    ),
                ],
            }
        )
        result = self._try(backtest)
        self.assertEqual(result["fired"], [1, 1])
        self.assertEqual(
            result["people"], [{str(self.agent.id): 1}, {str(self.director.id): 1}]
        )
        self.assertEqual(len(self.policies.search([])), 1)

    def test_the_steps_of_a_policy_can_be_changed_for_the_trial(self):
        self._new_ticket(-300)
        backtest = self._backtest(team_id=self.team.id)
        backtest.line_ids.sorted("delay")[:2].unlink()
        backtest.line_ids.write({"recipient": "team_leader", "user_ids": False})
        self.assertEqual(self._try(backtest)["people"], [{str(self.leader.id): 1}])
        self.assertEqual(len(self.policy.step_ids), 3)

    def test_bad_input(self):
        with self.assertRaisesRegex(ValidationError, "needs at least one user"):
            self._backtest().line_ids[0].recipient = "user"
        with self.assertRaisesRegex(ValidationError, "needs a group"):
            self._backtest().line_ids[0].recipient = "group"
        backtest = self._backtest(team_id=self.team.id)
        with self.assertRaisesRegex(ValidationError, "cannot be negative"):
            backtest.line_ids[0].delay = -1
        with self.assertRaises(AccessError):
            self.policy.with_user(self.agent).action_backtest()

    def test_all_is_well_with_nothing(self):
        result = self._try(self._backtest(team_id=self.team.id))
        self.assertEqual((result["waits"], result["incidents"]), (0, 0))

    def test_an_hour_is_the_users_hour(self):
        ticket = self._new_ticket(-600)
        fires = ticket.create_date + timedelta(minutes=10)
        self._staff_answers(ticket, -580)
        for zone, shift in (("UTC", 0), ("Asia/Tokyo", 9)):
            backtest = self._backtest(team_id=self.team.id).with_context(tz=zone)
            hours = self._try(backtest)["hours"]
            self.assertEqual(hours.index(1), (fires.hour + shift) % 24)

    def test_who_is_gone_would_not_have_been_told(self):
        ticket = self._new_ticket(-300)
        self._new_ticket(-300, user_id=False)
        backtest = self._backtest(team_id=self.team.id)
        self.director.action_archive()
        self.leader.unlink()
        result = self._try(backtest)
        self.assertEqual(result["fired"], [2, 2, 2])
        self.assertEqual(
            result["people"], [{str(self.agent.id): 1, "": 1}, {"": 2}, {"": 2}]
        )
        self.assertIn(f"{self.agent.name} (1), nobody (1)", backtest.result_html)
        self.assertIn(ticket.name, backtest.result_html)
        ticket.unlink()
        backtest.invalidate_recordset()
        self.assertTrue(backtest.result_html, "a ticket that is gone is left out")

    def test_a_step_that_reaches_nobody_does_not_wait(self):
        """The next one fires at once (R7), though the answer came before its delay."""
        ticket = self._new_ticket(-300, user_id=False)
        self._staff_answers(ticket, -280, self.leader)
        result = self._try(self._backtest(team_id=self.team.id))
        self.assertEqual(result["fired"], [1, 1, 0])
        self.assertEqual(result["people"], [{"": 1}, {str(self.leader.id): 1}, {}])

    def test_it_shows_links_to_the_longest_waits(self):
        ticket = self._new_ticket(-300)
        backtest = self._backtest(team_id=self.team.id)
        self._try(backtest)
        self.assertIn(f"/odoo/helpdesk.ticket/{ticket.id}", backtest.result_html)
        self.assertIn(f"{self.agent.name} (1)", backtest.result_html)
        self.assertIn("After 30min: email to the team leader", backtest.result_html)

    def test_the_engine_would_have_done_the_same(self):
        """Random pasts: what the trial says is what the run then really does."""
        for seed, count_from in enumerate(
            ("client_last", "client_first", "unresolved")
        ):
            with self.subTest(seed=seed, count_from=count_from):
                self._compare_with_engine(random.Random(seed), count_from)

    def test_the_engine_would_have_done_the_same_in_working_hours(self):
        """Around the clock, but for a break in the middle of it all."""
        # Hours are counted in full minutes, and so is this story.
        self.startPatcher(patch.object(type(self), "t0", self.t0.replace(second=0)))
        calendar = self.env["resource.calendar"].create(
            {
                "name": "With a break",
                "tz": "UTC",
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": "Day",
                                "dayofweek": str(day),
                                "hour_from": 0,
                                "hour_to": 24,
                                "day_period": "morning",
                            }
                        )
                        for day in range(7)
                    ),
                ],
                "leave_ids": [
                    Command.create(
                        {
                            "name": "Break",
                            "date_from": self.t0 + timedelta(minutes=30),
                            "date_to": self.t0 + timedelta(minutes=50),
                        }
                    )
                ],
            }
        )
        self.policy.calendar_id = calendar
        self._compare_with_engine(random.Random(7), "client_last")

    def _compare_with_engine(self, dice, count_from):
        self.policy.count_from = count_from
        tickets = [self._new_ticket(dice.randrange(0, 30, 10)) for _number in range(4)]
        tickets[-1].user_id = False
        words = sorted(
            (dice.randrange(30, 120, 10), place, dice.random(), dice.randrange(4))
            for place in range(16)
        )
        for minute in range(0, 130, 10):
            for _when, _place, chance, number in (w for w in words if w[0] == minute):
                say = self._client_writes if chance < 0.6 else self._staff_answers
                if chance > 0.8:
                    say = self._needs_no_answer
                say(tickets[number], minute)
            self._run(minute + 2)
        really = self.notifications.search(
            [("ticket_id", "in", [ticket.id for ticket in tickets])]
        )
        with self._at(128):
            result = self._try(
                self._backtest(team_id=self.team.id, count_from=count_from)
            )
        self.assertEqual(
            result["fired"],
            [
                len(really.filtered(lambda n, s=step: n.step_id == s))
                for step in self.policy.step_ids.sorted()
            ],
        )
        self.assertEqual(result["incidents"], len(really.incident_id))
        for ticket in tickets:
            ticket.unlink()

    def test_steps_for_some_tickets_and_pauses_count_as_in_the_run(self):
        urgent, other = self._new_ticket(-300, priority="3"), self._new_ticket(-300)
        self.policy.step_ids.sorted()[0].condition = "[('priority', '=', '3')]"
        backtest = self._backtest(team_id=self.team.id)
        self.assertEqual(self._try(backtest)["fired"], [1, 2, 2])
        self.policy.condition = "[('priority', '=', '3')]"
        self.assertEqual(self._try(backtest)["fired"], [1, 1, 1])
        pause = self.env["helpdesk.ticket.stage"].create({"name": "With the client"})
        self.policy.write({"condition": False, "pause_stage_ids": pause.ids})
        self.flush_tracking()
        tracked = (urgent + other).with_context(
            tracking_disable=False, mail_notrack=False
        )
        tracked.write({"stage_id": pause.id})
        self.flush_tracking()
        self.env.invalidate_all()
        notes = tracked.message_ids.filtered("tracking_value_ids")
        self.assertEqual(len(notes), 2)
        self._date(notes, -280)
        self.assertEqual(self._try(backtest)["fired"], [1, 0, 0])
