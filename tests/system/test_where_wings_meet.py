"""What holds where wings meet that know nothing of each other."""

import json
from datetime import timedelta

from odoo import Command
from odoo.modules.neutralize import get_neutralization_queries

from ..support.chat import ChatCommon
from ..support.handover import HandoverCommon
from ..support.on_call import DAY, OnCallCommon
from ..support.snooze import SnoozeMixin
from ..support.webhook import WebhookCommon

PHONE = "+32470111111"


class MeetingMixin:
    def _rule(self, user, **values):
        user.with_user(user).write(
            {f"escalation_{name}": value for name, value in values.items()}
        )
        self.env.invalidate_all()

    def _ask_two(self, channel, **values):
        """The agent and the leader after 10 minutes, and both have to be on it."""
        policy = self._new_policy(
            "Two",
            {
                "delay": 10,
                "recipient": "user",
                "user_ids": [Command.set((self.agent + self.leader).ids)],
                "channel": channel,
                "confirmations": 2,
                **values,
            },
        )
        self._set_policy(self.team, policy)
        return policy

    def _of(self, ticket, user, channel):
        return self._incident(ticket).notification_ids.filtered(
            lambda line: line.user_id == user and line.channel == channel
        )


class TestSeveralPeople(MeetingMixin, SnoozeMixin, ChatCommon):
    """Two people are needed, and one of them is on it."""

    def test_who_is_on_it_is_not_reminded_while_others_are_needed(self):
        self._ask_two("activity")
        for user in (self.agent, self.leader):
            self._rule(user, second_channel="chat", second_minutes=15)
        ticket = self._new_ticket(0)
        self._run(10)
        with self._at(12):
            self._incident(ticket)._confirm(self.agent, "ticket")
        self._run(26)
        self.assertFalse(self._of(ticket, self.agent, "chat"))
        self.assertTrue(self._of(ticket, self.leader, "chat"))

    def test_what_is_still_under_way_to_who_is_on_it_is_taken_back(self):
        self.leader.partner_id.phone = self.agent.partner_id.phone = PHONE
        for channel in ("chat", "sms", "email"):
            with self.subTest(channel):
                self._ask_two(channel)
                ticket = self._new_ticket(0)
                self._run(10)
                with self._at(11):
                    self._incident(ticket)._confirm(self.agent, "ticket")
                self.assertEqual(self._incident(ticket).state, "active")
                self.assertEqual(
                    self._of(ticket, self.agent, channel).state, "cancelled"
                )
                self.assertEqual(
                    self._of(ticket, self.leader, channel).state, "pending"
                )
                with self._at(12):
                    self._incident(ticket)._confirm(self.leader, "ticket")
                self.assertEqual(self._incident(ticket).state, "confirmed")

    def test_who_takes_it_back_still_counts_as_reached(self):
        """Nobody makes two people one by saying "I'm on it" and taking it back."""
        self._ask_two("email")
        ticket = self._new_ticket(0)
        self._run(10)
        incident = self._incident(ticket)
        incident._confirm(self.agent, "ticket")
        incident.with_user(self.agent).action_release()
        incident._confirm(self.leader, "ticket")
        self.assertEqual(incident.state, "active")
        self.assertIn("1 of 2", incident.on_it_text)

    def test_it_goes_on_where_both_take_it_back(self):
        """Nothing is under way to them any more: the fallback is notified."""
        self._ask_two("email").fallback_user_id = self.director
        ticket = self._new_ticket(0)
        self._run(10)
        incident = self._incident(ticket)
        for user in (self.agent, self.leader):
            incident._confirm(user, "ticket")
            incident.with_user(user).action_release()
        self.assertEqual(incident.state, "active")
        self._run(12)
        self.assertIn((self.director, "email"), self._told(ticket))

    def test_a_reply_counts_one_of_two_and_is_not_refused(self):
        self._ask_two("email")
        ticket = self._new_ticket(0)
        self._run(10)
        incident = self._incident(ticket)
        for user, state in ((self.agent, "active"), (self.leader, "confirmed")):
            with self._at(11):
                # Twice, as people do.
                for number in range(2):
                    line = self._of(ticket, user, "email")
                    self.assertTrue(line._confirm_by_reply(f"<{user.id}.{number}@x>"))
            self.assertEqual(incident.state, state)
        answers = self.env["mail.mail"].search([("subject", "ilike", "confirmed noth")])
        self.assertFalse(answers)
        self.assertEqual(incident._get_people_on_it(), self.agent + self.leader)

    def test_a_mail_that_comes_back_notifies_nobody_who_is_on_it(self):
        self._ask_two("email")
        ticket = self._new_ticket(0)
        self._run(10)
        self._send_mails()
        self._run(15)
        line = self._of(ticket, self.agent, "email")
        self.assertEqual(line.state, "sent")
        self._incident(ticket)._confirm(self.agent, "ticket")
        line._fall_back_to_activity("It came back.")
        self.assertFalse(self._of(ticket, self.agent, "activity"))

    def test_the_room_is_told_of_everybody(self):
        self._ask_two("activity", chat_room_id=self._new_room().id)
        ticket = self._new_ticket(0)
        self._run_and_send(10)
        self._incident(ticket)._confirm(self.agent, "ticket")
        self._send(11)
        self.assertEqual(len(self.server.posts), 1)
        self._incident(ticket)._confirm(self.leader, "ticket")
        self._send(12)
        self.assertIn("esc_agent, esc_leader are on it", self.server.texts[1])


