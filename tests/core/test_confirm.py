"""R10, "I'm on it" said in Odoo: who, when and how is kept, and peace returns."""

from contextlib import closing

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import AccessError
from odoo.service.model import retrying
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from ..support.common import USER, EscalationCommon


class TestConfirm(EscalationCommon):
    """At minute 30 agent and leader have an activity each and the director a mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent.name = "Anna Agent"
        both = [Command.set((cls.agent + cls.leader).ids)]
        cls.policy = cls.team.escalation_policy_id = cls._new_policy(
            "Both",
            {"delay": 10, "recipient": "user", "user_ids": both},
            {
                "delay": 30,
                "recipient": "user",
                "user_ids": [Command.set(cls.director.ids)],
                "channel": "email",
            },
            {
                "delay": 60,
                "recipient": "user",
                "user_ids": [Command.set(cls.manager.ids)],
                "channel": "email",
            },
        )
        cls.ticket = cls._new_ticket(minute=0)

    def setUp(self):
        super().setUp()
        self._run(30)
        self.incident = self._incident(self.ticket)
        self.told = self._told(self.ticket)
        self.mail = self._notification(self.director).mail_id

    def _notification(self, user):
        return self.incident.notification_ids.filtered(lambda n: n.user_id == user)

    def _activity(self, user):
        return self._notification(user).activity_id

    def _assert_confirmed(self, user, via, minute):
        self.assertEqual(self.incident.state, "confirmed")
        self.assertEqual(self.incident.confirmed_by_id, user)
        self.assertEqual(self.incident.confirmed_via, via)
        passed = self.incident.confirmed_date - self.t0
        self.assertEqual(passed.total_seconds(), minute * 60)

    def test_a_mail_taken_back_is_removed_once_the_queue_is_through_with_it(self):
        with self._at(31):
            self.incident._confirm(self.leader, "ticket")
        self._assert_not_sent(self.mail)
        self._run(35)
        self.assertTrue(self.mail.exists())
        self._run(100)
        self.assertFalse(self.mail.exists())

    def test_a_mail_that_failed_before_is_removed_too(self):
        self.mail.state = "exception"
        with self._at(31):
            self.incident._confirm(self.leader, "ticket")
        self._run(100)
        self.assertFalse(self.mail.exists())

    def _assert_peace(self):
        """No mail goes out any more, and no further step fires."""
        self._assert_not_sent(self.mail)
        self.assertEqual(self._notification(self.director).state, "cancelled")
        self._client_writes(self.ticket, 50)
        self._run(60)
        self._run(600)
        self.assertFalse(self._notification(self.manager))
        self.assertEqual(self._told(self.ticket), self.told)
        self.assertEqual(self.incident.state, "confirmed")

    # ------------------------------------------------------------------
    # Ways to say it
    # ------------------------------------------------------------------

    def test_on_the_ticket(self):
        with self._at(40):
            answer = self.ticket.with_user(self.agent).action_escalation_confirm()
        self.assertIs(answer, True)
        self._assert_confirmed(self.agent, "ticket", 40)
        self.assertEqual(
            self.ticket.activity_ids,
            self._activity(self.agent),
            "who is on it keeps their own activity, the others are left in peace",
        )
        self._assert_peace()

    def test_on_the_dashboard(self):
        with self._at(41):
            answer = self.incident.with_user(self.leader).action_confirm()
        self.assertIs(answer, True)
        self._assert_confirmed(self.leader, "dashboard", 41)
        self.assertEqual(self.ticket.activity_ids, self._activity(self.leader))
        self._assert_peace()

    def test_by_marking_the_activity_done(self):
        for button in ("action_feedback", "action_done"):
            with self.subTest(button), closing(self.env.cr.savepoint()) as savepoint:
                activity = self._activity(self.agent)
                with self._at(42):
                    getattr(activity.with_user(self.agent), button)()
                self.assertFalse(activity.active, "it is done and kept as Odoo does")
                self.assertFalse(self.ticket.activity_ids)
                self._assert_confirmed(self.agent, "activity", 42)
                self._assert_peace()
                savepoint.rollback()
            self.env.invalidate_all()

    def test_by_somebody_who_was_not_told(self):
        with self._at(43):
            self.ticket.with_user(self.manager).action_escalation_confirm()
        self._assert_confirmed(self.manager, "ticket", 43)
        self.assertFalse(self.ticket.activity_ids)

    def test_by_somebody_told_who_is_not_in_the_helpdesk(self):
        with self._at(44):
            self.ticket.with_user(self.director).action_escalation_confirm()
        self._assert_confirmed(self.director, "ticket", 44)

    def test_the_chatter_says_who_and_only_once(self):
        self.ticket.with_user(self.agent).action_escalation_confirm()
        self.ticket.with_user(self.agent).action_escalation_confirm()
        self._client_writes(self.ticket, 50)
        notes = self.ticket.message_ids.filtered(lambda m: "is on it" in m.body)
        self.assertEqual(notes.mapped("preview"), ["Anna Agent is on it."])
        self.assertEqual(notes.author_id, self.agent.partner_id)
        self.assertTrue(notes.is_internal)
        self.assertFalse(notes.notification_ids, "nobody is bothered with it")
        self.assertFalse(notes.escalation_party, "and it is no answer")

    def test_only_an_answer_ends_a_confirmed_incident(self):
        self.ticket.with_user(self.agent).action_escalation_confirm()
        self._staff_answers(self.ticket, 50)
        self._run(60)
        self.assertEqual(self.incident.state, "resolved")
        self.assertEqual(self.incident.confirmed_by_id, self.agent, "history is kept")
        self.assertFalse(self.ticket.activity_ids)

    # ------------------------------------------------------------------
    # Late and double clicks
    # ------------------------------------------------------------------

    def _assert_kind(self, answer, words):
        self.assertEqual(answer["tag"], "display_notification")
        self.assertEqual(answer["params"]["type"], "info")
        self.assertIn(words, answer["params"]["message"])

    def test_a_double_click_is_no_news(self):
        with self._at(40):
            self.incident.with_user(self.agent).action_confirm()
        with self._at(45):
            self.assertIs(self.incident.with_user(self.agent).action_confirm(), True)
            ticket = self.ticket.with_user(self.agent)
            self.assertIs(ticket.action_escalation_confirm(), True)
        self._assert_confirmed(self.agent, "dashboard", 40)

    def test_who_comes_late_hears_who_is_on_it(self):
        with self._at(40):
            self.incident.with_user(self.agent).action_confirm()
        with self._at(45):
            for late in (
                self.incident.with_user(self.leader).action_confirm,
                self.ticket.with_user(self.leader).action_escalation_confirm,
            ):
                self._assert_kind(late(), "Anna Agent has been on it since ")
        self._assert_confirmed(self.agent, "dashboard", 40)

    def test_a_late_click_does_not_reopen_what_is_settled(self):
        ticket = self.ticket.with_user(self.agent)
        self._staff_answers(self.ticket, 40)
        self._run(41)
        ended = self.incident.read()
        with self._at(45):
            for late in (
                self.incident.with_user(self.leader).action_confirm,
                ticket.action_escalation_confirm,
            ):
                self._assert_kind(late(), "Resolved at ")
        self.assertEqual(self.incident.read(), ended)

    def test_a_ticket_that_never_escalated_has_nothing_to_confirm(self):
        ticket = self._new_ticket(minute=30)
        self.assertIs(ticket.with_user(self.agent).action_escalation_confirm(), True)
        self.assertFalse(ticket.escalation_incident_ids)

    def test_several_at_once_and_one_of_them_late(self):
        tickets = self.ticket + self._new_ticket(0) + self._new_ticket(0)
        self._run(31)
        incidents = self.incidents.search([("ticket_id", "in", tickets.ids)])
        self.assertEqual(len(incidents), 3)
        with self._at(40):
            self.incident.with_user(self.leader).action_confirm()
            self.leader.name = "Lea Leader"
            answer = incidents.with_user(self.agent).action_confirm()
        self._assert_kind(answer, "Lea Leader has been on it since ")
        self.assertEqual(set(incidents.mapped("state")), {"confirmed"})
        self.assertEqual((incidents - self.incident).confirmed_by_id, self.agent)
        self._assert_confirmed(self.leader, "dashboard", 40)

    def test_of_several_at_once_ones_own_stays_as_it_is(self):
        """One of them is the employee's own ticket: nobody hushes up their own wait."""
        other = self._new_ticket(0, partner_id=self.manager.partner_id.id)
        self._run(31)
        incidents = self.incident + self._incident(other)
        answer = incidents.with_user(self.manager).action_confirm()
        self._assert_kind(answer, "1 of 2 stay as they are")
        self.assertEqual(self._incident(other).state, "active")
        self.assertEqual(self.incident.confirmed_by_id, self.manager)

    # ------------------------------------------------------------------
    # People handle their activities as they like
    # ------------------------------------------------------------------

    def test_a_cancelled_activity_stops_nothing(self):
        self._activity(self.agent).with_user(self.agent).unlink()
        self.assertEqual(self.incident.state, "active")
        self._run(60)
        self.assertEqual(self._told(self.ticket)[-1], (self.manager, "email"))
        self.ticket.with_user(self.agent).action_escalation_confirm()
        self.assertEqual(self.incident.state, "confirmed")
        self.assertFalse(self.ticket.activity_ids)

    def test_whoever_has_taken_over_an_activity_is_on_it_when_done(self):
        activity = self._activity(self.agent)
        activity.user_id = self.manager
        with self._at(40):
            activity.with_user(self.manager).action_feedback()
        self._assert_confirmed(self.manager, "activity", 40)
        self.assertFalse(self.ticket.activity_ids)

    def test_an_activity_handed_on_goes_with_the_others(self):
        self._activity(self.agent).user_id = self.manager
        self.ticket.with_user(self.agent).action_escalation_confirm()
        self.assertFalse(self.ticket.activity_ids)

    def test_who_has_taken_over_an_activity_keeps_it(self):
        self._activity(self.agent).user_id = self.manager
        self.ticket.with_user(self.manager).action_escalation_confirm()
        self.assertEqual(self.ticket.activity_ids.user_id, self.manager)

    def test_whom_the_system_gives_an_activity_is_notified_and_may_take_it(
        self,
    ):
        clerk = self._new_user("esc_clerk", "base.group_user")
        activity = self._activity(self.agent)
        activity.user_id = clerk
        self.assertEqual(self._notification(clerk).activity_id, activity)
        with self._at(40):
            activity.with_user(clerk).action_feedback()
        self._assert_confirmed(clerk, "activity", 40)

    def test_another_activity_done_is_not_ours(self):
        activity = self.ticket.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.agent.id
        )
        activity.with_user(self.agent).action_feedback()
        self.assertEqual(self.incident.state, "active")

    def test_all_activities_done_at_once(self):
        activities = self.ticket.activity_ids
        self.assertEqual(len(activities), 2)
        with self._at(40):
            activities.with_user(self.leader).action_feedback()
        self._assert_confirmed(self.leader, "activity", 40)

    def test_an_activity_done_late_is_just_done(self):
        self.leader.name = "Lea Leader"
        with self._at(40):
            self.ticket.with_user(self.leader).action_escalation_confirm()
        todo = self._activity(self.leader)
        todo.user_id = self.agent
        with self._at(45):
            todo.with_user(self.agent).action_feedback()
        self.assertFalse(todo.active)
        self._assert_confirmed(self.leader, "ticket", 40)

    # ------------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------------

    def test_not_the_tickets_client_even_if_an_employee(self):
        employee = self._new_user("esc_employee", USER)
        self.ticket.partner_id = employee.partner_id
        for attempt in (
            self.ticket.with_user(employee).action_escalation_confirm,
            self.incident.with_user(employee).action_confirm,
        ):
            with self.assertRaisesRegex(AccessError, "not its own client"):
                attempt()
        activity = self._activity(self.agent)
        activity.user_id = employee
        with self.assertRaisesRegex(AccessError, "not its own client"):
            activity.with_user(employee).action_feedback()
        self.assertTrue(activity.active)
        self.assertEqual(self.incident.state, "active")
        self.assertFalse(self.incident.with_user(employee).may_confirm)
        self.assertFalse(self.ticket.with_user(employee).escalation_may_confirm)
        self.assertTrue(self.incident.with_user(self.agent).may_confirm)
        self.assertTrue(self.ticket.with_user(self.agent).escalation_may_confirm)

    def test_nor_by_another_contact_of_theirs(self):
        employee = self._new_user("esc_employee", USER)
        self.team.user_ids |= employee
        cards = self.env["res.partner"].create(
            [
                {
                    "name": "Employee, private",
                    "email": "employee@private.example",
                    "parent_id": employee.partner_id.id,
                },
                {"name": "Employee again", "email": employee.email},
            ]
        )
        for contact in cards:
            with self.subTest(contact.name):
                self.ticket.partner_id = contact
                self.env.invalidate_all()
                ticket = self.ticket.with_user(employee)
                incident = self.incident.with_user(employee)
                self.assertFalse(ticket.escalation_may_confirm)
                self.assertFalse(incident.may_confirm)
                self.assertFalse(incident.may_waive)
                self.assertIn("You are the client", incident.confirm_refusal)
                for attempt in (
                    ticket.action_escalation_confirm,
                    ticket.action_escalation_no_answer_needed,
                ):
                    with self.assertRaisesRegex(AccessError, "not its own client"):
                        attempt()
                self.assertTrue(self.incident.with_user(self.agent).may_confirm)


