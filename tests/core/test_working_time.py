"""R5: all screens show the moment at which a step really fires, and no other.

Each row of the table is worked out by hand: in this calendar, a client who waits since
then is told about after so many minutes at this moment. The ticket, its card, the dry
run, the trial on the past and the schedule of the job must say it, and the run must do
it: not a minute before.
"""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.tools import SQL, mute_logger

from ..support.moments import (
    CALENDARS,
    LONG_BEFORE,
    ROWS,
    MomentsCommon,
    WorkingTimeCommon,
)

MINUTE = timedelta(minutes=1)
LONG_AFTER = datetime(2027, 6, 1)


class TestMoments(MomentsCommon):
    def test_the_table_is_long_enough(self):
        self.assertGreaterEqual(len(ROWS), 30)
        self.assertEqual({name for name, *_row in ROWS}, set(CALENDARS))

    def test_the_ticket_shows_it(self):
        with freeze_time(LONG_BEFORE):
            words = [self.incidents._format_moment(moment) for moment in self.moments]
            self._assert_moments(
                self.waiting.mapped("escalation_next_text"),
                [f"{when}: esc_agent (responsible), notification" for when in words],
            )
            for text, when in zip(
                self.waiting.mapped("escalation_status_text"), words, strict=True
            ):
                self.assertIn(f", next step at {when}: ", text)

    def test_the_card_shows_it_and_its_ticket_too(self):
        cards = self._open_incidents(range(len(ROWS)))
        self._assert_moments(cards.mapped("next_date"))
        with freeze_time(LONG_BEFORE):
            for card, moment in zip(cards, self.moments, strict=True):
                when = self.incidents._format_moment(moment)
                self.assertTrue(card.next_text.endswith(f", at {when}"))
                text = card.ticket_id.escalation_next_text
                self.assertTrue(text.startswith(f"{when}: "))

    def test_the_dry_run_foretells_it(self):
        engine = self.env["helpdesk.escalation.engine"]
        found = []
        for policy, since in zip(self.row_policies, self.since, strict=True):
            ticket = self.env["helpdesk.ticket"].new(
                {
                    "name": "Dry",
                    "team_id": self.team.id,
                    "partner_id": self.client.id,
                    "user_id": self.agent.id,
                    "company_id": self.env.company.id,
                }
            )
            (moment,) = engine._preview(policy, ticket, since)
            self.assertTrue(moment.firings)
            found.append(moment.date)
        self._assert_moments(found)

    def test_the_run_does_it_and_not_a_minute_before(self):
        tickets = self.waiting + self.escalated
        self._set_active(tickets, False)
        begun = []
        just_before = {at - MINUTE for at in self.moments}
        for moment in sorted(just_before.union(self.moments)):
            # A ticket is there as soon as its client waits.
            fresh = [
                place
                for place, since in enumerate(self.since)
                if since <= moment and place not in begun
            ]
            for place in fresh:
                self._set_active(self.waiting[place] + self.escalated[place], True)
            self._open_incidents(fresh)
            begun += fresh
            self._run_at(moment)
            over = [at <= moment for at in self.moments]
            for of_kind in self.waiting, self.escalated:
                self._assert_moments(self._count_told(of_kind), over)
            if moment in just_before:
                coming = min(self.moments[place] for place in begun if not over[place])
                self.assertEqual(self._scheduled(), [coming])
        cards = tickets.escalation_incident_id
        self.assertEqual(len(cards), len(tickets))
        self.assertFalse(any(cards.mapped("next_date")), "nothing is left to come")

    def _set_active(self, tickets, active):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET active = %s WHERE id IN %s",
            [active, tuple(tickets.ids)],
        )
        self.env.invalidate_all()


