"""Numbers, moments and choices that nobody can mean: a kind sentence, whatever door."""

from datetime import datetime, timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from ..support.common import MANAGER, EscalationCommon
from ..support.handover import HandoverCommon

RULES = "odoo.addons.base.models.ir_rule"
LAST = datetime(9999, 12, 31, 23, 59, 59)
FIRST = datetime(1, 1, 1)


class TestOnItBy(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader.tz = "Pacific/Auckland"
        cls.ticket = cls._new_ticket(0)

    def setUp(self):
        super().setUp()
        self._run(10)
        self.incident = self._incident(self.ticket).with_user(self.leader)
        self.dialog = self.env["helpdesk.escalation.confirm"].with_user(self.leader)

    def test_it_is_within_thirty_days(self):
        values = {"incident_id": self.incident.id}
        words = "at most. Choose an earlier moment"
        with self._at(20):
            now = self.t0 + timedelta(minutes=20)
            dialog = self.dialog.create(values)
            for until in (
                datetime(9000, 1, 1),
                LAST,
                now + timedelta(days=30, minutes=1),
            ):
                for door in (
                    lambda until=until: self.dialog.create(
                        {**values, "on_it_until": until}
                    ),
                    lambda until=until: dialog.write({"on_it_until": until}),
                    lambda until=until: self.dialog.with_context(
                        default_on_it_until=until
                    ).create(values),
                    lambda until=until: self.incident._confirm_checked(
                        self.leader, "ticket", until
                    ),
                ):
                    with (
                        self.subTest(until),
                        self.assertRaisesRegex(UserError, words),
                        self.env.cr.savepoint(),
                    ):
                        door()
            self.assertEqual(self.incident.state, "active")
            dialog.on_it_until = now + timedelta(days=30)
            dialog.action_confirm()
        self.assertEqual(self.incident.confirmed_by_id, self.leader)

    def test_the_dialog_is_no_way_to_a_moment_that_has_passed(self):
        with self._at(20), self.assertRaisesRegex(UserError, "still to come"):
            self.dialog.create(
                {"incident_id": self.incident.id, "on_it_until": FIRST}
            ).action_confirm()


class TestMoments(HandoverCommon):
    def test_a_policy_starts_near_our_days(self):
        for date in (FIRST, LAST, datetime(9000, 1, 1), datetime(1999, 12, 31)):
            with (
                self.subTest(date),
                self.assertRaisesRegex(ValidationError, "one year from now"),
            ):
                self.policy.with_user(self.manager).start_date = date
        self.policy.start_date = datetime(2000, 1, 1)

    def test_a_dry_run_is_of_our_days(self):
        dry_runs = self.env["helpdesk.escalation.preview"].with_user(self.manager)
        values = {"policy_id": self.policy.id, "team_id": self.team.id}
        self.manager.tz = "Pacific/Auckland"
        for date in (FIRST, LAST, datetime(9000, 1, 1)):
            with (
                self.subTest(date),
                self.assertRaisesRegex(ValidationError, "within a year"),
            ):
                dry_runs.create({**values, "date": date})
            # In the dialog it is said at once.
            shown = dry_runs.new({**values, "date": date})
            self.assertIn("within a year", shown.note)
            self.assertFalse(shown.result)

    def test_news_are_promised_within_a_year(self):
        draft = self._draft()
        for date in (LAST, datetime(9000, 1, 1)):
            with self.assertRaisesRegex(ValidationError, "within a year"):
                draft.news_by = date

    def test_somebody_who_is_away_for_ever_is_passed_over(self):
        """The last day of the calendar is a usual way to say so."""
        self.agent.tz = "Pacific/Auckland"
        self.agent.write(
            {
                "out_of_office_from": self.t0 - timedelta(days=1),
                "out_of_office_to": LAST,
            }
        )
        ticket = self._new_ticket(0)
        self._run(10)
        skipped = self.notifications.search(
            [("ticket_id", "=", ticket.id), ("state", "=", "skipped")]
        )
        self.assertEqual(skipped.user_id, self.agent)
        self.assertEqual(skipped.reason, "Away.")


class TestNumbers(EscalationCommon):
    def _assert_refused(self, call, words):
        for number in (2**31, -(2**31) - 1, 2**40, 10**30, 1e300):
            with (
                self.subTest(number),
                self.assertRaisesRegex(ValidationError, words),
                self.env.cr.savepoint(),
            ):
                call(number)

    def test_none_is_larger_than_the_database_can_hold(self):
        """Each is answered by the sentence of its own range."""
        policy = self.policy.with_user(self.manager)
        step = policy.step_ids[0]
        trigger = policy.env["helpdesk.escalation.trigger"].create(
            {"policy_id": policy.id, "kind": "keyword", "keywords": "refund"}
        )
        trial = policy.env["helpdesk.escalation.backtest"]
        numbers = [
            (policy, "confirm_expiry", "expires after 0 minutes"),
            (policy, "repeat_count", "repeated 0 to 5 times"),
            (policy, "repeat_delay", "after one minute to one year"),
            (step, "delay", "between 0 minutes and one year"),
            (trigger, "message_count", "2 to 100 messages"),
            (trigger, "message_minutes", "one minute to one year"),
            (trigger, "times", "1 to 100 times"),
        ]
        if "sla_minutes" in trigger._fields:
            numbers.append((trigger, "sla_minutes", "minutes to one year before"))
            numbers.append((trigger, "sla_percent", "1 to 99 percent"))
        for record, name, words in numbers:
            self._assert_refused(
                lambda number, record=record, name=name: record.write({name: number}),
                words,
            )
        self._assert_refused(
            lambda number: policy.write(
                {"step_ids": [Command.create({"delay": number})]}
            ),
            "between 0 minutes and one year",
        )
        self._assert_refused(
            lambda number: trial.create({"days": number}), "one day to one year"
        )
        line = {"recipient": "responsible"}
        self._assert_refused(
            lambda number: trial.create(
                {"line_ids": [Command.create({**line, "delay": number})]}
            ),
            "too large",
        )
        with self.assertRaisesRegex(ValidationError, "one year at most"):
            trial.create({"line_ids": [Command.create({**line, "delay": 10**6})]})

    def test_a_phrase_is_a_few_words(self):
        with self.assertRaisesRegex(ValidationError, "longer than 200 characters"):
            self.env["helpdesk.escalation.trigger"].create(
                {
                    "policy_id": self.policy.id,
                    "kind": "keyword",
                    "keywords": "refund " * 100,
                }
            )


class TestWhatOneMayNotSee(HandoverCommon):
    """A record of one's own is no way to learn the name of another one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere Ltd"})
        there = {"company_id": cls.elsewhere.id}
        cls.hidden_policy = cls._new_policy("Hidden policy", {"delay": 5}, **there)
        cls.hidden_team = cls.env["helpdesk.ticket.team"].create(
            {"name": "Hidden team", "user_ids": [], **there}
        )
        cls.hidden_partner = cls.env["res.partner"].create(
            {"name": "Hidden partner", **there}
        )
        cls.hidden_portal = cls._new_user(
            "hidden_portal",
            "base.group_portal",
            name="Hidden portal",
            company_id=cls.elsewhere.id,
            company_ids=[Command.set(cls.elsewhere.ids)],
        )
        cls.hidden_ticket = cls._new_ticket(
            0,
            name="Hidden ticket",
            company_id=cls.elsewhere.id,
            team_id=cls.hidden_team.id,
            user_id=False,
        )

    def _assert_refused(self, door):
        """It is refused, kindly, and nothing hidden is named."""
        with (
            self.assertRaises(UserError) as caught,
            self.env.cr.savepoint(),
        ):
            door()
        words = str(caught.exception)
        for secret in ("Hidden", "hidden", "Elsewhere"):
            self.assertNotIn(secret, words)
        self.assertNotIn("Uh-oh", words)
        return words

    def test_a_policy_of_another_company_is_not_named(self):
        values = {"escalation_policy_id": self.hidden_policy.id}
        everywhere = self.env["helpdesk.ticket.team"].create(
            {"name": "Everywhere", "company_id": False, "user_ids": []}
        )
        self.manager.group_ids += self.env.ref("base.group_partner_manager")
        for record in (self.ticket, self.team, everywhere, self.client):
            words = self._assert_refused(
                lambda record=record: record.with_user(self.manager).write(values)
            )
            self.assertIn("belongs to another company. Choose one of", words)
        self._assert_refused(
            lambda: self.team.with_user(self.manager).create({"name": "X", **values})
        )

    def test_it_is_not_named_to_who_sees_both_companies_either(self):
        self.manager.company_ids += self.elsewhere
        both = self.ticket.with_user(self.manager).with_context(
            allowed_company_ids=(self.env.company + self.elsewhere).ids
        )
        with self.assertRaisesRegex(
            ValidationError, "^This escalation policy belongs to Elsewhere Ltd"
        ):
            both.escalation_policy_id = self.hidden_policy

    @mute_logger(RULES)
    def test_policies_steps_and_triggers(self):
        policy = self.policy.with_user(self.manager)
        step = policy.step_ids[0]
        trigger = policy.env["helpdesk.escalation.trigger"].create(
            {"policy_id": policy.id, "kind": "keyword", "keywords": "refund"}
        )
        hidden_step = self.hidden_policy.step_ids
        portal = self.hidden_portal.id
        for record, values in (
            (policy, {"company_id": self.elsewhere.id}),
            (policy, {"fallback_user_id": portal}),
            (step, {"recipient": "user", "user_ids": [Command.link(portal)]}),
            (step, {"recipient": "user", "user_ids": [Command.set([portal])]}),
            (step, {"move_to": "team", "move_team_id": self.hidden_team.id}),
            (step, {"assign_to": "user", "assign_user_id": portal}),
            (step, {"add_follower_ids": [portal]}),
            (trigger, {"step_id": hidden_step.id}),
            (trigger, {"policy_id": self.hidden_policy.id}),
            (policy, {"calendar_id": 10**9 - 1}),
        ):
            with self.subTest(values):
                words = self._assert_refused(
                    lambda record=record, values=values: record.write(values)
                )
                self.assertIn("you may not see what is chosen here", words)
        fallback = {"default_fallback_user_id": portal}
        steps = {"step_ids": [Command.create({"recipient": "responsible"})]}
        self._assert_refused(
            lambda: policy.with_context(**fallback).create({"name": "New", **steps})
        )
        self._assert_refused(lambda: policy.copy({"fallback_user_id": portal}))

    @mute_logger(RULES)
    def test_dialogs(self):
        env = self.env(user=self.manager)
        there = {"policy_id": self.policy.id, "team_id": self.team.id}
        incident = self._escalate(to_user_id=self.expert.id)
        dialog = (
            self.env["helpdesk.escalation.handover.return"]
            .with_user(self.expert)
            .create({"incident_id": incident.id, "kind": "de_escalate", "note": "X"})
        )
        trial = env["helpdesk.escalation.backtest"]
        dry_run = env["helpdesk.escalation.preview"]
        portal = self.hidden_portal.id
        for door in (
            lambda: dialog.write({"to_team_id": self.hidden_team.id}),
            lambda: dialog.write({"to_user_id": portal}),
            lambda: trial.create({**there, "team_id": self.hidden_team.id}),
            lambda: trial.create(
                {"line_ids": [Command.create({"user_ids": [Command.link(portal)]})]}
            ),
            lambda: trial.create(
                {
                    "line_ids": [
                        Command.create({"step_id": self.hidden_policy.step_ids.id})
                    ]
                }
            ),
            lambda: dry_run.create({**there, "partner_id": self.hidden_partner.id}),
            lambda: dry_run.create({**there, "user_id": portal}),
            lambda: dry_run.create({**there, "policy_id": self.hidden_policy.id}),
        ):
            self._assert_refused(door)

    def test_a_draft(self):
        draft = self._draft()
        line = draft.sudo().history_ids[:1]
        if not line:
            self._new_ticket(0, name="Another")
            draft = self._draft()
            line = draft.sudo().history_ids[:1]
        mine = line.with_user(self.agent)
        hidden = self.hidden_ticket.id
        other = self._draft(user=self.leader).sudo().history_ids[:1]
        self.assertTrue(mine and other)
        for door in (
            lambda: draft.write({"to_team_id": self.hidden_team.id}),
            lambda: draft.write({"to_user_id": self.hidden_portal.id}),
            lambda: draft.write({"ticket_id": hidden}),
            lambda: mine.write({"ticket_id": hidden}),
            lambda: draft.write(
                {"history_ids": [Command.update(mine.id, {"ticket_id": hidden})]}
            ),
            lambda: draft.write(
                {"history_ids": [Command.create({"ticket_id": hidden})]}
            ),
            lambda: draft.write({"history_ids": [Command.link(other.id)]}),
            lambda: mine.write({"handover_id": other.handover_id.id}),
        ):
            with self.assertRaises(AccessError) as caught, self.env.cr.savepoint():
                door()
            self.assertNotIn("Hidden", str(caught.exception))
        self.assertNotEqual(mine.sudo().ticket_id, self.hidden_ticket)
        draft.write({"history_ids": [Command.update(mine.id, {"is_related": True})]})
        self.assertTrue(mine.is_related)

    def test_the_original_of_a_duplicate(self):
        ticket = self._new_ticket(0)
        ticket.duplicate_id = self.hidden_ticket
        words = self._assert_refused(
            lambda: ticket.with_user(self.agent).action_escalation_escalate()
        )
        self.assertIn("is a duplicate of one that you may not see", words)

    def test_who_stands_in_for_oneself(self):
        self._assert_refused(
            lambda: self.agent.with_user(self.agent).write(
                {"escalation_substitute_id": self.hidden_portal.id}
            )
        )
        self._assert_refused(
            lambda: self.agent.with_user(self.manager).write(
                {"escalation_substitute_id": self.hidden_portal.id}
            )
        )

    def test_what_is_there_already_stays_though_one_does_not_see_it(self):
        """Who may not see all that a policy points at can still change the rest."""
        manager = self._new_user("esc_other_manager", MANAGER)
        self.policy.calendar_id = self.env["resource.calendar"].create(
            {"name": "Of all companies", "company_id": False}
        )
        self.policy.step_ids[2].user_ids += self.leader
        self.policy.with_user(manager).write(
            {
                "calendar_id": self.policy.calendar_id.id,
                "step_ids": [
                    Command.update(
                        self.policy.step_ids[2].id,
                        {"user_ids": [Command.link(self.leader.id)]},
                    )
                ],
            }
        )