class TestSleep(MeetingMixin, SnoozeMixin, ChatCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.step_ids.sorted()[0].chat_room_id = cls._new_room()

    def test_the_room_learns_that_it_sleeps_and_not_that_somebody_is_on_it(self):
        ticket = self._new_ticket(0)
        self._run_and_send(10)
        self._snooze_ticket(ticket, 12, 600)
        self._send(12)
        self.assertNotIn("is on it", self.server.texts[1])
        self.assertIn("Snoozed by esc_agent until", self.server.texts[1])

    def test_nobody_is_on_it_who_was_for_a_moment(self):
        ticket = self._new_ticket(0)
        self._run_and_send(10)
        incident = self._incident(ticket)
        incident._confirm(self.agent, "ticket")
        incident.with_user(self.agent).action_release()
        self._send(12)
        self.assertEqual(len(self.server.posts), 1)

    def test_waking_is_no_end_and_posts_the_first_step_again(self):
        ticket = self._new_ticket(0)
        self._run_and_send(10)
        self._snooze_ticket(ticket, 12, 100)
        self._send(12)
        self._run_and_send(100)
        self.assertEqual(len(self.server.posts), 2)
        self._run_and_send(110)
        self.assertEqual(len(self.server.posts), 3)
        self.assertIn("Step 1 of 3", self.server.texts[2])

    def test_nobody_is_reminded_while_it_sleeps_nor_of_what_was_before(self):
        self._rule(self.agent, second_channel="email", second_minutes=15)
        ticket = self._new_ticket(0)
        self._run(10)
        self._snooze_ticket(ticket, 12, 100)
        self._run(30)
        self._run(100)
        self.assertFalse(self._of(ticket, self.agent, "email"))
        self._run(115)
        self.assertEqual(len(self._of(ticket, self.agent, "email")), 1)
        self._run(130)
        self.assertEqual(
            len(self._of(ticket, self.agent, "email")), 1, "once in a round"
        )

    def test_what_was_held_back_does_not_arrive_while_it_sleeps(self):
        self.policy.step_ids.sorted()[0].write(
            {
                "recipient": "user",
                "user_ids": [Command.set((self.agent + self.leader).ids)],
            }
        )
        self._rule(self.leader, hourly_limit=1)
        self._new_ticket(0)
        ticket = self._new_ticket(0, name="Second")
        self._run(10)
        held = self._of(ticket, self.leader, "email")
        self.assertTrue(held.held_until)
        self._snooze_ticket(ticket, 12, 600)
        self._run(75)
        self.assertEqual(held.state, "cancelled")
        self.assertFalse(held.mail_id)

    def test_who_snoozed_is_reminded_though_their_channel_is_gone(self):
        """Its add-on was uninstalled meanwhile, which leaves "other" on the lines."""
        ticket = self._new_ticket(0)
        self._run(10)
        self._snooze_ticket(ticket, 12, 100)
        line = self._of(ticket, self.agent, "activity")
        line.write({"channel": "other", "state": "sent"})
        self._run(100)
        incident = self._incident(ticket)
        self.assertFalse(incident.error)
        self.assertEqual(incident.state, "active")
        self.assertEqual(self._of(ticket, self.agent, "activity").round, 2)


class TestSleepByHand(SnoozeMixin, HandoverCommon):
    """An escalation by hand sleeps, which no answer and no waiver ends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.waive_thanks = cls.watch.waive_thanks = True

    def _asleep(self):
        incident = self._escalate(minute=5, to_team_id=self.upper.id)
        self._staff_answers(self.ticket, 7, user=self.chief)
        self._snooze_ticket(self.ticket, 10, 2000, user=self.chief)
        self.assertEqual(incident.state, "confirmed")
        return incident

    def _client_says(self, words, minute):
        message = self.ticket.message_post(
            body=words,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=self.client.id,
        )
        self._date(message, minute)

    def test_thanks_wake_nobody(self):
        incident = self._asleep()
        self._client_says("Thank you very much!", 20)
        self.assertIn("Only thanks", self.ticket.escalation_waiver_text)
        self._run(21)
        self.assertEqual(incident.state, "confirmed")

    def test_thanks_that_are_taken_back_wake_it(self):
        incident = self._asleep()
        self._client_says("Thank you very much!", 20)
        with self._at(21):
            self.ticket.with_user(self.chief).action_escalation_answer_needed()
        self._run(22)
        self.assertEqual(incident.state, "active")

    def test_a_question_after_thanks_wakes_it(self):
        incident = self._asleep()
        self._client_says("Thank you very much!", 20)
        self._client_says("But is it Monday, or Tuesday?", 22)
        self._run(23)
        self.assertEqual(incident.state, "active")


class TestDuty(MeetingMixin, OnCallCommon):
    def _duty(self, channel, *more, **values):
        policy = self._new_policy(
            "Duty",
            {
                "delay": 10,
                "recipient": "on_duty",
                "rota_ids": [Command.set(self.rota.union(*more).ids)],
                "channel": channel,
                **values,
            },
            {"delay": 5000, "recipient": "team_leader", "channel": "activity"},
        )
        self._set_policy(self.team, policy)
        return policy

    def _person_at(self, minute, rota=None):
        return self._on_duty(rota or self.rota, self.t0 + timedelta(minutes=minute))

    def _next_handover(self):
        """The minute of the first handover after the 10th."""
        return (
            10
            + int(
                (self.start + 7 * DAY - self.t0 - timedelta(minutes=10)).total_seconds()
                // 60
            )
            + 1
        )

    def test_who_is_off_duty_gets_nothing_when_their_sms_has_not_arrived(self):
        for user in self.anna + self.ben + self.cleo:
            user.partner_id.phone = PHONE
        self._duty("sms")
        ticket = self._new_ticket(0)
        self._run(10)
        first = self._person_at(10)
        line = self._of(ticket, first, "sms")
        line.write({"state": "sent", "sent_date": self.t0 + timedelta(minutes=10)})
        minute = self._next_handover()
        self._run(minute)
        second = self._person_at(minute)
        self.assertNotEqual(first, second)
        self.assertTrue(self._of(ticket, second, "sms"))
        line.sms_failure = "The SMS was not delivered."
        self._run(minute + 5)
        self.assertFalse(self._of(ticket, first, "activity"))

    def test_a_chat_line_that_waits_goes_with_the_duty(self):
        self._duty("chat")
        ticket = self._new_ticket(0)
        minute = self._next_handover()
        self._run(minute - 5)
        first = self._person_at(minute - 5)
        self.assertEqual(self._of(ticket, first, "chat").state, "pending")
        self._run(minute)
        second = self._person_at(minute)
        self.assertEqual(self._of(ticket, first, "chat").state, "cancelled")
        self.assertEqual(self._of(ticket, second, "chat").state, "pending")

    def _take_for_a_while(self, user, rota):
        with self._at(12):
            self._arrange(
                user,
                "take",
                self.t0 + timedelta(minutes=15),
                self.t0 + timedelta(minutes=25),
                rota=rota,
            )

    def test_duty_that_comes_back_notifies_again(self):
        for channel in ("activity", "chat", "email"):
            with self.subTest(channel):
                self._duty(channel)
                ticket = self._new_ticket(0)
                self._run(10)
                first = self._person_at(10)
                second = (self.anna + self.ben - first)[:1]
                if channel == "activity":
                    self._take_for_a_while(second, self.rota)
                self._run(16)
                self._run(26)
                self.assertFalse(self._incident(ticket).error)
                people = [user for user, _channel in self._told(ticket)]
                self.assertEqual(people, [first, second, first])
                live = self._incident(ticket).notification_ids.filtered(
                    lambda line: line._is_live()
                )
                self.assertEqual(live.user_id, first)

    def test_a_limit_does_not_break_that(self):
        """Two rotas get their people back, of whom one was held back before."""
        other = self._new_rota("Second line", self.cleo)
        self._duty("activity", other)
        first = self._person_at(10)
        self._rule(first, hourly_limit=1)
        self._new_ticket(0, name="First")
        ticket = self._new_ticket(0)
        self._run(10)
        self.assertTrue(self._of(ticket, first, "email").held_until)
        self._take_for_a_while((self.anna + self.ben - first)[:1], self.rota)
        self._take_for_a_while(self.agent, other)
        self._run(16)
        self._run(26)
        incident = self._incident(ticket)
        self.assertFalse(incident.error)
        live = incident.notification_ids.filtered(lambda line: line._is_live())
        self.assertEqual(live.user_id, first + self.cleo)


class TestWebhooks(MeetingMixin, SnoozeMixin, WebhookCommon):
    def _bodies(self, event):
        return [
            json.loads(line.body)["data"]
            for line in self._lines()
            if line.event == event
        ]

    def test_it_is_said_by_which_channel_people_really_were_notified(self):
        self.policy.step_ids.sorted()[0].write(
            {
                "recipient": "user",
                "user_ids": [Command.set((self.agent + self.leader).ids)],
            }
        )
        self._rule(self.leader, hourly_limit=1)
        self._new_ticket(0)
        ticket = self._new_ticket(0, name="Second")
        self._run(10)
        self.assertTrue(self._of(ticket, self.leader, "email"))
        body = self._bodies("incident.step_fired")[-1]
        self.assertEqual(body["ticket"]["id"], ticket.id)
        self.assertEqual(
            {one["person"]["name"]: one["channel"] for one in body["notified"]},
            {"esc_agent": "activity", "esc_leader": "email"},
        )

    def test_what_sleeps_says_until_when(self):
        ticket = self._new_ticket(0)
        self._run(10)
        with self._at(11):
            self._incident(ticket)._confirm(self.agent, "ticket")
        self._snooze_ticket(ticket, 12, 600)
        bodies = self._bodies("incident.confirmed")
        self.assertEqual(len(bodies), 2)
        self.assertIsNone(bodies[0]["incident"]["snoozed_until"])
        until = self.t0 + timedelta(minutes=600)
        self.assertEqual(
            bodies[1]["incident"]["snoozed_until"], f"{until.isoformat()}Z"
        )
        self.assertFalse(self._bodies("incident.resolved"))


class TestCopies(MeetingMixin, ChatCommon):
    """A copy of the database that is made to test with holds no secret of any wing."""

    SECRET = "s3cretEverywhere"

    def _plant(self):
        self._new_room(address=f"mmost://{self.server.host}/{self.SECRET}aaaaaaaa")
        self.leader._escalation_set_chat_address(
            f"mmost://{self.server.host}/{self.SECRET}bbbbbbbb"
        )
        address = f"https://calls.example.com/{self.SECRET}"
        self.env["helpdesk.escalation.webhook"].create(
            {"name": "Board", "url": address}
        )
        self.env["helpdesk.escalation.heartbeat"].create(
            {"name": "Watch", "url": address}
        )
        self.parameters.set_param("helpdesk_escalation_ai.url", address)
        self.parameters.set_param("helpdesk_escalation_ai.key", self.SECRET)
        rota = OnCallCommon._new_rota.__func__(type(self), "First line", self.agent)
        rota.layer_ids.write({"source": "url", "source_url": f"{address}.ics"})
        self.env["helpdesk.escalation.rota.feed"].with_user(self.agent)._subscribe(rota)

    def _find_in_tables(self, words):
        """Return the columns of the whole database in which some words stand."""
        self.env.cr.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "JOIN information_schema.tables USING (table_schema, table_name) "
            "WHERE table_schema = 'public' AND table_type = 'BASE TABLE' "
            "AND data_type IN ('text', 'character varying', 'jsonb', 'bytea')"
        )
        found = []
        for table, column in self.env.cr.fetchall():
            self.env.cr.execute(
                f'SELECT 1 FROM "{table}" WHERE "{column}"::text LIKE %s LIMIT 1',
                [f"%{words}%"],
            )
            if self.env.cr.rowcount:
                found.append(f"{table}.{column}")
        return found

    def test_a_copy_made_for_testing_holds_no_secret(self):
        self._plant()
        self._new_ticket(0)
        self._run(30)
        self.env.flush_all()
        self.assertGreaterEqual(len(self._find_in_tables(self.SECRET)), 6)
        wings = self.env["ir.module.module"].search(
            [("name", "=like", "helpdesk_escalation%"), ("state", "=", "installed")]
        )
        for statement in get_neutralization_queries(wings.mapped("name")):
            self.env.cr.execute(statement)
        self.env.invalidate_all()
        self.assertEqual(self._find_in_tables(self.SECRET), [])
        feeds = self.env["helpdesk.escalation.rota.feed"].search([])
        self.assertFalse(feeds, "whoever has an address reads the copy by it")
