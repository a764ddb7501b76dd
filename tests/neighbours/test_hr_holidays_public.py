"""hr_holidays_public: nobody is at work on a public holiday of the OCA's."""

from datetime import datetime, time, timedelta

from odoo import Command

from ..support.common import EscalationCommon


class TestPublicHolidays(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.germany = cls.env.ref("base.de")
        cls.bavaria = cls.env.ref("base.state_de_by")
        cls.env.company.partner_id.write(
            {"country_id": cls.germany.id, "state_id": cls.bavaria.id}
        )
        cls.policy.calendar_id = cls._new_hours(range(7), 0, 24)
        cls.ticket = cls._new_ticket()
        # Today is the holiday: ten minutes of work are over at ten past midnight.
        cls.today = cls.t0.date()
        midnight = datetime.combine(cls.today + timedelta(days=1), time.min)
        cls.reopens = midnight + timedelta(minutes=10)
        cls.minute = (cls.reopens - cls.t0).total_seconds() / 60

    def _new_holiday(self, country=None, **values):
        year = self.env["calendar.public.holiday"].create(
            {"year": self.today.year, "country_id": country and country.id}
        )
        year.line_ids = [
            Command.create({"name": "Assumption", "date": self.today, **values})
        ]

    def _find_moment(self):
        self.env.invalidate_all()
        return self.ticket._find_escalation_next()[self.ticket][1]

    def _assert_fires_at(self, minute):
        self.assertEqual(self._find_moment(), self.t0 + timedelta(minutes=minute))
        self._run(minute - 0.5)
        self.assertFalse(self._told(self.ticket))
        self._run(minute)
        self.assertEqual(self._told(self.ticket), [(self.agent, "activity")])

    def test_no_step_fires_on_a_holiday_and_all_screens_say_so(self):
        self._new_holiday(self.germany)
        first, *_later = self.env["helpdesk.escalation.engine"]._preview(
            self.policy.sudo(), self.ticket.sudo(), self.t0
        )
        self.assertEqual(first.date, self.reopens)
        worked = self.policy._get_working_times()[self.policy.id]
        self.assertEqual(worked.minutes(self.t0, self.reopens), 10)
        self._assert_fires_at(self.minute)

    def test_a_holiday_of_no_country_counts_everywhere(self):
        self._new_holiday()
        self._assert_fires_at(self.minute)

    def test_a_holiday_of_the_state_counts(self):
        self._new_holiday(self.germany, state_ids=[Command.set(self.bavaria.ids)])
        self._assert_fires_at(self.minute)

    def test_a_holiday_of_another_state_does_not(self):
        self._new_holiday(
            self.germany,
            state_ids=[Command.set(self.env.ref("base.state_de_be").ids)],
        )
        self._assert_fires_at(10)

    def test_a_holiday_of_another_country_does_not(self):
        self._new_holiday(self.env.ref("base.fr"))
        self._assert_fires_at(10)

    def test_where_nobody_says_whose_hours_only_those_of_no_country_count(self):
        self.policy.calendar_id.company_id = False
        self.policy.company_id = False
        self._new_holiday(self.germany)
        self.assertEqual(self._find_moment(), self.t0 + timedelta(minutes=10))
        self._new_holiday()
        self.assertEqual(self._find_moment(), self.reopens)

    def test_around_the_clock_there_is_no_holiday(self):
        self.policy.calendar_id = False
        self._new_holiday(self.germany)
        self._assert_fires_at(10)

    def test_a_year_that_nobody_has_filled_in_costs_nothing(self):
        self.assertEqual(self._find_moment(), self.t0 + timedelta(minutes=10))
