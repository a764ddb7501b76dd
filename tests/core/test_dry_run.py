"""The dry run foretells what the run then does, and writes nothing."""

from datetime import timedelta

from lxml import html

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form

from ..support.common import OWN, TEAM, EscalationCommon


class TestDryRun(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.engine = cls.env["helpdesk.escalation.engine"]
        cls.substitute = cls._new_user("esc_substitute", TEAM)
        cls.silent = cls._new_user("esc_silent", TEAM, email=False)
        cls.team.user_ids += cls.substitute + cls.silent
        cls.office = cls.env["resource.calendar"].create(
            {
                "name": "Office",
                "tz": "UTC",
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": f"{day}",
                            "dayofweek": str(day),
                            "hour_from": 8,
                            "hour_to": 17,
                        }
                    )
                    for day in range(5)
                ],
            }
        )
        # Friday 16:50, far enough ahead of everything
        friday = cls.t0 + timedelta(days=(4 - cls.t0.weekday()) % 7 + 7)
        friday = friday.replace(hour=16, minute=50, second=0)
        cls.friday = (friday - cls.t0).total_seconds() / 60

    def _moment(self, minute):
        return self.t0 + timedelta(minutes=minute)

    def _read_only(self):
        """A savepoint in which PostgreSQL refuses to write anything."""
        self.env.flush_all()
        savepoint = self.env.cr.savepoint()
        self.env.cr.execute("SET LOCAL transaction_read_only = on")
        return savepoint

    def _foretell(self, policy, minute, **values):
        """Play it through: {minute: what becomes of whom}."""
        self.env.invalidate_all()
        ticket = self.env["helpdesk.ticket"].new(
            {
                "name": "Dry",
                "team_id": self.team.id,
                "partner_id": self.client.id,
                "user_id": self.agent.id,
                "company_id": self.env.company.id,
                **values,
            }
        )
        with self._read_only() as savepoint:
            moments = self.engine._preview(policy, ticket, self._moment(minute))
            savepoint.rollback()
        told = {}
        for moment in moments:
            lines = told.setdefault((moment.date - self.t0).total_seconds() / 60, [])
            for _step, _is_fallback, line_values in moment.firings:
                lines += [self._key(self.notifications.new(v)) for v in line_values]
        return told

    def _key(self, line):
        told = "skipped" if line.state == "skipped" else "told"
        return (
            line.step_name,
            line.user_id.login,
            line.substituted_user_id.login,
            line.channel,
            line.round,
            line.is_fallback,
            told,
            line.reason,
        )

    def _assert_comes_true(self, policy, minute=0, **values):
        """Foretell, then let a client write and the real job run, moment by moment.

        :return: the foretold, for what a test wants to see in it
        """
        foretold = self._foretell(policy, minute, **values)
        ticket = self._new_ticket(minute, escalation_policy_id=policy.id, **values)
        seen = self.notifications
        for when, expected in sorted(foretold.items()):
            if when > minute:
                self._run(when - 1)
                lines = self.notifications.search([("ticket_id", "=", ticket.id)])
                self.assertEqual(lines, seen, f"{when}: nothing before its time")
            self._run(when)
            lines = self.notifications.search([("ticket_id", "=", ticket.id)])
            self.assertEqual([self._key(line) for line in lines - seen], expected)
            seen = lines
        self._run(max(foretold, default=minute) + 30 * 24 * 60)
        lines = self.notifications.search([("ticket_id", "=", ticket.id)])
        self.assertEqual(lines, seen, "nothing comes after what was foretold")
        return foretold

    def _assert_at(self, minutes, foretold):
        """It happens at these minutes, which are no whole ones by a real clock."""
        self.assertEqual(
            [round(minute, 6) for minute in foretold],
            [round(minute, 6) for minute in minutes],
        )

    def _summary(self, foretold):
        return [
            (when, [(who, reason) for _step, who, *_rest, reason in lines])
            for when, lines in sorted(foretold.items())
        ]

    # ------------------------------------------------------------------
    # It comes true
    # ------------------------------------------------------------------

    def test_one_step_after_the_other(self):
        foretold = self._assert_comes_true(self.policy)
        self.assertEqual(
            self._summary(foretold),
            [
                (10, [("esc_agent", False)]),
                (30, [("esc_leader", False)]),
                (60, [("esc_director", False)]),
            ],
        )

    def test_a_step_without_anybody_passes_on_at_once(self):
        foretold = self._assert_comes_true(self.policy, user_id=False)
        self.assertEqual(list(foretold), [10, 60])

    def test_who_is_away_is_stood_in_for(self):
        self.agent.escalation_substitute_id = self.substitute
        (self.agent + self.leader).out_of_office_from = self.t0 - timedelta(days=1)
        foretold = self._assert_comes_true(self.policy)
        self.assertEqual(
            self._summary(foretold)[0],
            (10, [("esc_agent", "Away."), ("esc_substitute", False)]),
        )

    def test_who_has_no_address_and_who_is_the_client(self):
        policy = self._new_policy(
            "Mails",
            {
                "delay": 0,
                "recipient": "user",
                "channel": "email",
                "user_ids": [Command.set((self.silent + self.leader).ids)],
            },
            {"delay": 5, "recipient": "responsible", "channel": "email"},
        )
        foretold = self._assert_comes_true(
            policy, partner_id=self.leader.partner_id.id, user_id=self.silent.id
        )
        self.assertEqual(list(foretold), [0])
        reasons = [reason for _who, reason in self._summary(foretold)[0][1]]
        self.assertIn("No email address.", reasons)
        self.assertIn("They are the client of this ticket.", reasons)

    def test_the_fallback_after_the_last_step(self):
        policy = self._new_policy(
            "Nobody there",
            {"delay": 10, "recipient": "account_manager", "channel": "email"},
            {"delay": 20, "recipient": "parent_team_leader", "channel": "email"},
            fallback_user_id=self.silent.id,
        )
        foretold = self._assert_comes_true(policy)
        self.assertEqual(list(foretold), [10], "all at once")
        self.assertIn(("esc_silent", False), self._summary(foretold)[0][1])

    def test_nobody_at_all(self):
        policy = self._new_policy("Nobody", {"delay": 5, "recipient": "team_leader"})
        managers = self.env.ref("helpdesk_mgmt.group_helpdesk_manager").all_user_ids
        managers.out_of_office_from = self.t0 - timedelta(days=1)
        self.team.user_id = False
        foretold = self._assert_comes_true(policy)
        states = [told for *_key, told, _reason in foretold[5]]
        self.assertEqual(set(states), {"skipped"})

    def test_steps_of_the_same_moment_tell_a_person_once(self):
        policy = self._new_policy(
            "Twice",
            {"delay": 10, "recipient": "responsible"},
            {"delay": 10, "recipient": "responsible", "channel": "email"},
            {
                "delay": 10,
                "recipient": "user",
                "user_ids": [Command.set((self.agent + self.leader).ids)],
            },
        )
        foretold = self._assert_comes_true(policy)
        reasons = [reason for _who, reason in self._summary(foretold)[0][1]]
        self.assertEqual(reasons.count("Already notified by another step."), 1)

    def test_a_weekend_lies_between(self):
        self.policy.calendar_id = self.office
        foretold = self._assert_comes_true(self.policy, self.friday)
        # 17:00 is closing time: what falls due then waits for Monday 8:00, as does
        # what comes after it, 20 and 50 minutes of work later.
        monday = self.friday + (2 * 24 + 15) * 60 + 10
        self._assert_at([monday, monday + 20, monday + 50], foretold)

    def test_a_client_who_writes_at_night_with_a_step_at_once(self):
        policy = self._new_policy(
            "Office",
            {"delay": 0, "recipient": "responsible"},
            {"delay": 9 * 60, "recipient": "team_leader"},
            calendar_id=self.office.id,
        )
        night = self.friday + 5 * 60
        foretold = self._assert_comes_true(policy, night)
        monday = self.friday + (2 * 24 + 15) * 60 + 10
        self._assert_at([monday, monday + 24 * 60], foretold)

    def test_steps_that_repeat(self):
        policy = self._new_policy(
            "Again",
            {"delay": 0, "recipient": "responsible"},
            {"delay": 20, "recipient": "team_leader"},
            repeat_count=2,
            repeat_delay=30,
        )
        foretold = self._assert_comes_true(policy)
        self.assertEqual(list(foretold), [0, 20, 50, 70, 100, 120])
        self.assertEqual(
            [lines[0][4] for lines in foretold.values()], [1, 1, 2, 2, 3, 3]
        )

    def test_a_step_for_some_tickets_only(self):
        self.policy.step_ids.sorted()[1].condition = "[('priority', '=', '3')]"
        self.policy.step_ids.sorted()[
            2
        ].condition = f"[('partner_id', '=', {self.client.id})]"
        foretold = self._assert_comes_true(self.policy)
        self.assertEqual(list(foretold), [10, 60])
        dialog = self._open()
        self.assertIn("Passed over", self._text(dialog))

    def test_a_policy_for_some_tickets_only(self):
        special = self._new_policy(
            "Special",
            {"delay": 5, "recipient": "team_leader"},
            condition=f"[('team_id', '=', {self.team.id})]",
        )
        self.client_company.escalation_policy_id = special
        dialog = self._open(special)
        dialog.partner_id = self.client
        self.assertFalse(dialog.note)
        special.condition = "[('team_id', '=', False)]"
        dialog = self._open(special)
        dialog.partner_id = self.client
        self.assertIn("the policy Standard counts", dialog.note)

    def test_working_hours_that_never_come(self):
        self.office.attendance_ids[1:].unlink()
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Closed for good",
                "calendar_id": self.office.id,
                "date_from": self.t0 - timedelta(days=2000),
                "date_to": self.t0 + timedelta(days=4000),
            }
        )
        self.policy.calendar_id = self.office
        self.assertEqual(self._foretell(self.policy, 0), {})

    # ------------------------------------------------------------------
    # The dialog
    # ------------------------------------------------------------------

    def _open(self, policy=None, user=None):
        dialogs = self.env["helpdesk.escalation.preview"].with_user(user or self.agent)
        return Form(dialogs.with_context(default_policy_id=(policy or self.policy).id))

    def _text(self, dialog):
        return " ".join(html.fromstring(dialog.result).text_content().split())

    def test_the_dialog_answers_as_one_types_and_writes_nothing(self):
        with self._read_only() as savepoint:
            dialog = self._open()
            self.assertEqual(dialog.team_id, self.team)
            self.assertFalse(dialog.note)
            text = self._text(dialog)
            self.assertIn("A client writes", text)
            self.assertIn("Not notified: The ticket has no responsible.", text)
            self.assertIn("At once, because the previous step reached nobody.", text)
            self.assertIn("Notified: esc_leader email", text)
            dialog.user_id = self.agent
            self.assertIn("Notified: esc_agent notification", self._text(dialog))
            savepoint.rollback()

    def test_it_says_which_policy_counts_if_not_this_one(self):
        special = self._new_policy("Special", {"delay": 5, "recipient": "team_leader"})
        dialog = self._open()
        self.client_company.escalation_policy_id = special
        dialog.partner_id = self.client
        self.assertIn("the policy Special counts (client ACME)", dialog.note)
        self.assertIn("Carla Client writes", self._text(dialog))
        dialog.policy_id = special
        self.assertFalse(dialog.note)
        dialog.team_id = self.env["helpdesk.ticket.team"]
        dialog.partner_id = self.env["res.partner"]
        self.assertIn("No policy is set for this team and client.", dialog.note)

    def test_a_policy_that_would_do_nothing_says_so(self):
        self.policy.start_date = self.t0 + timedelta(days=2)
        dialog = self._open()
        self.assertIn("ignores clients who have been waiting since before", dialog.note)
        self.assertFalse(dialog.result)
        self.policy.active = False
        self.assertIn("archived", self._open().note)

    def test_it_starts_with_the_client_that_has_the_policy(self):
        special = self._new_policy("Special", {"delay": 5, "recipient": "team_leader"})
        self.client_company.escalation_policy_id = special
        self.assertEqual(self._open(special).partner_id, self.client_company)

    def test_who_may_open_it(self):
        own = self._new_user("esc_own", OWN)
        self.assertIn("Notified: esc_leader", self._text(self._open(user=own)))
        with self.assertRaises(AccessError):
            self._open(user=self.director)