# Two people at once -----------------------------------------------------------


def test_of_two_people_at_once_one_wins_and_the_other_hears_who(registry):
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        users = [
            new_test_user(env, login, USER, name=login) for login in ("Anna", "Bo")
        ]
        policy = env["helpdesk.escalation.policy"].create(
            {
                "name": "At once",
                "step_ids": [
                    Command.create(
                        {
                            "delay": 0,
                            "recipient": "user",
                            "user_ids": [Command.set([user.id for user in users])],
                        }
                    )
                ],
            }
        )
        ticket = env["helpdesk.ticket"].create(
            {"name": "Fire", "description": "!", "escalation_policy_id": policy.id}
        )
        incident_id = (
            env["helpdesk.escalation.incident"]
            .create(
                {
                    "ticket_id": ticket.id,
                    "policy_id": policy.id,
                    "anchor_date": env.cr.now().replace(microsecond=0),
                }
            )
            .id
        )
    answers = []
    with registry.cursor() as anna_cr, registry.cursor() as bo_cr:
        anna, bo = (
            api.Environment(cr, user.id, {})["helpdesk.escalation.incident"].browse(
                incident_id
            )
            for cr, user in zip((anna_cr, bo_cr), users, strict=True)
        )
        assert (anna.state, bo.state) == ("active", "active"), "both see it open"
        with mute_logger("odoo.sql_db"):
            for incident in (anna, bo):
                # As each request does it: an error of concurrency is tried again.
                answers.append(retrying(incident.action_confirm, incident.env))
    with registry.cursor() as cr:
        incident = api.Environment(cr, SUPERUSER_ID, {})[
            "helpdesk.escalation.incident"
        ].browse(incident_id)
        assert incident.state == "confirmed"
        assert incident.confirmed_by_id.name == "Anna"
        notes = incident.ticket_id.message_ids.filtered(lambda m: "on it" in m.body)
        assert notes.mapped("preview") == ["Anna is on it."]
    assert answers[0] is True
    assert "Anna has been on it since" in answers[1]["params"]["message"]
