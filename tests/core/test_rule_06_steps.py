"""R6: steps fire in order of their delay, once a round, whatever happens to them."""

from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.tools import mute_logger

from ..support.common import EscalationCommon


class TestSteps(EscalationCommon):
    def test_delays_count_from_the_anchor_not_from_the_step_before(self):
        ticket = self._new_ticket()
        self._run(29)
        self._run(31)
        self.assertEqual(
            self._told(ticket), [(self.agent, "activity"), (self.leader, "email")]
        )

    def test_a_late_run_fires_all_that_is_due_once(self):
        ticket = self._new_ticket()
        self._run(600)
        self.assertEqual(
            self._told(ticket),
            [
                (self.agent, "activity"),
                (self.leader, "email"),
                (self.director, "email"),
            ],
        )

    @mute_logger("odoo.sql_db")
    def test_a_step_notifies_a_person_once_by_an_index(self):
        ticket = self._new_ticket()
        self._run(11)
        line = self._incident(ticket).notification_ids
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            line.copy({"state": "sent"})
            self.env.flush_all()

    def test_a_person_is_told_once_per_run_and_channel(self):
        ticket = self._new_ticket(user_id=self.leader.id)
        self.policy.step_ids = [
            Command.create({"delay": 20, "recipient": "team_leader"}),
        ]
        self._run(600)
        self.assertEqual(
            self._told(ticket),
            [
                (self.leader, "activity"),
                (self.leader, "email"),
                (self.director, "email"),
            ],
        )
        skipped = self.notifications.search(
            [("ticket_id", "=", ticket.id), ("state", "=", "skipped")]
        )
        self.assertEqual(skipped.user_id, self.leader)
        self.assertEqual(skipped.reason, "Already notified by another step.")
        self.assertFalse(self._incident(ticket).nobody_reached)

    def test_a_fired_step_never_fires_again_also_when_its_delay_is_raised(self):
        ticket = self._new_ticket()
        self._run(11)
        self.policy.step_ids.sorted()[0].delay = 20
        self._run(25)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_a_step_not_yet_fired_follows_its_new_delay(self):
        ticket = self._new_ticket()
        self._run(31)
        self.policy.step_ids.sorted()[2].delay = 25
        self._run(32)
        self.assertEqual(self._told(ticket)[2:], [(self.director, "email")])

    def test_a_deleted_step_is_skipped_and_its_history_stays(self):
        ticket = self._new_ticket()
        self._run(11)
        first, second, _third = self.policy.step_ids.sorted()
        (first + second).unlink()
        self._run(40)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        self._run(61)
        self.assertEqual(self._told(ticket)[1:], [(self.director, "email")])
        notifications = self._incident(ticket).notification_ids
        self.assertIn("the responsible", notifications[0].step_name)

    def test_a_step_added_meanwhile_fires_when_due(self):
        ticket = self._new_ticket()
        self._run(11)
        self.policy.step_ids = [
            Command.create(
                {
                    "delay": 20,
                    "recipient": "user",
                    "user_ids": [Command.set(self.manager.ids)],
                }
            )
        ]
        self._run(21)
        self.assertEqual(self._told(ticket)[1:], [(self.manager, "activity")])

    def test_another_policy_goes_on_beyond_what_has_fired(self):
        ticket = self._new_ticket()
        self._run(31)
        other = self._new_policy(
            "Other",
            {"delay": 5, "recipient": "responsible"},
            {"delay": 30, "recipient": "responsible"},
            {
                "delay": 40,
                "recipient": "user",
                "user_ids": [Command.set(self.manager.ids)],
            },
        )
        ticket.escalation_policy_id = other
        self._run(35)
        self.assertEqual(len(self._told(ticket)), 2)
        self._run(41)
        self.assertEqual(self._told(ticket)[2:], [(self.manager, "activity")])
        self.assertEqual(self._incident(ticket).policy_id, other)

    def test_several_steps_at_the_same_minute_all_fire(self):
        self.policy.step_ids.delay = 15
        ticket = self._new_ticket()
        self._run(16)
        self.assertEqual(len(self._told(ticket)), 3)

    def test_a_step_without_delay_fires_at_the_next_run(self):
        self.policy.step_ids.sorted()[0].delay = 0
        ticket = self._new_ticket()
        self._run(0)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_the_tickets_chatter_tells_the_story_to_staff_only(self):
        ticket = self._new_ticket()
        before = len(self._notes(ticket))
        self._run(11)
        self._incident(ticket)._confirm(self.leader, "dashboard")
        self._staff_answers(ticket, 15)
        opening, confirmation, end = self._notes(ticket)[before:]
        self.assertIn("Escalation opened by the policy Standard", opening)
        self.assertIn("Notified: esc_agent", opening)
        self.assertIn("esc_leader is on it", confirmation)
        self.assertIn("Escalation ended: answered by esc_agent", end)
        portal = self._new_user("esc_portal", "base.group_portal", email="p@x.example")
        portal.partner_id.parent_id = self.client_company
        shown = (
            self.env["mail.message"]
            .with_user(portal)
            .search([("model", "=", "helpdesk.ticket"), ("res_id", "=", ticket.id)])
        )
        for message in shown:
            self.assertNotIn("scalation", message.preview)
