"""Triggers beside other modules: deadlines of an SLA, and bad ratings."""

from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo.tools import mute_logger

from odoo.addons.helpdesk_escalation_rating.hooks import uninstall_hook

from ..support.common import TEAM
from ..support.triggers import TriggerCommon


class TestSla(TriggerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.closed = cls.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        cls.sla = cls.env["helpdesk.sla"].create(
            {"name": "Two hours", "hours": 2, "stage_id": cls.closed.id}
        )

    def _new_sla_ticket(self, deadline):
        ticket = self._new_ticket(0)
        line = self.env["helpdesk.ticket.sla"].create(
            {"ticket_id": ticket.id, "sla_id": self.sla.id}
        )
        self.assertEqual(line.state, "in_progress")
        self.env.flush_all()
        line.deadline = self._minute(deadline)
        return ticket

    def _minute(self, minute):
        with self._at(minute):
            return self.env["helpdesk.ticket"]._fields["create_date"].now()

    def test_a_deadline_that_passed_or_is_about_to_escalates_at_once(self):
        trigger = self._add_trigger("sla")
        ticket = self._new_sla_ticket(5)
        later = self._new_sla_ticket(8)
        self._run(4)
        self.assertFalse(ticket.escalation_incident_ids)
        self._run(5)
        self.assertEqual(self._causes(ticket), ["SLA: Two hours"])
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        self.assertFalse(later.escalation_incident_ids)
        trigger.sla_minutes = 2
        self._run(6)
        self.assertEqual(self._causes(later), ["SLA: Two hours"])

    def test_an_answered_ticket_stays_quiet(self):
        self._add_trigger("sla")
        ticket = self._new_sla_ticket(5)
        self._staff_answers(ticket, 1)
        self._run(6)
        self.assertFalse(ticket.escalation_incident_ids)

    def test_so_much_of_the_time_is_used_up_without_any_message(self):
        trigger = self._add_trigger("sla_used", sla_percent=80)
        self.policy.step_ids.delay = 10_000
        self.team.resource_calendar_id = self._new_hours(range(7), 0, 24)
        ticket = self._new_sla_ticket(120)
        on_hold = self._new_sla_ticket(120)
        self.env["helpdesk.ticket.sla"].search(
            [("ticket_id", "=", on_hold.id)]
        ).state = "on_hold"
        self._run(95)
        self.assertFalse(ticket.escalation_incident_ids)
        self._run(96)
        self.assertEqual(self._causes(ticket), ["SLA used up: 80 % of Two hours"])
        self.assertEqual(trigger.display_name, "SLA used up: 80 % of the time")
        self.assertFalse(on_hold.escalation_incident_ids)

    def test_what_is_used_up_is_counted_in_the_teams_working_hours(self):
        self._add_trigger("sla_used", sla_percent=50)
        self.policy.step_ids.delay = 10_000
        opening = self.t0.replace(hour=8, minute=0, second=0) + timedelta(days=1)
        first = int((opening - self.t0).total_seconds() // 60)
        self.team.resource_calendar_id = self._new_hours(range(7), 8, 10)
        # Two hours from one hour before closing: until one hour after opening.
        ticket = self._new_sla_ticket(first + 60)
        self._date(ticket, first - 23 * 60)
        self._run(first - 22 * 60 - 5)
        self.assertFalse(ticket.escalation_incident_ids)
        self._run(first - 22 * 60)
        self.assertTrue(ticket.escalation_incident_ids)

    def test_an_impossible_share_is_refused(self):
        for percent in (0, 100):
            with (
                self.subTest(percent),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self._add_trigger("sla_used", sla_percent=percent)

    def test_many_deadlines_are_looked_at_together(self):
        self._add_trigger("sla_used")
        self._new_sla_ticket(120)
        self._run(1)

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._run(1)
            return self.env.cr.sql_log_count - before

        for _number in range(10):
            self._new_sla_ticket(120)
        self._run(1)
        for_ten = count()
        for _number in range(20):
            self._new_sla_ticket(120)
        self._run(1)
        self.assertEqual(count(), for_ten)


class RatingCommon(TriggerCommon):
    def _rate(self, ticket, rate, minute):
        rating = self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "res_id": ticket.id,
                "partner_id": self.client.id,
            }
        )
        ticket.rating_apply(rate, rating=rating, feedback="Well")
        self._date(rating.message_id, minute)


class TestRating(RatingCommon):
    def test_a_bad_rating_of_an_answered_ticket_waits_for_an_answer(self):
        self._add_trigger("rating")
        bad, good = self._new_ticket(0), self._new_ticket(0)
        for ticket, rate in ((bad, 1), (good, 5)):
            self._staff_answers(ticket, 1)
            self._rate(ticket, rate, 2)
        self._run(3)
        self.assertEqual(self._causes(bad), ["Bad rating: 1/5"])
        self.assertEqual(self._told(bad), [(self.agent, "activity")])
        self.assertFalse(good.escalation_incident_ids)
        self._staff_answers(bad, 4)
        self._run(5)
        self.assertEqual(self._incident(bad).resolution, "answered")

    def test_without_the_trigger_a_rating_is_nobodys_word(self):
        ticket = self._new_ticket(0)
        self._staff_answers(ticket, 1)
        self._rate(ticket, 1, 2)
        self._run(30)
        self.assertFalse(ticket.escalation_incident_ids)


class TestRatingOfClosedTicket(RatingCommon):
    """Where most ratings come: nobody waits, and they are a cause of their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._add_trigger("rating")
        stages = cls.env["helpdesk.ticket.stage"]
        cls.closed = stages.search([("closed", "=", True)], limit=1)
        cls.opened = stages.search([("closed", "=", False)], limit=1)

    def _new_rated(self, rate=1, **values):
        """A ticket that was answered, closed, and rated at minute 10."""
        ticket = self._new_ticket(0, **values)
        self._staff_answers(ticket, 1)
        self._close(ticket, 2)
        with self._at(10):
            self._rate(ticket, rate, 10)
        return ticket

    def _close(self, ticket, minute):
        with self._at(minute):
            ticket.stage_id = self.closed
        self.env.flush_all()

    def _assert_ends(self, ticket, minute, resolution):
        self._run(minute)
        self.assertEqual(self._incident(ticket).resolution, resolution)

    def test_the_responsible_then_the_steps(self):
        ticket, good = self._new_rated(), self._new_rated(rate=5)
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        self.assertEqual(self._causes(ticket), ["Bad rating: 1/5"])
        self.assertFalse(good.escalation_incident_ids)
        self.assertIn("Bad rating: 1/5", self._notes(ticket)[0])
        self.assertIn("Bad rating: 1/5", ticket.activity_ids.note)
        self._run(39)
        self.assertEqual(len(self._told(ticket)), 1)
        self._run(40)
        self._run(70)
        self.assertEqual(
            self._told(ticket)[1:],
            [(self.leader, "email"), (self.director, "email")],
        )
        self.assertEqual(self._incident(ticket).kind, "rating")

    def test_the_responsible_is_notified_also_where_no_step_says_so(self):
        self.policy.step_ids[0].unlink()
        ticket = self._new_rated()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        self._run(12)
        self.assertEqual(len(self._told(ticket)), 1, "once")
        self._run(40)
        self.assertEqual(self._told(ticket)[1:], [(self.leader, "email")])

    def test_without_a_responsible_the_first_step_fires_at_once(self):
        self.policy.step_ids[0].unlink()
        ticket = self._new_rated(user_id=False)
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.leader, "email")])

    def test_outside_working_hours_it_waits_for_the_opening(self):
        self.policy.step_ids[0].unlink()
        day = (self.t0 + timedelta(days=2)).weekday()
        self.policy.calendar_id = self._new_hours([day], 8, 17)
        ticket = self._new_rated()
        self._run(11)
        self.assertEqual(self._told(ticket), [])
        midnight = self.t0.replace(hour=0, minute=0, second=0) + timedelta(days=2)
        self._run((midnight - self.t0) / timedelta(minutes=1) + 8 * 60 + 1)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_who_has_the_ticket_instead_is_notified_of_the_rating(self):
        self.policy.step_ids[0].unlink()
        colleague = self._new_user("esc_colleague", TEAM)
        self.team.user_ids += colleague
        ticket = self._new_rated()
        self._run(11)
        ticket.with_user(self.manager).user_id = colleague
        self._run(12)
        self.assertEqual(self._told(ticket)[1:], [(colleague, "activity")])
        self.assertEqual(ticket.activity_ids.user_id, colleague)

    def test_an_answer_ends_it(self):
        ticket = self._new_rated()
        self._run(11)
        self._staff_answers(ticket, 12)
        self._assert_ends(ticket, 13, "answered")
        self.assertFalse(ticket.activity_ids)

    def _waive(self, records, minute, **context):
        """Press the button on tickets or incidents."""
        ticket = records[-1:].ticket_id if "ticket_id" in records else records[-1:]
        before = ticket.message_ids
        name = "action_escalation_no_answer_needed"
        if "ticket_id" in records:
            name = "action_no_answer_needed"
        records = records.with_user(self.agent).with_context(**context)
        with self._at(minute):
            answer = getattr(records, name)()
            self.env.flush_all()
        self._date(ticket.message_ids - before, minute)
        return answer

    def test_a_waiver_ends_it(self):
        for button in ("ticket", "list", "card"):
            with self.subTest(button):
                ticket, other = self._new_rated(), self._new_ticket()
                self._run(11)
                incident = self._incident(ticket)
                mine = ticket.with_user(self.agent)
                self.assertTrue(mine.escalation_may_waive)
                self.assertTrue(incident.with_user(self.agent).may_waive)
                pressed, seen = ticket, mine.escalation_last_message_id
                if button == "list":
                    pressed, seen = other + ticket, None
                elif button == "card":
                    pressed, seen = incident, incident.last_message_id
                answer = self._waive(pressed, 12, escalation_seen_message_id=seen)
                self.assertIs(answer, True)
                self.assertEqual(incident.resolution, "waived")
                self.assertFalse(ticket.activity_ids)
                self.assertFalse(mine.escalation_may_waive)
                self.assertIs(self._waive(ticket, 13), True, "a double click")
                self._run(100)
                self.assertEqual(self._incident(ticket), incident)

    def test_an_earlier_waiver_is_no_waiver_of_it(self):
        ticket = self._new_ticket(0)
        self._staff_answers(ticket, 1)
        self._close(ticket, 2)
        self._client_writes(ticket, 3)
        mine = ticket.with_user(self.agent)
        self._waive(ticket, 4)
        with self._at(10):
            self._rate(ticket, 1, 10)
        self._run(11)
        self.assertTrue(mine.escalation_may_waive)
        self.assertFalse(mine.escalation_may_take_back)
        self.assertIs(self._waive(ticket, 12), True)
        self.assertEqual(self._incident(ticket).resolution, "waived")

    def test_a_waiver_that_is_taken_back_escalates_it_again(self):
        ticket = self._new_rated()
        self._run(11)
        first = self._incident(ticket)
        mine = ticket.with_user(self.agent)
        self._waive(ticket, 12)
        self.assertTrue(mine.escalation_may_take_back)
        with self._at(20):
            self.assertIs(mine.action_escalation_answer_needed(), True)
        self._run(21)
        second = ticket.escalation_incident_ids - first
        self.assertEqual((second.kind, second.state), ("rating", "active"))
        self.assertEqual(second.anchor_date, self.t0 + timedelta(minutes=20))
        self.assertEqual(first.resolution, "waived")

    def test_closing_again_ends_it_and_opening_alone_does_not(self):
        ticket = self._new_rated()
        self._run(11)
        ticket.stage_id = self.opened
        self._run(12)
        incident = ticket.escalation_incident_ids.filtered(lambda i: i.kind == "rating")
        self.assertEqual(incident.state, "active")
        self._close(ticket, 13)
        self._run(14)
        self.assertEqual(incident.resolution, "closed")

    def test_other_ends(self):
        for values, resolution in (
            ({"active": False}, "archived"),
            ({"escalation_muted": True}, "muted"),
        ):
            with self.subTest(resolution=resolution):
                ticket = self._new_rated()
                self._run(11)
                ticket.write(values)
                self._assert_ends(ticket, 12, resolution)

    def test_who_is_on_it_stops_the_steps(self):
        ticket = self._new_rated()
        self._run(11)
        ticket.with_user(self.agent).action_escalation_confirm()
        self._run(100)
        self.assertEqual(len(self._told(ticket)), 1)

    def test_a_second_bad_rating_and_a_muted_ticket_change_nothing(self):
        ticket = self._new_rated()
        self._rate(ticket, 1, 11)
        self._run(12)
        self.assertEqual(len(ticket.escalation_incident_ids), 1)
        muted = self._new_rated(escalation_muted=True)
        self.assertFalse(muted.escalation_incident_ids)

    def test_without_the_glue_nothing_is_left_open(self):
        ticket = self._new_rated()
        self._run(11)
        uninstall_hook(self.env)
        self.assertEqual(self._incident(ticket).state, "resolved")
        self.assertFalse(ticket.activity_ids)
