"""What a run costs in queries: nothing per waiting ticket, little per alarm."""

from datetime import timedelta
from unittest.mock import patch

from odoo.api import Environment

from ..support.common import USER
from ..support.growth import GrowthCommon


class TestQueryGrowth(GrowthCommon):
    def _cost_of_firing(self, count, policy, users=None):
        tickets = self._new_tickets(count, policy, users=users)
        cost = self._count_queries(self._run, 10)
        for ticket in tickets:
            self.assertEqual(len(self._told(ticket)), 1)
        return cost

    def _create_the_same(self, tickets):
        """Create in batches, as Odoo does it, what an in-app step leaves behind."""
        incidents = self.incidents.with_context(
            tracking_disable=True, mail_create_nosubscribe=True
        ).create(
            [
                {
                    "ticket_id": ticket.id,
                    "policy_id": self.in_app.id,
                    "anchor_date": self.t0,
                }
                for ticket in tickets
            ]
        )
        activity_type = self.notifications._activity_type()
        activities = (
            self.env["mail.activity"]
            .with_context(mail_activity_quick_update=True)
            .create(
                [
                    {
                        "res_model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                        "res_id": ticket.id,
                        "activity_type_id": activity_type.id,
                        "user_id": self.agent.id,
                        "summary": "A client waits for an answer",
                    }
                    for ticket in tickets
                ]
            )
        )
        self.notifications.create(
            [
                {
                    "incident_id": incident.id,
                    "step_id": self.in_app.step_ids.id,
                    "user_id": self.agent.id,
                    "channel": "activity",
                    "state": "sent",
                    "activity_id": activity.id,
                }
                for incident, activity in zip(incidents, activities, strict=True)
            ]
        )
        for note in ("Escalation opened.", "Notified: the agent."):
            tickets._message_log_batch(dict.fromkeys(tickets.ids, note))

    def test_waiting_tickets_cost_a_run_nothing(self):
        self._run(0)
        self._new_tickets(10, self.in_app)
        for_ten = self._count_queries(self._run, 5)
        self._new_tickets(30, self.in_app)
        for_forty = self._count_queries(self._run, 5)
        self.assertEqual(for_forty, for_ten)

    def _count_clock_statements(self, minute):
        ask = Environment.execute_query
        with patch.object(
            Environment, "execute_query", autospec=True, side_effect=ask
        ) as asked:
            self._run(minute)
        return sum("partner_chain" in call.args[1].code for call in asked.mock_calls)

    def test_the_clock_is_asked_no_oftener_than_something_changes(self):
        """Its statement takes longer to plan than to run on a few tickets."""
        self._new_tickets(3, self.policy)
        self._run(10)
        # Who waits, and how far each incident is.
        self.assertEqual(self._count_clock_statements(15), 2)
        self._new_tickets(2, self.policy, minute=25)
        # The incidents once more after the lock, and for when the next step is due.
        self.assertEqual(self._count_clock_statements(30), 2 + 2)

    def test_open_incidents_cost_a_run_nothing(self):
        self._cost_of_firing(10, self.policy)
        for_ten = self._count_queries(self._run, 15)
        self._cost_of_firing(30, self.policy)
        for_forty = self._count_queries(self._run, 15)
        self.assertEqual(for_forty, for_ten)

    def test_an_in_app_step_costs_little_more_than_its_records(self):
        self._cost_of_firing(2, self.in_app)
        self._create_the_same(self._new_tickets(2, self.in_app))
        ours = self._cost_of_firing(40, self.in_app)
        theirs = self._count_queries(
            self._create_the_same, self._new_tickets(40, self.in_app)
        )
        self.assertLessEqual(ours / 40, 1.25 * theirs / 40)

    def test_in_app_steps_cost_the_same_however_many_fire_together(self):
        self.assertEqual(self._growth_per_ticket(self.in_app), [0, 0])

    def test_mail_steps_cost_the_same_however_many_fire_together(self):
        self.assertLessEqual(max(self._growth_per_ticket(self.by_mail)), 0)

    def test_in_app_steps_cost_the_same_for_few_people_and_for_many(self):
        people = self.agent
        for number in range(20):
            people += self._new_user(f"esc_agent_{number}", USER)
        self._cost_of_firing(20, self.in_app, people)
        for_five = self._cost_of_firing(20, self.in_app, people[:5])
        for_twenty = self._cost_of_firing(20, self.in_app, people[:20])
        self.assertEqual(for_twenty, for_five)

    def _growth_per_ticket(self, policy):
        """Return what one more ticket costs, from 10 to 25 and from 25 to 40."""
        self._cost_of_firing(2, policy)
        ten, more, forty = (self._cost_of_firing(n, policy) for n in (10, 25, 40))
        return [(more - ten) / 15, (forty - more) / 15]

    # The statistics that PostgreSQL plans by are from before a flood.

    def test_a_first_flood_is_not_compared_all_with_all(self):
        self._assert_a_flood_is_not_compared_all_with_all()

    def test_a_flood_after_all_had_ended_is_not_compared_all_with_all(self):
        before = self._new_tickets(60, self.in_app)
        self._run(10)
        before.stage_id = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        self._assert_a_flood_is_not_compared_all_with_all()

    def _assert_a_flood_is_not_compared_all_with_all(self):
        self.env.flush_all()
        self.env.cr.execute("ANALYZE helpdesk_escalation_incident")
        self._new_tickets(60, self.in_app)
        self._run(10)
        self._new_tickets(60, self.in_app, minute=5)
        engine = self.env["helpdesk.escalation.engine"]
        plan = engine._get_plan(self.t0 + timedelta(minutes=10))
        self.assertEqual(len(engine._read_cases(plan)), 60)
        self.assertLess(self._compared_in_last_query(), 1200)
        self.assertFalse([w for w in engine._read_waits(plan) if w.is_due])
        self.assertLess(self._compared_in_last_query(), 1200)

    def _compared_in_last_query(self):
        """Count the pairs of rows that were compared in vain."""

        def compared(node):
            yield node.get("Rows Removed by Join Filter", 0) * node["Actual Loops"]
            for child in node.get("Plans", ()):
                yield from compared(child)

        cursor = self.env.cr._obj
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {cursor.query.decode()}")
        (([explained],),) = cursor.fetchall()
        return sum(compared(explained["Plan"]))
