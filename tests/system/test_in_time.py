"""R13: besides its 5 minutes the job comes when the next step falls due."""

from datetime import timedelta

from odoo.fields import Datetime

from odoo.addons.helpdesk_escalation.tools.working_time import WorkingTime

from ..support.common import EscalationCommon


class TestInTime(EscalationCommon):
    def setUp(self):
        super().setUp()
        self.cron.nextcall = self.t0 - timedelta(minutes=1)
        self.ticket = self._new_ticket()

    def _triggers(self):
        """The minutes at which the job is to come."""
        self.env.invalidate_all()
        moments = (
            self.env["ir.cron.trigger"]
            .search([("cron_id", "=", self.cron.id)])
            .mapped("call_at")
        )
        return sorted((moment - self.t0) / timedelta(minutes=1) for moment in moments)

    def _run(self, minute):
        """Run as the scheduler does: its next regular time is set only afterwards."""
        super()._run(minute)
        self.cron.nextcall = self.t0 - timedelta(minutes=1)

    def test_it_comes_for_the_first_step_and_then_for_each(self):
        self._run(6)
        self.assertEqual(self._triggers(), [10])
        self._run(27)
        self.assertEqual(self._triggers()[-1], 30)
        self._run(58)
        self.assertEqual(self._triggers()[-1], 60)

    def test_triggers_do_not_pile_up(self):
        for minute in range(1, 10):
            self._run(minute)
        self.assertEqual(self._triggers(), [10])

    def test_none_when_the_job_comes_by_then_anyway(self):
        self._run(4)
        self.assertEqual(self._triggers(), [])
        self.cron.nextcall = Datetime.add(self.t0, minutes=9)
        EscalationCommon._run(self, 8)
        self.assertEqual(self._triggers(), [])

    def test_the_earliest_of_all_counts(self):
        self._new_ticket(minute=-7)
        self._run(1)
        self.assertEqual(self._triggers(), [3])

    def test_it_comes_when_a_confirmation_expires(self):
        self.policy.confirm_expiry = 45
        self._run(11)
        with self._at(12):
            self._incident(self.ticket)._confirm(self.leader, "dashboard")
        self._run(53)
        self.assertEqual(self._triggers()[-1], 57)

    def test_only_who_falls_due_before_the_job_comes_anyway_is_read(self):
        """Whoever has not waited long enough costs a run a look, and no row."""
        engine = self.env["helpdesk.escalation.engine"]
        for minute, expected in ((4, []), (6, self.ticket.ids), (10, self.ticket.ids)):
            with self.subTest(minute=minute):
                moment = self.t0 + timedelta(minutes=minute)
                waits = engine._find_work(engine._get_plan(moment)).waits
                self.assertEqual([wait.ticket_id for wait in waits], expected)

    def test_what_falls_due_before_the_closing_is_not_left_to_the_next_day(self):
        """Also where the job comes anyway only after the closing."""
        opening, closing = (self.t0 + timedelta(minutes=minute) for minute in (0, 12))
        hours = WorkingTime([(opening, closing)])
        after = closing + timedelta(minutes=3)
        self.assertIsNone(hours.cutoff(after, 10))
        self.assertEqual(
            hours.cutoff(after, 10, even_closed=True), closing - timedelta(minutes=10)
        )
        engine = self.env["helpdesk.escalation.engine"]
        plan = engine._get_plan(self.t0 + timedelta(minutes=8))
        plan.working_times[self.policy.id] = hours
        plan.regular_call = after
        plan.coming = engine._get_coming(plan)
        waits = engine._read_waits(plan, self.ticket.ids)
        self.assertEqual([wait.ticket_id for wait in waits], self.ticket.ids)
        self.assertFalse(waits[0].is_due)
