"""R5: delays count working hours, and nothing is sent outside them."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command

from ..support.common import EscalationCommon

MONDAY = datetime(2026, 3, 2)


class TestWorkingHours(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Monday to Friday, 8 to 12 and 13 to 17 o'clock UTC
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Office",
                "tz": "UTC",
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": f"{day} {start}",
                            "dayofweek": str(day),
                            "hour_from": start,
                            "hour_to": start + 4,
                        }
                    )
                    for day in range(5)
                    for start in (8, 13)
                ],
            }
        )

    def _cutoff(self, now, delay, calendar=None):
        calendar = calendar if calendar is not None else self.calendar
        working_time = calendar._escalation_working_time(self.env.company)
        return working_time.cutoff(now, delay)

    def test_the_cut_off_reaches_back_over_breaks_nights_and_weekends(self):
        for now, delay, expected in [
            (MONDAY + timedelta(hours=10), 0, MONDAY + timedelta(hours=10)),
            (MONDAY + timedelta(hours=10), 60, MONDAY + timedelta(hours=9)),
            (MONDAY + timedelta(hours=10), 120, MONDAY + timedelta(hours=8)),
            (MONDAY + timedelta(hours=14), 90, MONDAY + timedelta(hours=11.5)),
            (MONDAY + timedelta(hours=9), 90, MONDAY - timedelta(hours=55.5)),
            (
                MONDAY + timedelta(hours=9),
                24 * 60,
                MONDAY - timedelta(days=5, hours=-9),
            ),
        ]:
            with self.subTest(now=now, delay=delay):
                self.assertEqual(self._cutoff(now, delay), expected)

    def test_outside_working_hours_there_is_no_cut_off(self):
        for hours in (-1, 7, 12.5, 17, 23):
            with self.subTest(hours=hours):
                self.assertIsNone(self._cutoff(MONDAY + timedelta(hours=hours), 5))

    def test_public_holidays_do_not_count_but_another_companys_do(self):
        def holiday(company):
            leave = self.env["resource.calendar.leaves"].create(
                {
                    "name": "Holiday",
                    "date_from": MONDAY,
                    "date_to": MONDAY + timedelta(days=1),
                    "calendar_id": False,
                }
            )
            leave.company_id = company

        tuesday = MONDAY + timedelta(days=1, hours=9)
        holiday(self.env["res.company"].create({"name": "Elsewhere"}))
        self.assertEqual(self._cutoff(tuesday, 120), MONDAY + timedelta(hours=16))
        holiday(self.env.company)
        self.assertEqual(self._cutoff(tuesday, 120), MONDAY - timedelta(hours=56))

    def test_a_calendar_without_hours_is_around_the_clock(self):
        self.calendar.attendance_ids.unlink()
        sunday = MONDAY - timedelta(hours=2)
        self.assertEqual(self._cutoff(sunday, 60), sunday - timedelta(hours=1))

    def test_a_delay_longer_than_all_work_ever_done_is_not_over(self):
        part_time = self.calendar.copy()
        part_time.attendance_ids[1:].unlink()
        now = MONDAY + timedelta(hours=9)
        self.assertEqual(self._cutoff(now, 365 * 24 * 60, part_time), datetime.min)

    def test_one_calendar_computation_however_many_delays(self):
        now = MONDAY + timedelta(hours=9)
        self.policy.calendar_id = self.calendar

        def queries(policy):
            before = self.env.cr.sql_log_count
            policy._get_cutoffs(now, policy._get_working_times())
            return self.env.cr.sql_log_count - before

        queries(self.policy)
        for_three = queries(self.policy)
        self.policy.step_ids = [
            Command.create({"delay": delay, "recipient": "team_leader"})
            for delay in range(5, 400, 10)
        ]
        self.env.flush_all()
        self.assertEqual(queries(self.policy), for_three)

    def test_a_ticket_of_friday_evening_escalates_on_monday(self):
        self.policy.calendar_id = self.calendar
        ticket = self._new_ticket()
        friday = MONDAY - timedelta(days=3) + timedelta(hours=16, minutes=55)
        self.policy.start_date = friday - timedelta(days=1)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET create_date = %s WHERE id = %s",
            [friday, ticket.id],
        )
        self.env.invalidate_all()

        def run(moment):
            with freeze_time(moment), self.enter_registry_test_mode():
                self.assertIs(self.cron.method_direct_trigger(), True)
            self.env.invalidate_all()

        run(MONDAY - timedelta(days=1))
        run(MONDAY + timedelta(hours=7, minutes=59))
        run(MONDAY + timedelta(hours=8, minutes=4))
        self.assertFalse(self._told(ticket), "five minutes on Friday, four on Monday")
        run(MONDAY + timedelta(hours=8, minutes=5))
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_what_fell_due_at_closing_time_is_sent_at_the_next_opening(self):
        self.policy.calendar_id = self.calendar
        hours = self.policy._get_working_times()
        for minute in 0, 1:
            closed = MONDAY + timedelta(hours=17, minutes=minute)
            self.assertFalse(self.policy._get_cutoffs(closed, hours))
        tuesday = MONDAY + timedelta(days=1, hours=8)
        cutoffs = self.policy._get_cutoffs(tuesday, hours)
        first_cutoff = cutoffs[self.policy.id].steps[0][1]
        self.assertEqual(first_cutoff, MONDAY + timedelta(hours=16, minutes=50))

    def test_people_read_when_a_step_is_due(self):
        friday = MONDAY - timedelta(days=3) + timedelta(hours=16, minutes=55)
        working_time = self.calendar._escalation_working_time(self.env.company)
        due = working_time.due(friday, 10)
        self.assertEqual(due, MONDAY + timedelta(hours=8, minutes=5))