class TestWhatComesNext(WorkingTimeCommon):
    """The ticket, the card and the schedule say the same, whatever comes next."""

    def setUp(self):
        super().setUp()
        self.policy.write(
            {
                "calendar_id": self._new_calendar("office").id,
                "start_date": LONG_BEFORE,
            }
        )
        self.ticket = self._new_ticket()
        self._wait_since(self.ticket, [datetime(2026, 3, 2, 8)])

    def _assert_comes(self, label, moment):
        """Said by all, scheduled just before, and done by the run at the moment."""
        incident = self._incident(self.ticket)
        self.assertEqual(incident.next_date, moment)
        self.assertEqual(incident.next_label, label)
        self.env.invalidate_all()
        with freeze_time(moment):
            when = self.incidents._format_moment(moment)
            self.assertTrue(self.ticket.escalation_next_text.startswith(f"{when}: "))
        before = (incident.round, len(incident.notification_ids))
        self._run_at(moment - MINUTE)
        self.assertEqual((incident.round, len(incident.notification_ids)), before)
        self.assertEqual(self._scheduled(), [moment])
        self._run_at(moment)
        self.assertNotEqual((incident.round, len(incident.notification_ids)), before)

    def test_steps_that_start_again_wait_for_the_opening_too(self):
        self.policy.write({"repeat_count": 1, "repeat_delay": 180})
        self._run_at(datetime(2026, 3, 2, 9))
        self._assert_comes("The steps start again", datetime(2026, 3, 2, 13))
        self._assert_comes("Responsible", datetime(2026, 3, 2, 13, 10))

    def test_a_confirmation_that_expires_at_closing_time(self):
        self.policy.confirm_expiry = 60
        self._run_at(datetime(2026, 3, 2, 8, 10))
        with freeze_time(datetime(2026, 3, 2, 16)):
            self._incident(self.ticket)._confirm(self.leader, "ticket")
        self.env.invalidate_all()
        self.assertIn("the steps start again", self.ticket.escalation_next_text)
        self._assert_comes("The steps start again", datetime(2026, 3, 3, 8))

    def test_somebody_who_is_on_it_until_the_evening(self):
        self._run_at(datetime(2026, 3, 2, 8, 10))
        with freeze_time(datetime(2026, 3, 2, 16)):
            self._incident(self.ticket)._confirm(
                self.leader, "ticket", until=datetime(2026, 3, 2, 19)
            )
        self.env.invalidate_all()
        self._assert_comes("The steps start again", datetime(2026, 3, 3, 8))

    def test_a_client_who_writes_again_at_lunch(self):
        self.policy.reopen_on_client = True
        self._run_at(datetime(2026, 3, 2, 8, 10))
        with freeze_time(datetime(2026, 3, 2, 11)):
            self._incident(self.ticket)._confirm(self.leader, "ticket")
        self.env.invalidate_all()
        self.assertFalse(self._incident(self.ticket).next_date)
        word = self._client_writes(self.ticket, 0)
        self.env.cr.execute(
            "UPDATE mail_message SET create_date = '2026-03-02 12:10' WHERE id = %s",
            [word.id],
        )
        self.env.invalidate_all()
        self._assert_comes("The steps start again", datetime(2026, 3, 2, 13))

    def test_another_policy_in_the_middle(self):
        self._run_at(datetime(2026, 3, 2, 8, 10))
        self.ticket.escalation_policy_id = self._new_policy(
            "Slow",
            {"delay": 5, "recipient": "responsible"},
            {"delay": 240, "recipient": "team_leader"},
            calendar_id=self.policy.calendar_id.id,
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self._assert_comes("Team leader", datetime(2026, 3, 2, 13))

    def test_a_mute_that_is_not_seen_yet_promises_nothing(self):
        self._run_at(datetime(2026, 3, 2, 8, 10))
        self.assertTrue(self._incident(self.ticket).next_date)
        self.ticket.with_context(escalation_acts=True).escalation_muted = True
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self._incident(self.ticket).next_date)
        self.assertFalse(self.ticket.escalation_next_text)

    def test_hours_that_never_come_promise_nothing(self):
        calendar = self.policy.calendar_id
        self._add_holiday(LONG_BEFORE, datetime(2040, 1, 1), calendar)
        self.assertFalse(self.ticket.escalation_next_text)
        self.assertNotIn("next step", self.ticket.escalation_status_text)
        self._run_at(datetime(2026, 3, 2, 8, 10))
        self.assertEqual(self._count_told(self.ticket), [0])
        self.assertFalse(self._scheduled())

    def test_a_moment_at_the_end_of_time_keeps_nobody_waiting(self):
        self._run_at(datetime(2026, 3, 2, 8, 10))
        incident = self._incident(self.ticket)
        for until in datetime(2190, 1, 1), datetime(9999, 12, 31, 23, 59):
            with freeze_time(datetime(2026, 3, 2, 9)):
                incident._confirm(self.leader, "ticket", until=until)
            self.env.invalidate_all()
            self.assertIn(incident.next_date, (datetime(2190, 1, 1, 8), False))
            self._run_at(datetime(2026, 3, 2, 9, 5))
            self.assertEqual(incident.state, "confirmed")
            incident.write({"state": "active"})

    def test_breaks_alone_are_no_hours_and_the_policy_says_so(self):
        self.assertFalse(self.policy.calendar_warning)
        for name in "breaks", "flexible", "empty":
            self.policy.calendar_id = self._new_calendar(name)
            self.assertIn("around the clock", self.policy.calendar_warning)
        office = self._new_calendar("office")
        self.policy.calendar_id = office
        self.assertFalse(self.policy.calendar_warning)
        office.attendance_ids.day_period = "lunch"
        self.assertIn("around the clock", self.policy.calendar_warning)

    @mute_logger("odoo.addons.helpdesk_escalation.models.resource_calendar")
    def test_hours_that_cannot_be_computed_are_shown_around_the_clock(self):
        def broken(*_args, **_kwargs):
            raise ValueError("another module's mistake")

        self.patch(type(self.policy.calendar_id), "_work_intervals_batch", broken)
        with freeze_time(LONG_BEFORE):
            when = self.incidents._format_moment(datetime(2026, 3, 2, 8, 10))
            self.assertIn(when, self.ticket.escalation_next_text)

    def test_all_tickets_of_a_page_share_one_computation(self):
        tickets = self.ticket
        for _number in range(3):
            tickets += self._new_ticket()
        calls = []
        calendars = type(self.policy.calendar_id)
        original = calendars._work_intervals_batch

        def counting(*args, **kwargs):
            calls.append(args)
            return original(*args, **kwargs)

        self._wait_since(tickets, [datetime(2026, 3, 2, 8)] * 4)
        self.patch(calendars, "_work_intervals_batch", counting)
        tickets.mapped("escalation_next_text")
        self.assertEqual(len(calls), 1)
        self._run_at(datetime(2026, 3, 2, 8, 10))
        calls.clear()
        tickets.escalation_incident_id.mapped("next_date")
        self.assertEqual(len(calls), 1)


