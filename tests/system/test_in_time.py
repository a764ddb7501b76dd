"""R13: besides its 5 minutes the job comes when the next step falls due."""

from datetime import timedelta

from odoo.fields import Datetime

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
