"""Snooze: "the client said Monday" (R10)."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from ..support.common import EscalationCommon, PatientHttpCase
from ..support.snooze import SnoozeMixin


class SnoozeCommon(SnoozeMixin, EscalationCommon):
    def setUp(self):
        super().setUp()
        self.agent.name = "Anna Agent"
        self.leader.name = "Lea Leader"
        self.ticket = self._new_ticket()
        self._run(11)
        self.incident = self._incident(self.ticket)

    def _snooze(self, minute, until, user=None, **values):
        return self._snooze_ticket(self.ticket, minute, until, user, **values)

    def _open(self, user=None):
        return self._open_dialog(self.ticket, user)

    def _told_since(self, count):
        return self._told(self.ticket)[count:]


class TestSnooze(SnoozeCommon):
    def test_nobody_is_notified_until_it_wakes_as_a_new_round(self):
        self._snooze(15, 200)
        self.assertEqual(self.incident.state, "confirmed")
        self.assertFalse(self.ticket.activity_ids, "it is on nobody's plate")
        self._run(199)
        self.assertEqual(len(self._told(self.ticket)), 1)
        self._run(200)
        self.assertEqual((self.incident.state, self.incident.round), ("active", 2))
        self.assertFalse(self.incident.snoozed_until)
        self.assertEqual(self._told_since(1), [(self.agent, "activity")])
        self.assertIn("The snooze is over", self._notes(self.ticket)[-1])
        self._run(230)
        self.assertEqual(
            self._told_since(2),
            [(self.agent, "activity"), (self.leader, "email")],
            "the delays count from when it woke",
        )

    def test_it_says_who_until_when_and_why(self):
        self._snooze(15, 200)
        words = self.incident._get_state_sentence()
        self.assertRegex(words, "^Snoozed by Anna Agent until .*: Back on Monday$")
        self.assertEqual(self.ticket.escalation_status, "snoozed")
        self.assertEqual(self.ticket.escalation_status_text, words)
        self.assertIn("Back on Monday", self._notes(self.ticket)[-1])
        about, why = self.ticket._find_escalation_why()
        self.assertEqual(about, "snoozed")
        self.assertIn("unless the client writes", why)
        self._run(200)
        titles = [stop["title"] for stop in self.incident._get_story()]
        self.assertTrue(any("Snoozed by Anna Agent" in title for title in titles))
        self.assertIn("The snooze is over: the steps start again", titles)

    def test_the_next_message_of_the_client_wakes_it(self):
        self._snooze(15, 2000)
        self._run(40)
        self.assertEqual(self.incident.state, "confirmed")
        self._client_writes(self.ticket, 41)
        self._run(42)
        self.assertEqual((self.incident.state, self.incident.round), ("active", 2))
        self.assertIn("The client wrote", self._notes(self.ticket)[-1])

    def test_a_message_that_is_committed_late_wakes_it_too(self):
        self._snooze(15, 2000)
        # It was begun before the snooze, and nobody had seen it.
        self._client_writes(self.ticket, 14)
        self._run(20)
        self.assertEqual(self.incident.state, "active")

    def test_a_message_on_a_duplicate_wakes_it(self):
        duplicate = self._new_ticket(0, duplicate_id=self.ticket.id)
        self._snooze(15, 2000)
        self._run(20)
        self.assertEqual(self.incident.state, "confirmed")
        self._client_writes(duplicate, 30)
        self._run(31)
        self.assertEqual(self.incident.state, "active")

    def test_an_answer_ends_it_as_ever(self):
        self._snooze(15, 2000)
        self._staff_answers(self.ticket, 30)
        self.assertEqual(self.incident.resolution, "answered")

    def test_it_lasts_though_who_snoozed_it_leaves(self):
        for leaves in (
            {"active": False},
            {
                "out_of_office_from": self.t0 + timedelta(minutes=20),
                "out_of_office_to": self.t0 + timedelta(days=5),
            },
        ):
            with self.subTest(leaves):
                self._snooze(15, 200, user=self.leader)
                with self._at(21):
                    self.leader.write(leaves)
                self._run(25)
                self.assertEqual(self.incident.state, "confirmed")
                self.leader.write({"active": True, "out_of_office_from": False})
        self.leader.active = False
        self._run(200)
        self.assertEqual(self.incident.state, "active")
        self._run(210)
        self.assertIn((self.agent, "activity"), self._told_since(1))

    def test_another_team_wakes_it(self):
        other = self.env["helpdesk.ticket.team"].create(
            {"name": "Sales", "user_id": self.manager.id}
        )
        self._set_policy(other, self.policy)
        self._snooze(15, 2000)
        self.ticket.write({"team_id": other.id, "user_id": False})
        self._run(20)
        self.assertEqual(self.incident.state, "active")
        self.assertFalse(self.incident.snoozed_until)
        self.assertEqual(self._told_since(1), [(self.manager, "email")])

    def test_it_wakes_within_the_working_hours(self):
        opening = (self.t0 + timedelta(days=2)).replace(hour=8, minute=0, second=0)
        self.policy.calendar_id = self._new_hours(range(7), 8, 16)
        until = int((opening - self.t0) / timedelta(minutes=1)) - 120
        with self._at(15):
            dialog = self._open()
            dialog.write(
                {
                    "preset": "custom",
                    "snoozed_until": self.t0 + timedelta(minutes=until),
                }
            )
            self.assertEqual(dialog.opens_date, opening)
            dialog.action_snooze()
        self._run(until + 1)
        self.assertEqual(self.incident.state, "confirmed")
        self.assertEqual(self.incident.next_date, opening)
        self._run(until + 121)
        self.assertEqual(self.incident.state, "active")

    def test_the_job_comes_when_it_wakes(self):
        self._snooze(15, 20)
        self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)]).unlink()
        self.cron.nextcall = self.t0 + timedelta(minutes=22)
        self._run(17)
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        self.assertIn(self.t0 + timedelta(minutes=20), triggers.mapped("call_at"))

    def test_another_policy_leaves_it_asleep_and_no_policy_ends_it(self):
        self._snooze(15, 200)
        other = self._new_policy("Other", {"delay": 1, "recipient": "team_leader"})
        self._set_policy(self.team, other)
        self._run(20)
        self.assertEqual(self.incident.state, "confirmed")
        self.team.escalation_policy_id = False
        self._run(25)
        self.assertEqual(self.incident.resolution, "no_policy")

    def test_the_dry_run_goes_on_when_it_wakes(self):
        self._snooze(15, 200)
        engine = self.env["helpdesk.escalation.engine"]
        with self._at(20):
            moments = engine._preview(
                self.policy, self.ticket, self.t0, self.incident, self.t0
            )
        self.assertEqual(
            [(moment.date - self.t0) / timedelta(minutes=1) for moment in moments],
            [200, 210, 230, 260],
        )

    def test_the_dashboard_counts_it_and_the_mails_page_says_so(self):
        self.incidents.search([("id", "!=", self.incident.id)]).unlink()
        self._snooze(15, 200)
        incidents = self.incidents.with_user(self.leader)
        tiles = {tile["name"]: tile for tile in incidents.get_dashboard()["tiles"]}
        self.assertEqual(tiles["snoozed"]["value"], 1)
        line = self.incident.notification_ids[:1]
        for person, state in ((self.agent, "done"), (self.leader, "taken")):
            with self.subTest(state):
                self.assertEqual(self.incident._get_page_state(person), state)
                title = self.incident._get_page_title(state, line)
                self.assertIn("Snoozed by Anna Agent", title)
                text = self.incident._get_page_text(state)
                self.assertIn("unless the client writes", text)

    def test_lists_find_it(self):
        self._snooze(15, 200)
        tickets = self.env["helpdesk.ticket"].with_user(self.leader)
        found = tickets.search(
            [("escalation_status", "=", "snoozed"), ("id", "=", self.ticket.id)]
        )
        self.assertEqual(found, self.ticket)


class TestWhoAndWhen(SnoozeCommon):
    def test_who_may_confirm_may_snooze_outside_the_helpdesk_too(self):
        self._run(61)
        self.assertIn((self.director, "email"), self._told(self.ticket))
        ticket = self.ticket.with_user(self.director)
        self.assertTrue(ticket.escalation_may_snooze)
        self._snooze(62, 200, user=self.director)
        self.assertEqual(self.incident.confirmed_by_id, self.director)
        ticket.invalidate_recordset()
        self.assertTrue(ticket.escalation_may_wake)
        with self._at(70):
            ticket.action_escalation_wake()
        self.assertEqual(self.incident.state, "active")

    def test_strangers_and_the_client_may_not(self):
        stranger = self._new_user("esc_stranger", "base.group_user")
        for user in (stranger, self.director):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._open(user)
        self.ticket.partner_id = self.leader.partner_id
        with self.assertRaises(AccessError):
            self._open(self.leader)
        self.assertFalse(self.incident.with_user(self.leader).may_snooze)

    def test_what_somebody_is_on_is_for_them_and_their_leaders(self):
        with self._at(12):
            self.incident._confirm(self.agent, "ticket")
        colleague = self._new_user("esc_colleague", "helpdesk_mgmt.group_helpdesk_user")
        self.assertFalse(self.incident.with_user(colleague).may_snooze)
        answer = self._snooze(15, 200, user=colleague)
        self.assertIn("Anna Agent has been on it", answer["params"]["message"])
        self.assertFalse(self.incident.snoozed_until)
        self._snooze(16, 200, user=self.leader)
        self.assertEqual(self.incident.confirmed_by_id, self.leader)
        message = self.env["mail.message"].search(
            [
                ("model", "=", self.incident._name),
                ("partner_ids", "in", self.agent.partner_id.ids),
            ]
        )
        self.assertIn("Lea Leader has snoozed", message.preview)

    def test_whoever_may_confirm_wakes_it_and_the_one_before_is_informed(self):
        self._snooze(15, 200)
        with self._at(20):
            self.incident.with_user(self.leader).action_wake()
        self.assertEqual((self.incident.state, self.incident.round), ("active", 2))
        self.assertEqual(
            self._notes(self.ticket)[-1], "Lea Leader has woken the escalation."
        )
        with self._at(21):
            answer = self.incident.with_user(self.leader).action_wake()
        self.assertIn("Waiting since", answer["params"]["message"], "a double click")

    def test_it_can_be_snoozed_anew_and_the_story_keeps_both(self):
        self._snooze(15, 200)
        self._snooze(20, 300, reason="Rather on Tuesday")
        self._run(200)
        self.assertEqual(self.incident.state, "confirmed")
        titles = [stop["title"] for stop in self.incident._get_story()]
        self.assertEqual(sum("Snoozed by" in title for title in titles), 2)
        self.assertFalse(any("taken over" in title for title in titles))

    def test_taking_over_ends_the_snooze(self):
        self._snooze(15, 200)
        with self._at(20):
            self.incident.with_user(self.leader).action_take_over()
        self.assertFalse(self.incident.snoozed_until)
        self.assertEqual(self.ticket.escalation_status, "confirmed")
        self._run(210)
        self.assertEqual(self.incident.state, "confirmed")

    def test_moments_that_cannot_be_are_refused_kindly(self):
        for until, words in ((10, "still to come"), (91 * 1440, "90 days at most")):
            with self.subTest(until), self.assertRaisesRegex(UserError, words):
                self._snooze(15, until)
        self.assertEqual(self.incident.state, "active")
        self._snooze(15, 90 * 1440)
        self.assertEqual(self.incident.state, "confirmed")

    def test_a_reason_is_needed(self):
        with self.assertRaisesRegex(UserError, "Say why"):
            self._snooze(15, 200, reason="  ")
        self.assertEqual(self.incident.state, "active")

    def test_what_was_written_meanwhile_is_read_first(self):
        with self._at(15):
            dialog = self._open()
        self._client_writes(self.ticket, 16)
        with self._at(17), self.assertRaisesRegex(UserError, "read it first"):
            dialog.action_snooze()
        self.assertEqual(self.incident.state, "active")

    def test_so_it_is_in_the_form_that_people_fill_in(self):
        dialogs = self.env["helpdesk.escalation.snooze"].with_user(self.agent)
        self._client_writes(self.ticket, 14)
        with self._at(15):
            form = Form(dialogs.with_context(default_ticket_id=self.ticket.id))
            form.reason = "Back on Monday"
        self._client_writes(self.ticket, 16)
        with self._at(17), self.assertRaisesRegex(UserError, "read it first"):
            form.save().action_snooze()
        self.assertEqual(self.incident.state, "active")

    def test_a_program_that_opens_no_dialog_may_snooze_what_there_is(self):
        self._client_writes(self.ticket, 14)
        with self._at(15):
            self.env["helpdesk.escalation.snooze"].with_user(self.agent).create(
                {"ticket_id": self.ticket.id, "reason": "Back on Monday"}
            ).action_snooze()
        self.assertTrue(self.incident.snoozed_until)

    def test_what_has_ended_meanwhile_is_said(self):
        with self._at(15):
            dialog = self._open()
        self._staff_answers(self.ticket, 16)
        with self._at(17), self.assertRaisesRegex(UserError, "not escalated any more"):
            dialog.action_snooze()

    def test_the_cause_of_others_is_not_snoozed(self):
        other = self._new_ticket(5)
        other.escalation_cause_ticket_id = self.ticket
        with self.assertRaisesRegex(UserError, "same cause"):
            self._snooze(15, 200)

    def test_what_sleeps_stands_for_no_others(self):
        self._snooze(15, 2000)
        other = self._new_ticket(5)
        with self.assertRaisesRegex(UserError, "is snoozed"):
            other._escalation_name_cause(self.ticket)
        # However it came about.
        other.escalation_cause_ticket_id = self.ticket
        self._run(20)
        self.assertTrue(other.escalation_incident_id)


class TestPresets(SnoozeCommon):
    def _moments(self, day, hour, **values):
        """The presets' moments at an hour of a day of a week in January 2030."""
        monday = self.t0.replace(
            year=2030, month=1, day=7, hour=0, minute=0, second=0, microsecond=0
        )
        now = monday + timedelta(days=day, hours=hour)
        minute = (now - self.t0) / timedelta(minutes=1)
        found = []
        with self._at(minute):
            for preset in ("later", "tomorrow", "next_week"):
                dialog = self._open().with_context(tz="UTC")
                dialog.preset = preset
                ahead = dialog.snoozed_until - monday
                found.append((ahead.days, ahead.seconds / 3600))
        return found

    def test_they_know_the_working_hours(self):
        self.policy.calendar_id = self._new_hours(range(5), 8, 16)
        for day, hour, moments in (
            (0, 10, [(0, 13), (1, 8), (7, 8)]),
            (0, 15, [(1, 10), (1, 8), (7, 8)]),
            (4, 15, [(7, 10), (7, 8), (7, 8)]),
            (5, 12, [(7, 11), (7, 8), (7, 8)]),
            (6, 12, [(7, 11), (7, 8), (7, 8)]),
        ):
            with self.subTest(day=day, hour=hour):
                self.assertEqual(self._moments(day, hour), moments)

    def test_a_program_need_not_name_the_moment(self):
        dialogs = self.env["helpdesk.escalation.snooze"].with_user(self.agent)
        with self._at(15):
            dialog = dialogs.with_context(tz="Pacific/Auckland").create(
                {
                    "ticket_id": self.ticket.id,
                    "preset": "next_week",
                    "reason": "Back on Monday",
                }
            )
            self.env.flush_all()
            self.env.invalidate_all()
            dialogs.browse(dialog.id).action_snooze()
        self.assertGreater(self.incident.snoozed_until, self.t0)

    def test_mornings_are_the_companys_where_the_policy_has_no_hours(self):
        company = self.ticket.company_id
        company.resource_calendar_id = self._new_hours(range(5), 7, 15)
        self.assertEqual(self._moments(4, 15), [(4, 18), (7, 7), (7, 7)])
        company.resource_calendar_id.attendance_ids.unlink()
        self.assertEqual(self._moments(4, 15), [(4, 18), (5, 9), (7, 9)])


