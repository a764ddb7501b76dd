"""The server's clock goes wrong, the job rests for days, a backup comes back."""

from odoo.addons.helpdesk_escalation.tools.mail_links import make_link

from ..support.common import EscalationCommon

HOUR, DAY, WEEK = 60, 24 * 60, 7 * 24 * 60


class TestClockSteps(EscalationCommon):
    """Somebody corrects the server's clock while tickets wait."""

    def test_nobody_is_told_twice_however_the_clock_steps(self):
        ticket = self._new_ticket()
        for minute in (31, 5, 0, -HOUR, 10, 31, 12, 59):
            self._run(minute)
            self.assertEqual(
                self._told(ticket), [(self.agent, "activity"), (self.leader, "email")]
            )
        self._run(60)
        self.assertEqual(len(self._told(ticket)), 3)

    def test_a_day_ahead_by_mistake_tells_once_and_not_again_a_day_later(self):
        ticket = self._new_ticket()
        for minute in (1, DAY, 2, HOUR, DAY, DAY + HOUR):
            self._run(minute)
        self.assertEqual(len(self._told(ticket)), 3)
        late = self._new_ticket(minute=DAY + HOUR)
        self._run(DAY + HOUR + 10)
        self.assertEqual(self._told(late), [(self.agent, "activity")])

    def test_a_word_after_the_answer_is_heard_though_the_clock_was_set_back(self):
        ticket = self._new_ticket(minute=-3 * HOUR)
        self._staff_answers(ticket, 0)
        self._client_writes(ticket, -HOUR)
        self._run(-HOUR + 10)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_an_answer_after_the_word_counts_though_the_clock_was_set_back(self):
        ticket = self._new_ticket(minute=-3 * HOUR)
        self._client_writes(ticket, 0)
        self._run(10)
        self._staff_answers(ticket, -HOUR)
        self._run(-HOUR + 1)
        self.assertEqual(self._incident(ticket).resolution, "answered")
        self.assertFalse(ticket.escalation_waiting_since)
        self._run(61)
        self.assertEqual(len(self._told(ticket)), 1)

    def test_waits_from_before_the_policy_stay_alone(self):
        old = self._new_ticket(minute=-WEEK)
        self.policy.start_date = self.t0
        for minute in (HOUR, -HOUR, DAY, -DAY, WEEK):
            self._run(minute)
        self.assertFalse(self._told(old))

    def test_a_confirmation_is_not_taken_back_by_the_clock(self):
        self.policy.write({"confirm_expiry": 60, "reopen_on_client": True})
        ticket = self._new_ticket()
        self._run(11)
        with self._at(15):
            self._incident(ticket)._confirm(self.leader, "dashboard")
        for minute in (5, -HOUR, 74, 0):
            self._run(minute)
        self.assertEqual(self._incident(ticket).state, "confirmed")


class TestLongRest(EscalationCommon):
    """The job comes back after days: it catches up in one run, without a storm."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Escalations that would have gone round many times meanwhile.
        cls.policy.write(
            {
                "confirm_expiry": 30,
                "reopen_on_client": True,
                "repeat_count": 5,
                "repeat_delay": 10,
            }
        )
        cls.waiting = [cls._new_ticket(minute) for minute in range(6)]
        cls.confirmed = cls._new_ticket()

    def setUp(self):
        super().setUp()
        self._run(15)
        with self._at(16):
            self._incident(self.confirmed)._confirm(self.leader, "dashboard")
        self.before = self.notifications.search([])
        self.answered = self._new_ticket(minute=20)
        for ticket in (self.waiting[0], self.confirmed, self.answered):
            self._client_writes(ticket, HOUR)
            self._client_writes(ticket, DAY)
        self._staff_answers(self.answered, DAY + 1)

    def _told_now(self):
        new = self.notifications.search([]) - self.before
        self.before += new
        return new.filtered(lambda line: line.state != "skipped")

    def _check_catching_up(self, minute):
        self._run(minute)
        told = self._told_now()
        keys = [(line.ticket_id, line.user_id, line.channel) for line in told]
        self.assertEqual(len(keys), len(set(keys)), "once per person and channel")
        for ticket in self.waiting:
            self.assertEqual(
                {(line.user_id, line.channel) for line in told & self._lines(ticket)},
                {(self.leader, "email"), (self.director, "email")},
            )
        self.assertEqual(
            {
                (line.user_id, line.channel)
                for line in self._lines(self.confirmed) & told
            },
            {(self.leader, "activity")},
            "who was on it hears that the steps start again",
        )
        self.assertEqual(self._incident(self.confirmed).round, 2)
        self.assertFalse(self._lines(self.answered))
        mails = told.sudo().mail_id
        self.assertEqual(
            sorted(mails.recipient_ids.mapped("name")), ["esc_director", "esc_leader"]
        )
        self.assertEqual(len(mails), 2, "one digest a person")
        self._run(minute)
        self.assertFalse(self._told_now(), "and that was all for now")

    def _lines(self, ticket):
        return self.notifications.search([("ticket_id", "=", ticket.id)])

    def test_two_days_without_the_job(self):
        self._check_catching_up(2 * DAY)

    def test_a_backup_of_last_week(self):
        """What the backup knows is caught up with; what it has lost is not made up."""
        self._check_catching_up(WEEK)

    def test_a_link_from_before_the_backup_is_no_longer_valid(self):
        """Records made since then have the numbers of those that were lost."""
        line = self._lines(self.waiting[0])[:1]
        link = make_link(line, 72).rpartition("/")[2]
        self.assertEqual(self.notifications._from_token(link)[0], line)
        self._date(line, WEEK)
        self.assertFalse(self.notifications._from_token(link)[0])