class TestWhichWaitsCount(WorkingTimeCommon):
    """R12 in Python and in SQL, and what the run and the form make of it."""

    def test_both_say_the_same_of_every_wait(self):
        start = datetime(2026, 3, 2, 12)
        free = self._new_policy("All", {"delay": 0, "recipient": "responsible"})
        free.start_date = False
        late = self._new_policy("Late", {"delay": 0, "recipient": "responsible"})
        late.start_date = start
        teams = self.team.copy() + self.team.copy()
        for team, policy, set_date in (
            (self.team, late, start - timedelta(days=9)),
            (teams[0], free, False),
            (teams[1], free, start),
        ):
            team.write(
                {
                    "escalation_policy_id": policy.id,
                    "escalation_policy_date": set_date,
                }
            )
        tickets, moments, expected = self.env["helpdesk.ticket"], [], []
        for after in -86400, -1, -0.5, 0, 0.5, 1, 86400:
            for values, counts in (
                ({}, after >= 0),
                ({"escalation_policy_id": late.id}, True),
                ({"team_id": teams[0].id, "user_id": False}, True),
                ({"team_id": teams[1].id, "user_id": False}, after >= 0),
            ):
                tickets += self._new_ticket(**values)
                moments.append(start + timedelta(seconds=after))
                expected.append(counts)
        self._wait_since(tickets, moments)
        clocks = self.env["helpdesk.escalation.clock"].browse(tickets.ids)
        in_python = [
            clock.policy_id._counts_wait(
                clock.anchor_date, clock.policy_source, clock.policy_date
            )
            for clock in clocks
        ]
        rows = self.env.execute_query(
            SQL(
                "SELECT clock.id, %s FROM %s AS clock "
                "JOIN helpdesk_escalation_policy policy ON policy.id = clock.policy_id "
                "WHERE clock.id IN %s ORDER BY clock.id",
                self.policies._sql_counts_wait(
                    SQL("clock.anchor_date"),
                    SQL("clock.policy_source"),
                    SQL("policy.start_date"),
                    SQL("clock.policy_date"),
                ),
                clocks._table_sql,
                tuple(tickets.ids),
            )
        )
        self.assertEqual(in_python, expected)
        self.assertEqual([counts for _ticket_id, counts in rows], expected)
        left_alone = expected.count(False) // 2
        self.assertEqual(late.backlog_count, left_alone)
        self.assertEqual(free.backlog_count, left_alone)
        self.assertEqual(
            [bool(text) for text in tickets.mapped("escalation_next_text")], expected
        )
        self._run_at(start + timedelta(days=2))
        self.assertEqual([bool(count) for count in self._count_told(tickets)], expected)

    def test_where_nobody_waits_nothing_counts(self):
        row = self.env.execute_query(
            SQL(
                "SELECT %s",
                self.policies._sql_counts_wait(
                    SQL("NULL::timestamp"),
                    SQL("'ticket'"),
                    SQL("NULL::timestamp"),
                    SQL("NULL::timestamp"),
                ),
            )
        )
        self.assertEqual(row, [(False,)])
