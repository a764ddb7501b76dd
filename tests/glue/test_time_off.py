"""Absences come from Time Off too."""

from datetime import timedelta

from odoo import Command
from odoo.tools import format_date

from ..support.away import AwayCommon


class TimeOffCommon(AwayCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env["hr.leave.type"].create(
            {
                "name": "Secret illness",
                "requires_allocation": False,
                "leave_validation_type": "hr",
                "request_unit": "hour",
            }
        )
        cls.employee = cls.env["hr.employee"].create(
            {"name": "Agent", "user_id": cls.agent.id, "tz": "UTC"}
        )

    def _leave(self, employee, begin, end, state="validate"):
        """Give an employee time off between two minutes."""
        leave = (
            self.env["hr.leave"]
            .with_context(leave_fast_create=True)
            .create(
                {
                    "employee_id": employee.id,
                    "holiday_status_id": self.kind.id,
                    "request_date_from": self.t0.date() + timedelta(days=40),
                    "request_date_to": self.t0.date() + timedelta(days=41),
                }
            )
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE hr_leave SET state = %s, date_from = %s, date_to = %s "
            "WHERE id = %s",
            [
                state,
                self.t0 + timedelta(minutes=begin),
                self.t0 + timedelta(minutes=end),
                leave.id,
            ],
        )
        self.env.invalidate_all()
        return leave


class TestTimeOff(TimeOffCommon):
    """Approved time off, through the glue beside ``hr_holidays``."""

    def _told_at(self, minute):
        ticket = self._new_ticket()
        self._run(minute)
        return ticket, [user for user, _channel in self._told(ticket)]

    def test_who_has_time_off_is_passed_over_until_when_but_never_why(self):
        self._leave(self.employee, -600, 3000)
        ticket, told = self._told_at(11)
        self.assertEqual(told, [self.substitute])
        until = (self.t0 + timedelta(minutes=3000)).date()
        self.assertEqual(
            self._skipped(ticket),
            {self.agent: f"Away until {format_date(self.env, until)}."},
        )
        for note in self._notes(ticket):
            self.assertNotIn("illness", note)

    def test_the_ticket_and_the_list_say_until_when(self):
        self._leave(self.employee, -600, 3000)
        until = self.t0 + timedelta(minutes=3000)
        ticket = self._new_ticket().with_user(self.leader)
        self.assertEqual(
            ticket.escalation_absence_text,
            f"esc_agent: Away until {format_date(self.env, until.date())}. "
            "esc_substitute stands in.",
        )
        agent = self.agent.with_user(self.manager)
        self.assertEqual(agent.escalation_away_until, until)
        agent.action_escalation_end_absence()
        self.assertTrue(agent.is_escalation_away, "time off is for Time Off to end")

    def test_hours_and_half_days_count_to_the_minute(self):
        self._leave(self.employee, 5, 12)
        _ticket, told = self._told_at(11)
        self.assertEqual(told, [self.substitute])
        _ticket, told = self._told_at(12)
        self.assertEqual(told, [self.agent])

    def test_only_approved_leaves_count(self):
        for state in ("confirm", "validate1", "refuse", "cancel"):
            with self.subTest(state=state):
                leave = self._leave(self.employee, -600, 3000, state=state)
                _ticket, told = self._told_at(11)
                self.assertEqual(told, [self.agent])
                self.env.cr.execute("DELETE FROM hr_leave WHERE id = %s", [leave.id])

    def test_a_leave_of_the_employee_in_another_company_counts(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.agent.company_ids = [Command.link(elsewhere.id)]
        self.employee.user_id = False
        other = self.env["hr.employee"].create(
            {
                "name": "Agent there",
                "user_id": self.agent.id,
                "company_id": elsewhere.id,
                "tz": "UTC",
            }
        )
        self._leave(other, -600, 3000)
        _ticket, told = self._told_at(11)
        self.assertEqual(told, [self.substitute])

    def test_time_worked_elsewhere_is_no_absence(self):
        self.kind.time_type = "other"
        self._leave(self.employee, -600, 3000)
        _ticket, told = self._told_at(11)
        self.assertEqual(told, [self.agent])

    def test_an_absence_without_end_wins_over_one_with(self):
        self.agent.out_of_office_from = self.t0 - timedelta(days=1)
        self._leave(self.employee, -600, 3000)
        ticket, _told = self._told_at(11)
        self.assertEqual(self._skipped(ticket), {self.agent: "Away."})

    def test_all_absences_are_read_at_once(self):
        users = self.agent + self.substitute + self.second + self.leader

        def queries(users):
            self.env.invalidate_all()
            users.mapped("name")
            before = self.env.cr.sql_log_count
            users.mapped("is_escalation_away")
            return self.env.cr.sql_log_count - before

        queries(users)
        self.assertEqual(queries(users[:1]), queries(users))


class TestLeaveInARow(TimeOffCommon):
    """R10: leave that follows leave is one absence, in however many records."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.employee.resource_calendar_id = cls._new_hours(range(5), 8, 17)

    def _on(self, day, hour):
        """The minute of an hour on a day, from Monday of the week after next on."""
        monday = self.t0.replace(hour=0, minute=0, second=0)
        monday += timedelta(days=14 - monday.weekday() + day)
        return (monday - self.t0).total_seconds() / 60 + 60 * hour

    def _confirmed_on_tuesday(self):
        """The agent is on it, by phone."""
        ticket = self._new_ticket(self._on(1, 9))
        self._run(self._on(1, 10))
        with self._at(self._on(1, 11)):
            self._incident(ticket)._confirm(self.agent, "email")
        return ticket

    def _assert_lasts(self, lasts, day):
        ticket = self._confirmed_on_tuesday()
        self._run(self._on(day, 10))
        state = "confirmed" if lasts else "active"
        self.assertEqual(self._incident(ticket).state, state)

    def test_a_second_record_goes_on_with_the_first(self):
        self._leave(self.employee, self._on(0, 8), self._on(2, 17))
        self._leave(self.employee, self._on(3, 8), self._on(4, 17))
        self._leave(self.employee, self._on(7, 8), self._on(9, 17))
        self._assert_lasts(True, 3)
        self._assert_lasts(True, 7)

    def test_who_was_back_for_an_afternoon_has_gone_away_again(self):
        self._leave(self.employee, self._on(0, 8), self._on(2, 12))
        self._leave(self.employee, self._on(3, 8), self._on(4, 17))
        self._assert_lasts(True, 2)
        self._assert_lasts(False, 3)

    def test_a_public_holiday_in_between_is_no_return(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Feast",
                "company_id": self.env.company.id,
                "date_from": self.t0 + timedelta(minutes=self._on(3, 0)),
                "date_to": self.t0 + timedelta(minutes=self._on(3, 24)),
            }
        )
        self._leave(self.employee, self._on(0, 8), self._on(2, 17))
        self._leave(self.employee, self._on(4, 8), self._on(4, 17))
        self._assert_lasts(True, 4)

    def test_odoos_own_absence_before_it_counts(self):
        self.agent.out_of_office_from = self.t0 + timedelta(minutes=self._on(0, 8))
        self.agent.out_of_office_to = self.t0 + timedelta(minutes=self._on(2, 17))
        self._leave(self.employee, self._on(3, 8), self._on(4, 17))
        self._assert_lasts(True, 3)

    def test_leave_that_begins_after_they_confirmed_counts(self):
        self._leave(self.employee, self._on(2, 8), self._on(2, 17))
        self._leave(self.employee, self._on(3, 8), self._on(4, 17))
        self._assert_lasts(False, 3)

    def test_who_has_no_hours_goes_by_the_companys(self):
        self.env.company.resource_calendar_id = self.employee.resource_calendar_id
        self.employee.resource_calendar_id = False
        self._leave(self.employee, self._on(0, 0), self._on(3, 0) - 1 / 60)
        self._leave(self.employee, self._on(3, 0), self._on(5, 0))
        self._assert_lasts(True, 3)
        self._leave(self.employee, self._on(7, 8), self._on(8, 0))
        self._assert_lasts(True, 7)
