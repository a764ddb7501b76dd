"""Each figure of the analyses, worked out once more from the raw records."""

from datetime import timedelta
from statistics import mean, median

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from ..support.common import OWN, EscalationCommon


class TestIncidentReport(EscalationCommon):
    """Four incidents: answered, confirmed and answered, closed, still open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.report = cls.env["helpdesk.escalation.report"]
        cls.tickets = [cls._new_ticket(minute) for minute in (0, 5, 10, 20)]
        steps = cls.policy.step_ids.sorted()
        ended = {"state": "resolved", "resolution": "answered"}
        cls.all = cls.incidents
        for ticket, fired, values in zip(
            cls.tickets,
            (2, 3, 1, 1),
            (
                {**ended, "answered_date": cls._moment(42)},
                {
                    **ended,
                    "confirmed_by_id": cls.leader.id,
                    "confirmed_date": cls._moment(34),
                    "answered_date": cls._moment(75),
                },
                {"state": "resolved", "resolution": "closed"},
                {"nobody_reached": True},
            ),
            strict=True,
        ):
            anchor = ticket.create_date
            values.update(
                ticket_id=ticket.id,
                policy_id=cls.policy.id,
                anchor_date=anchor,
                first_step_date=anchor + timedelta(minutes=10),
                step_id=steps[fired - 1].id,
                resolved_date=cls._moment(80) if values.get("resolution") else False,
                notification_ids=[
                    Command.create(
                        {
                            "step_id": step.id,
                            "channel": step.channel,
                            "user_id": user.id,
                            "state": "failed" if user == cls.director else "sent",
                        }
                    )
                    for step, user in zip(
                        steps[:fired],
                        (cls.agent, cls.leader, cls.director),
                        strict=False,
                    )
                ],
            )
            cls.all += cls.incidents.create(values)
        cls.all.filtered("resolution")._keep_working_minutes()
        cls.env.flush_all()

    @classmethod
    def _moment(cls, minute):
        return cls.t0 + timedelta(minutes=minute)

    def _ids(self):
        return [ticket.id for ticket in self.tickets]

    def _figure(self, spec, **domain):
        ((value,),) = self.report._read_group(
            [("ticket_id", "in", self._ids())]
            + [(name, "=", value) for name, value in domain.items()],
            [],
            [spec],
        )
        return value

    def _minutes(self, start, end):
        return [
            (one[end] - one[start]).total_seconds() / 60
            for one in self.all
            if one[start] and one[end]
        ]

    def test_every_incident_is_counted_once(self):
        self.assertEqual(len(self.all), 4)
        self.assertEqual(self._figure("__count"), 4)
        self.assertEqual(self._figure("__count", state="active"), 1)
        self.assertEqual(self._figure("is_open:sum"), 1)

    def test_the_times_are_those_of_the_incidents(self):
        for name, start, end in (
            ("minutes_to_first_step", "anchor_date", "first_step_date"),
            ("minutes_to_confirm", "first_step_date", "confirmed_date"),
            ("minutes_to_answer", "anchor_date", "answered_date"),
            ("minutes_to_resolve", "anchor_date", "resolved_date"),
        ):
            with self.subTest(name):
                minutes = self._minutes(start, end)
                self.assertAlmostEqual(self._figure(f"{name}:avg"), mean(minutes), 2)
                if f"median_{name}" in self.report._fields:
                    self.assertAlmostEqual(
                        self._figure(f"median_{name}:avg"), median(minutes), 2
                    )

    def test_an_open_incident_is_no_zero(self):
        waiting = self.tickets[3]
        self.assertFalse(
            self._figure("minutes_to_resolve:avg", ticket_id=waiting.id), "not known"
        )
        self.assertFalse(self._figure("is_answered:avg", ticket_id=waiting.id))
        self.assertEqual(self._figure("is_answered:avg"), 2 / 3)

    def test_shares(self):
        self.assertEqual(self._figure("is_confirmed:avg"), 1 / 4)

    def test_steps_people_and_rounds(self):
        for incident in self.all:
            told = incident.notification_ids.filtered(lambda n: n.state == "sent")
            steps = list(incident.policy_id.step_ids.sorted())
            fired = incident.notification_ids.step_id
            failed = incident.notification_ids.filtered(lambda n: n.state == "failed")
            mine = {"ticket_id": incident.ticket_id.id}
            self.assertEqual(self._figure("people_told:avg", **mine), len(told.user_id))
            self.assertEqual(
                self._figure("highest_step:avg", **mine),
                max(steps.index(step) + 1 for step in fired),
            )
            self.assertEqual(self._figure("rounds:avg", **mine), 1)
            self.assertEqual(self._figure("mails_failed:sum", **mine), len(failed))
        self.assertEqual(self._figure("nobody_reached:sum"), 1)

    def test_the_first_cause_is_what_raised_the_alarm(self):
        self.env["helpdesk.escalation.cause"].create(
            [
                {"incident_id": self.all[0].id, "kind": "keyword", "detail": "refund"},
                {"incident_id": self.all[0].id, "kind": "repeat"},
            ]
        )
        self.env.flush_all()
        rows = self.report._read_group(
            [("ticket_id", "in", self._ids())], ["cause"], ["__count"]
        )
        self.assertEqual(dict(rows), {"keyword": 1, False: 3})

    def test_working_minutes_are_clock_minutes_without_working_hours(self):
        for what, start, end in (
            ("confirm", "first_step_date", "confirmed_date"),
            ("answer", "anchor_date", "answered_date"),
            ("resolve", "anchor_date", "resolved_date"),
        ):
            with self.subTest(what):
                self.assertAlmostEqual(
                    self._figure(f"{what}_working_minutes:avg"),
                    mean(self._minutes(start, end)),
                    2,
                )

    def test_tiers_follow_the_parent_teams(self):
        upper = self.team.create({"name": "Engineering"})
        self.team.parent_id = upper
        self.env.flush_all()
        self.assertEqual(self.report._read_group([], ["tier"]), [(1,)])
        self.tickets[0].team_id = upper
        self.env.flush_all()
        self.assertEqual(sorted(self.report._read_group([], ["tier"])), [(1,), (2,)])

    def test_a_day_is_the_users_day(self):
        """23:30 UTC on the 22nd is the 23rd already in Brussels."""
        incident = self.all[0]
        self.env.cr.execute(
            "UPDATE helpdesk_escalation_incident SET create_date = %s WHERE id = %s",
            ["2026-11-22 23:30:00", incident.id],
        )
        for zone, day in (("UTC", "2026-11-22"), ("Europe/Brussels", "2026-11-23")):
            rows = self.report.with_context(tz=zone)._read_group(
                [("ticket_id", "=", incident.ticket_id.id)], ["date:day"]
            )
            self.assertEqual(str(rows[0][0].date()), day)

    def test_one_sees_what_one_sees_of_the_tickets(self):
        own = new_test_user(self.env, login="esc_own", groups=OWN)
        mine = self.report.with_user(own)
        self.assertFalse(mine.search_count([("ticket_id", "in", self._ids())]))
        self.assertEqual(
            self.report.with_user(self.agent).search_count(
                [("ticket_id", "in", self._ids())]
            ),
            4,
        )
        with self.assertRaises(AccessError):
            self.report.with_user(self.director).search_count([])

    def test_another_companys_incidents_are_not_counted(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            login="esc_stranger",
            groups="helpdesk_mgmt.group_helpdesk_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.assertFalse(self.report.with_user(stranger).search_count([]))

    def test_who_is_gone_and_what_has_no_team_still_counts(self):
        self.agent.action_archive()
        self.leader.unlink()
        self.tickets[1].team_id = False
        self.env.flush_all()
        rows = self.report._read_group(
            [("ticket_id", "in", self._ids())], ["team_id", "user_id"], ["__count"]
        )
        self.assertEqual(sum(count for *_group, count in rows), 4)
        self.assertEqual(self._figure("is_confirmed:avg"), 1 / 4)

    def test_all_is_well_with_nothing(self):
        self.all.unlink()
        self.env.flush_all()
        for report in (self.report, self.env["helpdesk.escalation.ticket.report"]):
            for name, field in report._fields.items():
                if getattr(field, "aggregator", None) and field.type != "id":
                    report._read_group(
                        [("ticket_id", "=", 0)], [], [f"{name}:{field.aggregator}"]
                    )


class TestWorkingMinutes(EscalationCommon):
    def test_a_night_is_no_working_time(self):
        self.policy.calendar_id = self._new_hours(range(7), 8, 12)
        midnight = self.t0.replace(hour=0, minute=0, second=0)
        at_eleven = (midnight + timedelta(hours=11) - self.t0).total_seconds() / 60
        ticket = self._new_ticket(at_eleven)
        self._run(at_eleven + 59)
        self.assertEqual(
            self._incident(ticket).first_step_date,
            self.t0 + timedelta(minutes=at_eleven + 59),
        )
        next_morning = self.t0 + timedelta(minutes=at_eleven + 22 * 60)
        with self.mock_datetime_and_now(next_morning):
            ticket.with_user(self.agent).message_post(
                body="Done", message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        incident = self._incident(ticket)
        self.assertEqual(incident.resolution, "answered")
        # An hour until noon, and the next day from eight to nine.
        self.assertAlmostEqual(incident.answer_working_minutes, 120, 0)
        self.assertAlmostEqual(incident.resolve_working_minutes, 120, 0)


class TestTicketReport(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.report = cls.env["helpdesk.escalation.ticket.report"]
        cls.done = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")

    def _figure(self, spec, tickets):
        self.env.flush_all()
        ((value,),) = self.report._read_group(
            [("ticket_id", "in", [ticket.id for ticket in tickets])], [], [spec]
        )
        return value

    def test_the_escalation_rate_is_a_share_of_the_tickets(self):
        tickets = [self._new_ticket(minute) for minute in (0, 0, 0, 20)]
        self._staff_answers(tickets[0], 5)
        self._run(15)
        self.assertEqual(self._figure("is_escalated:avg", tickets), 2 / 4)
        self.assertEqual(self._figure("escalations:sum", tickets), 2)

    def test_the_time_to_escalate_counts_from_the_creation(self):
        early, late = self._new_ticket(0), self._new_ticket(0)
        self._run(40)
        self._date(self._incident(early), 10)
        self._date(self._incident(late), 40)
        tickets = [early, late]
        self.assertEqual(self._figure("minutes_to_escalate:avg", tickets), 25)
        self.assertEqual(self._figure("median_minutes_to_escalate:avg", tickets), 25)

    def test_the_first_tier_rate_is_about_closed_tickets(self):
        still_open, closed = self._new_ticket(), self._new_ticket()
        closed.stage_id = self.done
        self.assertFalse(self._figure("is_first_tier:avg", [still_open]))
        self.assertEqual(self._figure("is_first_tier:avg", [still_open, closed]), 1)

    def test_reopening_counts_after_an_escalation_only(self):
        tickets = self._new_ticket(0) + self._new_ticket(0) + self._new_ticket(0)
        reopened, stays_closed, never_escalated = tickets
        self._staff_answers(never_escalated, 1)
        self._run(15)
        self._date(self.incidents.search([("ticket_id", "in", tickets.ids)]), -60)
        first = reopened.stage_id
        tracked = tickets.with_context(tracking_disable=False, mail_notrack=False)
        tracked.write({"stage_id": self.done.id})
        self.flush_tracking()
        for ticket in (tracked[0], tracked[2]):
            ticket.write({"stage_id": first.id})
        self.flush_tracking()
        self.assertEqual(self._figure("is_reopened:avg", [reopened]), 1)
        self.assertEqual(self._figure("is_reopened:avg", [stays_closed]), 0)
        self.assertFalse(self._figure("is_reopened:avg", [never_escalated]))
        self.assertEqual(self._figure("is_reopened:avg", tickets), 1 / 2)
