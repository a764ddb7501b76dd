"""What people want for themselves, as far as the policy allows, and no further."""

from datetime import timedelta

from lxml import html

from odoo import Command, fields
from odoo.exceptions import AccessError, ValidationError

from ..support.common import EscalationCommon


class PersonalCommon(EscalationCommon):
    """The leader by email after 10 minutes, the director by email after 60."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls._new_policy(
            "Personal",
            {"delay": 10, "recipient": "team_leader", "channel": "email"},
            {
                "delay": 60,
                "recipient": "user",
                "user_ids": [Command.set(cls.director.ids)],
                "channel": "email",
            },
        )
        cls._set_policy(cls.team, cls.policy)

    def _lines(self, ticket, **values):
        lines = self._incident(ticket).notification_ids
        return lines.filtered_domain([(n, "=", v) for n, v in values.items()])

    def _closed_at(self, moment):
        """Hours that are never at a moment: another day of the week only."""
        return self._new_hours([(moment.weekday() + 3) % 7], 8, 17)

    def _rule(self, user, **values):
        user.with_user(user).write(
            {f"escalation_{name}": value for name, value in values.items()}
        )
        self.env.invalidate_all()

    def _preview(self):
        preview = self.env["helpdesk.escalation.preview"].create(
            {"policy_id": self.policy.id, "team_id": self.team.id, "date": self.t0}
        )
        text = html.fromstring(preview.result).text_content()
        return " ".join(text.split())


class TestOutsideOnesHours(PersonalCommon):
    def setUp(self):
        super().setUp()
        self._rule(
            self.leader, hours_id=self._closed_at(self.t0).id, off_channel="activity"
        )

    def test_the_other_channel_is_used(self):
        ticket = self._new_ticket(0)
        self._run(10)
        self.assertEqual(self._told(ticket), [(self.leader, "activity")])

    def test_within_them_the_steps_own(self):
        always = self._new_hours(range(7), 0, 24)
        self._rule(self.leader, hours_id=always.id)
        ticket = self._new_ticket(0)
        self._run(10)
        self.assertEqual(self._told(ticket), [(self.leader, "email")])

    def test_it_is_a_matter_of_each_person(self):
        self.policy.step_ids[0].write(
            {"recipient": "user", "user_ids": (self.leader + self.agent).ids}
        )
        ticket = self._new_ticket(0)
        self._run(10)
        self.assertCountEqual(
            self._told(ticket), [(self.leader, "activity"), (self.agent, "email")]
        )

    def test_for_a_substitute_their_own_rules_count(self):
        self.agent.write(
            {
                "out_of_office_from": self.t0 - timedelta(days=1),
                "escalation_substitute_id": self.leader.id,
            }
        )
        self.policy.step_ids[0].write(
            {"recipient": "user", "user_ids": [Command.set(self.agent.ids)]}
        )
        ticket = self._new_ticket(0)
        self._run(10)
        self.assertEqual(self._told(ticket), [(self.leader, "activity")])

    def test_a_channel_that_cannot_reach_them_is_not_used(self):
        self.policy.step_ids[0].channel = "activity"
        self._rule(self.leader, off_channel="email")
        self.leader.email = False
        ticket = self._new_ticket(0)
        self._run(10)
        self.assertEqual(self._told(ticket), [(self.leader, "activity")])

    def test_a_channel_whose_add_on_is_gone_is_none(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_users SET escalation_off_channel = 'pigeon', "
            "escalation_second_channel = 'pigeon', escalation_second_minutes = 1 "
            "WHERE id = %s",
            [self.leader.id],
        )
        self.env.invalidate_all()
        ticket = self._new_ticket(0)
        self._run(10)
        self._run(20)
        self.assertEqual(self._told(ticket), [(self.leader, "email")])
        self.leader.with_user(self.leader).read(["escalation_off_channel"])

    def test_at_most_what_the_policy_allows(self):
        for allowed, channel in (
            ("none", "email"),
            ("steps", "email"),
            ("all", "activity"),
        ):
            with self.subTest(allowed):
                self.policy.personal_rules = allowed
                ticket = self._new_ticket(0)
                self._run(10)
                self.assertEqual(self._told(ticket), [(self.leader, channel)])
        self.policy.step_ids[1].channel = "activity"
        self.policy.personal_rules = "steps"
        ticket = self._new_ticket(0)
        self._run(10)
        self.assertEqual(self._told(ticket), [(self.leader, "activity")])

    def test_the_dry_run_shows_it(self):
        text = self._preview()
        self.assertIn("esc_leader notification (outside their hours)", text)
        self.assertIn("esc_director email", text)

    def test_the_dry_run_looks_at_the_moment_it_has_come_to(self):
        """Half an hour before the hours end, a step in it and one after it."""
        start = fields.Datetime.now().replace(hour=12, minute=0, second=0)
        self._rule(self.leader, hours_id=self._new_hours(range(7), 12, 13).id)
        self.policy.step_ids[1].write({"delay": 90, "recipient": "team_leader"})
        preview = self.env["helpdesk.escalation.preview"].create(
            {"policy_id": self.policy.id, "team_id": self.team.id, "date": start}
        )
        text = " ".join(html.fromstring(preview.result).text_content().split())
        self.assertIn("esc_leader email", text)
        self.assertIn("esc_leader notification (outside their hours)", text)

    def test_it_costs_the_same_for_many(self):
        def count(number):
            for n in range(number):
                self._new_ticket(0, name=f"Fire {n}")
            clock = self.env.cr.sql_log_count
            self._run(10)
            return self.env.cr.sql_log_count - clock

        count(1)
        self.leader.escalation_off_channel = False
        without = count(40) - count(10)
        self.leader.escalation_off_channel = "activity"
        self.policy.step_ids[0].channel = "email"
        self.assertLessEqual(count(40) - count(10), without + 40)


class TestReminder(PersonalCommon):
    def setUp(self):
        super().setUp()
        self._rule(self.leader, second_channel="activity", second_minutes=15)
        self.ticket = self._new_ticket(0)
        self._run(10)

    def _reminders(self):
        return self._lines(self.ticket, is_reminder=True)

    def test_once_when_nobody_is_on_it(self):
        self._run(24)
        self.assertFalse(self._reminders())
        for minute in (25, 30, 50):
            self._run(minute)
            reminder = self._reminders()
            self.assertEqual(len(reminder), 1)
        self.assertEqual(
            (reminder.user_id, reminder.channel, reminder.state),
            (self.leader, "activity", "sent"),
        )
        self.assertTrue(reminder.activity_id)
        self.assertEqual(reminder.step_id, self.policy.step_ids[0])
        self.assertIn(
            "Reminded by their second channel: esc_leader.",
            self._notes(self.ticket)[-1],
        )
        self.assertNotIn((self.director, "email"), self._told(self.ticket))

    def test_the_next_step_does_not_wait_for_it(self):
        self._rule(self.leader, second_minutes=120)
        self._run(60)
        self.assertIn((self.director, "email"), self._told(self.ticket))

    def test_not_when_somebody_is_on_it(self):
        self._incident(self.ticket).with_user(self.agent).action_confirm()
        self._run(40)
        self.assertFalse(self._reminders())

    def test_it_goes_when_somebody_is_on_it_then(self):
        self._run(25)
        activity = self._reminders().activity_id
        self._incident(self.ticket).with_user(self.agent).action_confirm()
        self.assertFalse(activity.exists())

    def test_not_when_the_client_has_an_answer(self):
        self._staff_answers(self.ticket, 12)
        self._run(40)
        self.assertFalse(self._reminders())

    def test_not_where_the_policy_allows_none(self):
        self.policy.personal_rules = "none"
        self._run(40)
        self.assertFalse(self._reminders())

    def test_not_who_has_left_or_changed_their_mind(self):
        self._rule(self.leader, second_channel=False)
        self._run(40)
        self.assertFalse(self._reminders())
        self._rule(self.leader, second_channel="activity")
        self.leader.active = False
        self._run(41)
        self.assertFalse(self._reminders().filtered(lambda one: one.state == "sent"))

    def test_not_outside_the_policys_working_hours(self):
        closed = self._closed_at(self.t0)
        self.policy.calendar_id = closed
        self._run(40)
        self.assertFalse(self._reminders())
        self.policy.calendar_id = False
        self._run(41)
        self.assertEqual(len(self._reminders()), 1)

    def test_not_by_a_channel_that_has_notified_them_already(self):
        self.policy.step_ids[1].write(
            {"delay": 20, "recipient": "team_leader", "channel": "activity"}
        )
        self._run(22)
        self._run(40)
        self.assertFalse(self._reminders())

    def test_the_run_comes_in_time(self):
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        triggers.unlink()
        self.cron.nextcall = self.t0 + timedelta(minutes=200)
        self._run(11)
        calls = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        self.assertIn(self.t0 + timedelta(minutes=25), calls.mapped("call_at"))

    def test_a_mail_that_fails_after_it_notifies_nobody_twice(self):
        self._run(25)
        line = self._lines(self.ticket, channel="email")
        line.write({"state": "pending"})
        line._give_up_mail("It came back.")
        self.assertEqual(line.state, "failed")
        self.assertEqual(len(self._lines(self.ticket, channel="activity")), 1)

    def test_a_mail_that_fails_after_they_got_rid_of_the_reminder_passes_on(self):
        self._run(25)
        self._reminders().activity_id.with_user(self.leader).unlink()
        line = self._lines(self.ticket, channel="email")
        line.write({"state": "pending"})
        line._give_up_mail("It came back.")
        self.assertTrue(self._incident(self.ticket).nobody_reached)
        self._run(27)
        self.assertIn((self.director, "email"), self._told(self.ticket))

    def test_the_dry_run_shows_it(self):
        self.assertIn(
            "esc_leader notification (reminder after 15min without a reaction)",
            self._preview(),
        )


class TestLimit(PersonalCommon):
    """One escalation an hour, and four at once."""

    def setUp(self):
        super().setUp()
        self._rule(self.leader, hourly_limit=1)
        self.policy.step_ids[0].write(
            {
                "recipient": "user",
                "user_ids": (self.leader + self.agent).ids,
                "channel": "activity",
            }
        )
        self.tickets = [self._new_ticket(0, name=f"Fire {n}") for n in range(4)]

    def _held(self):
        return self.notifications.search([("held_until", "!=", False)])

    def _leaders_mails(self):
        return self._held().mail_id

    def test_the_rest_is_one_email_within_the_hour(self):
        self._run(10)
        held = self._held()
        self.assertEqual(len(held), 3)
        self.assertEqual(held.user_id, self.leader)
        self.assertEqual(set(held.mapped("state")), {"pending"})
        activities = self.notifications.search(
            [("user_id", "=", self.leader.id), ("channel", "=", "activity")]
        )
        self.assertEqual(len(activities), 1)
        self.assertEqual(
            len(self.notifications.search([("user_id", "=", self.agent.id)])), 4
        )
        self._run(40)
        self.assertFalse(self._leaders_mails())
        until = max(held.mapped("held_until"))
        self.assertLessEqual(until, self.t0 + timedelta(minutes=70))
        self._run(71)
        (mail,) = self._leaders_mails()
        self.assertIn("3 tickets are waiting", mail.subject)
        self.assertEqual(mail.recipient_ids, self.leader.partner_id)

    def test_what_comes_later_goes_out_with_it(self):
        self._run(10)
        self._new_ticket(20, name="Another fire")
        self._run(31)
        self._run(71)
        (mail,) = self._leaders_mails()
        self.assertIn("4 tickets are waiting", mail.subject)

    def test_what_is_over_by_then_is_not_in_it(self):
        self._run(10)
        for ticket in self._held().ticket_id[:2]:
            self._incident(ticket).with_user(self.agent).action_confirm()
        self._run(71)
        (mail,) = self._leaders_mails()
        self.assertNotIn("tickets are waiting", mail.subject)

    def test_never_the_last_person_of_a_step(self):
        self.policy.step_ids[0].user_ids = self.leader
        self._run(10)
        self.assertFalse(self._held())

    def test_where_all_of_a_step_are_beyond_it_one_is_notified(self):
        self._rule(self.agent, hourly_limit=1)
        self._run(10)
        for ticket in self.tickets:
            told = self._lines(ticket, channel="activity", state="sent")
            self.assertGreaterEqual(len(told), 1)
        self.assertTrue(self._held())

    def test_an_hour_later_it_counts_anew(self):
        self._run(10)
        lines = self.notifications.search([("user_id", "=", self.leader.id)])
        self._date(lines, -120)
        ticket = self._new_ticket(11)
        self._run(22)
        self.assertIn((self.leader, "activity"), self._told(ticket))

    def test_not_where_the_policy_allows_none_or_no_email(self):
        self.policy.personal_rules = "none"
        self._run(10)
        self.assertFalse(self._held())

    def test_not_who_has_no_email_address(self):
        self.leader.email = False
        self._run(10)
        self.assertFalse(self._held())

    def test_not_outside_the_policys_working_hours(self):
        self._run(10)
        self.policy.calendar_id = self._closed_at(self.t0)
        self._run(75)
        self.assertFalse(self._leaders_mails())
        self.policy.calendar_id = False
        self._run(76)
        self.assertEqual(len(self._leaders_mails()), 1)

    def test_the_run_comes_in_time(self):
        self.cron.nextcall = self.t0 + timedelta(minutes=500)
        self.policy.step_ids[1].delay = 400
        self._run(10)
        calls = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        self.assertIn(min(self._held().mapped("held_until")), calls.mapped("call_at"))

    def test_the_dry_run_says_so(self):
        self.assertIn("esc_leader notification (at most 1 per hour)", self._preview())


class TestWhoSetsRules(PersonalCommon):
    def test_everybody_their_own_without_any_right_to_users(self):
        clerk = self._new_user("esc_clerk", "base.group_user")
        self._rule(clerk, second_channel="email", second_minutes=5, hourly_limit=3)
        self.assertEqual(clerk.escalation_hourly_limit, 3)

    def test_nobody_others(self):
        for user in self.agent + self.manager:
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.leader.with_user(user).write({"escalation_hourly_limit": 1})

    def test_nobody_from_outside_even_their_own(self):
        portal = self._new_user("esc_portal", "base.group_portal")
        for values in (
            {"escalation_hourly_limit": 1},
            {"escalation_hours_id": self.env.company.resource_calendar_id.id},
        ):
            with self.subTest(**values), self.assertRaises(AccessError):
                portal.with_user(portal).write(values)
        with self.assertRaises(AccessError):
            portal.with_user(portal).read(["escalation_hours_id"])

    def test_with_other_things_of_oneself_at_once(self):
        self.leader.with_user(self.leader).write(
            {"escalation_hourly_limit": 2, "signature": "Lea"}
        )
        self.assertEqual(self.leader.escalation_hourly_limit, 2)
        self.assertIn("Lea", self.leader.signature)

    def test_what_makes_no_sense_is_refused_in_a_sentence(self):
        for values, sentence in (
            ({"off_channel": "activity"}, "Choose your hours"),
            ({"second_channel": "pigeon", "second_minutes": 5}, "no such channel"),
            ({"second_channel": "activity"}, "after 1 to 1440 minutes"),
            ({"second_channel": "activity", "second_minutes": -5}, "1 to 1440 minutes"),
            ({"second_channel": "email", "second_minutes": 1441}, "1 to 1440 minutes"),
            ({"second_minutes": 10**12}, "too large"),
            ({"hourly_limit": -1}, "0 for no limit"),
            ({"hourly_limit": 1001}, "1000 at most"),
            ({"hourly_limit": 10**12}, "too large"),
        ):
            with (
                self.subTest(**values),
                self.assertRaisesRegex(ValidationError, sentence),
                self.env.cr.savepoint(),
            ):
                self._rule(self.leader, **values)

    def test_all_installed_channels_are_offered(self):
        offered = self.leader._fields["escalation_off_channel"].get_values(self.env)
        step = self.env["helpdesk.escalation.step"]._fields["channel"]
        self.assertEqual(offered, step.get_values(self.env))