class TestSnoozeHealth(SnoozeCommon):
    def _problems(self, minute):
        with self._at(minute):
            problems = self.env["helpdesk.escalation.health"]._get_problems()
        return {problem["name"] for problem in problems}

    def test_what_sleeps_is_no_fault_and_what_overslept_is_one(self):
        self._snooze(15, 200)
        self.assertNotIn("overslept", self._problems(205))
        self.assertIn("overslept", self._problems(211))
        self._run(212)
        self.assertNotIn("overslept", self._problems(230))

    def test_so_is_a_client_who_was_not_heard(self):
        self._snooze(15, 2000)
        self._client_writes(self.ticket, 30)
        self.assertNotIn("overslept", self._problems(35))
        self.assertIn("overslept", self._problems(41))

    def test_at_night_it_is_no_fault_either(self):
        self.policy.calendar_id = self._new_hours(range(7), 8, 16)
        night = (self.t0 + timedelta(days=1)).replace(hour=20, minute=0, second=0)
        minute = int((night - self.t0) / timedelta(minutes=1))
        self._snooze(15, minute)
        self.assertNotIn("overslept", self._problems(minute + 60))


class TestSnoozeInTheBrowser(SnoozeCommon, PatientHttpCase):
    def test_an_agent_snoozes_and_wakes_on_the_ticket(self):
        self.start_tour(
            f"/odoo/helpdesk.ticket/{self.ticket.id}",
            "helpdesk_escalation_snooze",
            login=self.agent.login,
        )
        self.env.invalidate_all()
        self.assertEqual((self.incident.state, self.incident.round), ("active", 2))
