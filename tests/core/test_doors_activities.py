"""S7: nobody silences an escalation by what they do with somebody's activity."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import mute_logger

from ..support.activities import TYPE, ActivityCommon
from ..support.common import OWN, USER


class TestOneIsNotified(ActivityCommon):
    """At minute 10 the agent has an activity; the leader's mail is due at 30."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent.name = "Anna Agent"
        cls.leader.name = "Lea Leader"
        cls.employee = cls._new_user("esc_employee", USER, name="Emil Employee")
        cls.ticket = cls._new_ticket(0, partner_id=cls.employee.partner_id.id)

    def setUp(self):
        super().setUp()
        self._run(10)
        self.incident = self._incident(self.ticket)
        self.assertEqual(self._told(self.ticket), [(self.agent, "activity")])

    # ------------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------------

    @mute_logger("odoo.models")
    def test_s7_the_tickets_own_client_takes_nobodys_activity_away(self):
        """An employee, who may edit the ticket and so all its activities."""
        activity = self._activity(self.agent).with_user(self.employee)
        self.assertTrue(activity.has_access("write"))
        for name, take_away in self._ways_to_take_away(self.ticket):
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                with self.assertRaisesRegex(AccessError, "notifies Anna Agent"):
                    take_away(activity)
                savepoint.rollback()
        for give in (self.employee, self.leader):
            with self.assertRaisesRegex(AccessError, "notifies Anna Agent"):
                activity.user_id = give
        self.env.invalidate_all()
        self.assertEqual(self._line(self.agent).state, "sent")
        self.assertEqual(self._activity(self.agent).user_id, self.agent)
        self._run(12)
        self.assertEqual(self._told(self.ticket), [(self.agent, "activity")])

    def test_s7_the_client_marks_nobodys_activity_done(self):
        activity = self._activity(self.agent).with_user(self.employee)
        ticket = self.ticket.with_user(self.employee)
        for done in (
            activity.action_done,
            activity.action_feedback,
            activity.action_done_schedule_next,
            activity.action_feedback_schedule_next,
            activity.action_done_redirect_to_other,
            lambda: ticket.activity_feedback([TYPE]),
        ):
            with self.assertRaisesRegex(AccessError, "not its own client"):
                done()
        self.assertTrue(activity.active)
        self.assertEqual(self.incident.state, "active")

    def test_s7_a_colleague_who_may_confirm_marks_it_done_and_is_on_it(self):
        activity = self._activity(self.agent)
        with self._at(11):
            activity.with_user(self.leader).action_feedback(feedback="Mine")
        self.assertEqual(self.incident.state, "confirmed")
        self.assertEqual(self.incident.confirmed_by_id, self.leader)
        self.assertEqual(self.incident.confirmed_via, "activity")
        self.assertFalse(activity.active)
        line = self.incident.notification_ids
        self.assertEqual((line.state, line.activity_id), ("sent", activity))
        self.assertFalse(line.removed_by_id)

    def test_s7_whoever_may_edit_what_an_activity_says_may_still(self):
        activity = self._activity(self.agent).with_user(self.leader)
        with Form(activity) as form:
            form.summary = "Call them"
        activity.note = "<p>Their number is on the ticket</p>"
        self.assertEqual(self._line(self.agent).state, "sent")
        self._run(12)
        self.assertEqual(len(self._told(self.ticket)), 1)

    def test_s7_another_activity_of_the_ticket_is_anybodys(self):
        for user in (self.employee, self.leader):
            todo = self.ticket.activity_schedule(
                "mail.mail_activity_data_todo", user_id=self.agent.id
            ).with_user(user)
            todo.action_reschedule_nextweek()
            todo.unlink()
        self.assertFalse(self.incident.nobody_reached)

    # ------------------------------------------------------------------
    # It leaves a trace, and passes on
    # ------------------------------------------------------------------

    @mute_logger("odoo.models")
    def test_s7_whatever_takes_the_only_activity_away_passes_on(self):
        for name, take_away in self._ways_to_take_away(self.ticket):
            for user in (self.leader, self.agent):
                with self.subTest(name, by=user.name):
                    activity = self._activity(self.agent).with_user(user)

                    def take(activity=activity, take_away=take_away, user=user):
                        with self._at(11):
                            take_away(activity)
                        line = self.incident.notification_ids
                        self.assertEqual(line.state, "cancelled")
                        self.assertEqual(line.removed_by_id, user)
                        self.assertIn(f" by {user.name}.", line.reason)
                        self._assert_story(user)
                        self._run(12)
                        self.assertEqual(
                            self._told(self.ticket),
                            [(self.agent, "activity"), (self.leader, "email")],
                        )

                    self._apart(take)

    def _assert_story(self, user):
        notes = self._notes(self.ticket)[-2:]
        self.assertIn(f"{user.name} ", notes[0])
        self.assertIn("the notification of Anna Agent.", notes[0])
        self.assertIn("Nobody who was notified is left", notes[1])
        stop = self.incident._get_story()[1]
        self.assertIn(user.name, stop["lines"][0]["reason"])

    def test_s7_the_run_comes_at_once(self):
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        triggers.unlink()
        self._activity(self.agent).with_user(self.agent).unlink()
        (trigger,) = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.cron.id)]
        )
        self.assertLessEqual(trigger.call_at, fields.Datetime.now())

    def test_s7_after_the_last_step_the_fallback_is_notified(self):
        """Somebody else than the person who did not want it, if there is anybody."""
        self.policy.write({"fallback_user_id": self.agent.id})
        self.policy.step_ids.sorted()[1:].unlink()
        self._activity(self.agent).with_user(self.agent).unlink()
        self._run(12)
        self.assertEqual(self._told(self.ticket)[1:], [(self.leader, "activity")])
        self._activity(self.leader).with_user(self.leader).unlink()
        self._run(13)
        self.assertIn((self.manager, "activity"), self._told(self.ticket)[2:])

    def test_s7_silence_is_no_outcome_even_when_nobody_wants_it(self):
        self.policy.write({"fallback_user_id": self.agent.id})
        self.policy.step_ids.sorted()[1:].unlink()
        managers = self.env.ref("helpdesk_mgmt.group_helpdesk_manager").all_user_ids
        wanted = (
            self.agent
            + self.leader
            + managers.filtered(
                lambda user: user.active and self.env.company in user.company_ids
            )
        )
        for minute in range(11, 11 + len(wanted)):
            for activity in self.ticket.activity_ids:
                activity.with_user(activity.user_id).unlink()
            self._run(minute)
        self.assertTrue(self.ticket.activity_ids.user_id, "asked again")
        self.assertFalse(self.incident.nobody_reached)

    def test_s7_a_person_who_is_archived_leaves_nobody_waiting(self):
        """Odoo deletes what they had to do."""
        self.agent.with_user(self.env.ref("base.user_admin")).action_archive()
        self.assertFalse(self._line(self.agent).activity_id)
        self._run(12)
        self.assertEqual(self._told(self.ticket)[1:], [(self.leader, "email")])

    def test_s7_what_the_system_marks_done_in_the_clients_name_passes_on(self):
        """Another module, as superuser: it is not stopped, and silences nothing."""
        activity = self._activity(self.agent)
        activity.with_user(self.employee).sudo().action_feedback()
        self.assertFalse(activity.active)
        self.assertEqual(self.incident.state, "active")
        self.assertEqual(self._line(self.agent).removed_by_id, self.employee)
        self._run(12)
        self.assertEqual(self._told(self.ticket)[1:], [(self.leader, "email")])

    def test_s7_sooner_is_no_trace(self):
        yesterday = fields.Date.today() - timedelta(days=1)
        activity = self._activity(self.agent)
        activity.with_user(self.leader).date_deadline = yesterday
        activity.with_user(self.leader).action_reschedule_today()
        self.assertEqual(self._line(self.agent).state, "sent")
        self.assertFalse(self._line(self.agent).removed_by_id)

    # ------------------------------------------------------------------
    # Handing over
    # ------------------------------------------------------------------

    def test_s7_reassigned_the_new_person_is_notified_by_it(self):
        activity = self._activity(self.agent)
        activity.with_user(self.agent).user_id = self.leader
        old, new = self.incident.notification_ids
        self.assertEqual((old.state, old.removed_by_id), ("cancelled", self.agent))
        self.assertEqual(old.reason, "Reassigned to Lea Leader by Anna Agent.")
        self.assertFalse(old.activity_id)
        self.assertEqual((new.user_id, new.state), (self.leader, "sent"))
        self.assertEqual(new.activity_id, activity)
        self.assertEqual(self.incident.notified_user_ids, self.leader)
        self.assertIn("to Lea Leader", self._notes(self.ticket)[-1])
        self._run(12)
        self.assertEqual(len(self._told(self.ticket)), 2, "it goes on in its time")
        with self._at(13):
            activity.with_user(self.leader).action_feedback()
        self.assertEqual(self.incident.confirmed_by_id, self.leader)

    def test_s7_reassigned_and_back_and_removed_it_passes_on(self):
        activity = self._activity(self.agent)
        activity.with_user(self.agent).user_id = self.leader
        activity.with_user(self.leader).user_id = self.agent
        self.assertEqual(self.incident.notified_user_ids, self.agent)
        self.assertFalse(self.incident.nobody_reached)
        activity.with_user(self.agent).unlink()
        self.assertTrue(self.incident.nobody_reached)
        self._run(12)
        self.assertEqual(self._told(self.ticket)[-1], (self.leader, "email"))

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_s7_it_is_reassigned_to_nobody_who_could_not_take_it(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        strangers = (
            self.employee,
            self._new_user("esc_portal", "base.group_portal"),
            self._new_user("esc_clerk", "base.group_user"),
            self._new_user("esc_own_stranger", OWN),
            self._new_user(
                "esc_elsewhere",
                USER,
                company_id=elsewhere.id,
                company_ids=[Command.set(elsewhere.ids)],
            ),
        )
        activity = self._activity(self.agent)
        for user in (self.agent, self.leader):
            for stranger in strangers:
                with self.subTest(stranger.login, by=user.login):
                    with self.assertRaisesRegex(UserError, "cannot take this"):
                        activity.with_user(user).user_id = stranger
            with self.assertRaisesRegex(UserError, "cannot take this"):
                self.ticket.with_user(user).activity_reschedule(
                    [TYPE], new_user_id=self.employee.id
                )
        self.assertEqual(activity.user_id, self.agent)

    def test_s7_reassigned_for_next_week_is_put_off(self):
        self.ticket.with_user(self.agent).activity_reschedule(
            [TYPE], date_deadline=self._tomorrow(), new_user_id=self.leader.id
        )
        self.assertIn("Put off by", self.incident.notification_ids.reason)
        self._run(12)
        self.assertEqual(self._told(self.ticket)[1:], [(self.leader, "email")])

    # ------------------------------------------------------------------
    # What is no removal
    # ------------------------------------------------------------------

    def test_s7_who_is_on_it_does_as_they_like_with_their_own(self):
        with self._at(11):
            self.ticket.with_user(self.agent).action_escalation_confirm()
        notes = self._notes(self.ticket)
        activity = self._activity(self.agent).with_user(self.agent)
        activity.action_reschedule_nextweek()
        activity.unlink()
        line = self._line(self.agent)
        self.assertEqual((line.state, line.reason), ("sent", False))
        self.assertEqual(self.incident.state, "confirmed")
        self.assertEqual(self._notes(self.ticket), notes)

    @mute_logger("odoo.models")
    def test_s7_the_client_removes_not_what_reminds_who_is_on_it(self):
        with self._at(11):
            self.ticket.with_user(self.agent).action_escalation_confirm()
        activity = self._activity(self.agent)
        for name, take_away in self._ways_to_take_away(self.ticket):
            with self.subTest(name), self.assertRaises(AccessError):
                take_away(activity.with_user(self.employee))
        activity.with_user(self.leader).unlink()
        self.assertEqual(self._line(self.agent).removed_by_id, self.leader)
        self._run(12)
        self.assertEqual(self.incident.state, "confirmed")
        self.assertEqual(len(self._told(self.ticket)), 1)

    def test_s7_what_we_take_back_ourselves_leaves_no_trace(self):
        def confirm():
            self.ticket.with_user(self.leader).action_escalation_confirm()

        def resolve():
            self._staff_answers(self.ticket, 11, self.leader)
            self._run(12)

        for end in (confirm, resolve):

            def look(end=end):
                end()
                line = self.incident.notification_ids
                self.assertFalse(line.activity_id)
                self.assertFalse(line.reason or line.removed_by_id)
                self.assertFalse(self.incident.nobody_reached)

            self._apart(look)

    def test_s7_a_ticket_goes_with_all_that_is_there(self):
        activity = self._activity(self.agent)
        self.ticket.unlink()
        self.assertFalse(activity.exists())
        self.assertFalse(self.incident.exists())
        self._run(12)


class TestTwoAreNotified(ActivityCommon):
    """Agent and leader have an activity each; the director's turn comes at 30."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        both = [Command.set((cls.agent + cls.leader).ids)]
        cls.policy = cls.team.escalation_policy_id = cls._new_policy(
            "Both",
            {"delay": 10, "recipient": "user", "user_ids": both},
            {
                "delay": 30,
                "recipient": "user",
                "user_ids": [Command.set(cls.director.ids)],
            },
        )
        cls.ticket = cls._new_ticket(0)

    def setUp(self):
        super().setUp()
        self._run(10)
        self.incident = self._incident(self.ticket)

    def test_s7_while_somebody_is_left_it_goes_on_in_its_time(self):
        self._activity(self.agent).with_user(self.agent).unlink()
        self.assertEqual(self._line(self.agent).state, "cancelled")
        self.assertFalse(self.incident.nobody_reached)
        self._run(12)
        self.assertEqual(len(self._told(self.ticket)), 2)
        self._activity(self.leader).with_user(self.leader).action_cancel()
        self._run(13)
        self.assertEqual(self._told(self.ticket)[2:], [(self.director, "activity")])

    def test_s7_all_of_them_at_once_pass_on(self):
        self.ticket.activity_ids.with_user(self.leader).unlink()
        self.assertEqual(
            set(self.incident.notification_ids.mapped("state")), {"cancelled"}
        )
        self._run(12)
        self.assertEqual(self._told(self.ticket)[2:], [(self.director, "activity")])

    def test_s7_who_is_archived_is_nobody_who_is_left(self):
        """By a plain write, as an import does; their activity stays."""
        self.leader.active = False
        self.assertTrue(self._activity(self.leader))
        self._activity(self.agent).with_user(self.agent).unlink()
        self._run(12)
        self.assertEqual(self._told(self.ticket)[2:], [(self.director, "activity")])

    def test_s7_a_mail_on_its_way_or_sent_still_notifies(self):
        self.policy.step_ids.sorted()[1].write({"delay": 20, "channel": "email"})
        self._run(20)
        self.ticket.activity_ids.with_user(self.agent).unlink()
        self.assertFalse(self.incident.nobody_reached)
        mail = self._told(self.ticket)[2:]
        self._run(22)
        self.assertEqual(self._told(self.ticket)[2:], mail)

    def test_s7_of_several_incidents_each_has_its_own_trace(self):
        other = self._new_ticket(0)
        self._run(11)
        activities = (self.ticket + other).activity_ids.filtered(
            lambda activity: activity.user_id == self.agent
        )
        self.assertEqual(len(activities), 2)
        activities.with_user(self.leader).action_archive()
        for ticket in self.ticket + other:
            lines = self._incident(ticket).notification_ids
            self.assertEqual(lines.mapped("state"), ["cancelled", "sent"])
            self.assertIn("removed the notification", self._notes(ticket)[-1])
