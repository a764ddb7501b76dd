"""Why is nobody being notified? The ticket says it in one sentence, in every state."""

from contextlib import closing
from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form
from odoo.tools import html2plaintext, mute_logger

from ..support.common import OWN, EscalationCommon, PatientHttpCase

URGENT = "[('priority', '=', '3'), ('team_id.name', 'ilike', 'supp')]"


class TestWhyNot(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader.name = "Lea Leader"
        cls.agent.name = "Anna Agent"
        cls.done = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        cls.awaiting = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting")

    def _why(self, ticket, minute=20):
        self.env.flush_all()
        self.env.invalidate_all()
        with self._at(minute):
            seen = ticket.with_user(self.leader).with_context(tz="UTC")
            return seen.escalation_why, seen.escalation_why_text

    # ------------------------------------------------------------------
    # The states: each makes a ticket that is in it
    # ------------------------------------------------------------------

    def _new(self):
        return self._new_ticket(0)

    def _due(self):
        self.cron.lastcall = self.t0 + timedelta(minutes=19)
        return self._new()

    def _reading(self):
        ticket = self._new()
        self._client_writes(ticket, 1)
        self.env["helpdesk.escalation.message.reading"]._start()
        return ticket

    def _escalated(self):
        ticket = self._new()
        self._run(11)
        return ticket

    def _failed(self):
        ticket = self._escalated()
        self._incident(ticket).write(
            {
                "error": "The disk is full.",
                "attempts": 1,
                "retry_date": self.t0 + timedelta(minutes=25),
            }
        )
        return ticket

    def _confirmed(self):
        ticket = self._escalated()
        with self._at(12):
            self._incident(ticket)._confirm(self.leader, "ticket")
        return ticket

    def _snoozed(self):
        ticket = self._escalated()
        with self._at(12):
            incident = self._incident(ticket)
            until = self.t0 + timedelta(minutes=90)
            incident._snooze_checked(self.leader, until, "Back later", "ticket")
        return ticket

    def _expiring(self):
        self.policy.confirm_expiry = 60
        return self._confirmed()

    def _all_fired(self):
        ticket = self._escalated()
        self._run(61)
        return ticket

    def _nobody_reached(self):
        ticket = self._all_fired()
        self._incident(ticket).nobody_reached = True
        return ticket

    def _archived(self):
        ticket = self._new()
        ticket.active = False
        return ticket

    def _closed(self):
        ticket = self._new()
        with self._at(5):
            ticket.stage_id = self.done
        return ticket

    def _duplicate(self):
        ticket = self._new()
        ticket.duplicate_id = self._new_ticket(0, name="The original")
        return ticket

    def _muted(self):
        ticket = self._new().with_context(tracking_disable=False, mail_notrack=False)
        ticket = ticket.with_user(self.leader)
        self.flush_tracking()
        with self._at(5):
            ticket.escalation_muted = True
            self.flush_tracking()
        return ticket

    def _muted_untracked(self):
        ticket = self._new()
        ticket.escalation_muted = True
        return ticket

    def _same_cause(self):
        cause = self._escalated()
        ticket = self._new()
        ticket.escalation_cause_ticket_id = cause
        return ticket

    def _no_policy(self):
        self.team.escalation_policy_id = False
        return self._new()

    def _policy_archived(self):
        self.policy.active = False
        return self._new()

    def _condition(self):
        self.policy.condition = URGENT
        return self._new()

    def _before_start(self):
        self.policy.start_date = self.t0 + timedelta(minutes=5)
        return self._new()

    def _no_step(self):
        self.policy.step_ids.condition = "[('tag_ids', '!=', False)]"
        return self._new()

    def _outside_hours(self):
        # Open only the day after tomorrow.
        day = (self.t0 + timedelta(days=2)).weekday()
        self.policy.calendar_id = self._new_hours([day], 8, 12)
        return self._new()

    def _waived(self):
        ticket = self._new()
        ticket.with_user(self.leader).action_escalation_no_answer_needed()
        return ticket

    def _answered(self):
        ticket = self._new()
        self._staff_answers(ticket, 5)
        return ticket

    def _paused(self):
        self.policy.pause_stage_ids = self.awaiting
        ticket = self._new_ticket(0, stage_id=self.awaiting.id)
        return ticket

    def _automatic(self):
        ticket = self._new()
        ticket.escalation_auto_opened = True
        return ticket

    def _job_off(self):
        ticket = self._new()
        self.cron.active = False
        return ticket

    STATES = (
        # what it is about, how it comes, what is said of it
        ("next", "_new", 5, "Next: {10}: Anna Agent (responsible), notification."),
        ("due", "_due", 20, "Due with the next run, in a moment: {10}: Anna Agent"),
        ("next", "_escalated", 20, "Next: {30}: Lea Leader (team leader), email."),
        ("no_run", "_job_off", 20, "the escalation job is switched off"),
        ("reading", "_reading", 20, "before the installation have been read: 0 % are."),
        ("failed", "_failed", 20, "The disk is full. Next attempt: {25}."),
        ("confirmed", "_confirmed", 20, "Lea Leader has been on it since {12}. Nobody"),
        ("confirmed", "_expiring", 20, "Without an answer by {72}, the steps start"),
        ("snoozed", "_snoozed", 20, "Snoozed by Lea Leader until {90}: Back later. No"),
        ("last", "_all_fired", 65, "No further step comes, nobody else is notified."),
        ("nobody_reached", "_nobody_reached", 65, "Nobody could be notified."),
        ("archived", "_archived", 20, "the ticket is archived."),
        ("closed", "_closed", 20, "the ticket has been closed since {5}."),
        ("duplicate", "_duplicate", 20, "a duplicate of"),
        ("muted", "_muted", 20, "Lea Leader turned escalation off for this ticket at"),
        ("muted", "_muted_untracked", 20, "escalation is turned off for this ticket."),
        ("same_cause", "_same_cause", 20, "which has the same cause, is escalated for"),
        ("no_policy", "_no_policy", 20, "no escalation policy is set on the ticket"),
        ("no_policy", "_policy_archived", 20, "the policy Standard is archived."),
        (
            "condition",
            "_condition",
            20,
            "Standard (team Support) is not meant for this ticket. "
            "What does not hold: Priority is Very High.",
        ),
        (
            "before_start",
            "_before_start",
            20,
            "has been waiting since {0}, and Standard counts here only from {5} on.",
        ),
        (
            "no_step",
            "_no_step",
            20,
            "no step of Standard is meant for this ticket. "
            "What does not hold: Tags is set.",
        ),
        (
            "closed_hours",
            "_outside_hours",
            20,
            "Outside the working hours “Open” until",
        ),
        ("waived", "_waived", 20, "No answer needed, says Lea Leader since"),
        ("answered", "_answered", 20, "Nobody is waiting: Anna Agent answered at {5}."),
        ("paused", "_paused", 20, "the stage Awaiting has paused the escalation since"),
        ("automatic", "_automatic", 20, "an automatic message opened the ticket"),
    )

    def _moments(self, words, minute):
        """Put moments in place of the minutes in braces."""
        here = self.incidents.with_context(tz="UTC")
        with self._at(minute):
            for number in (0, 5, 10, 12, 25, 30, 72, 90):
                moment = here._format_moment(self.t0 + timedelta(minutes=number))
                words = words.replace(f"{{{number}}}", moment)
        return words

    @mute_logger("odoo.addons.helpdesk_escalation.models.helpdesk_escalation_condition")
    def test_every_state_is_said_in_one_sentence(self):
        for about, way, minute, words in self.STATES:
            with (
                self.subTest(way),
                closing(self.env.cr.savepoint()) as savepoint,
            ):
                ticket = getattr(self, way)()
                said = self._why(ticket, minute)
                self.assertEqual(said[0], about, said)
                self.assertIn(self._moments(words, minute), said[1])
                savepoint.rollback()
                self.env.invalidate_all()
                self.env.registry.clear_cache()

    def test_what_somebody_may_not_search_by_is_told_to_nobody(self):
        self.policy.condition = URGENT
        ticket = self._new()
        self.patch(type(self.policy), "_is_hidden", lambda records, model, text: True)
        _about, words = self._why(ticket)
        self.assertIn("is not meant for this ticket.", words)
        self.assertNotIn("Priority", words)

    def test_a_new_ticket_has_nothing_to_say_yet(self):
        self.assertFalse(self.env["helpdesk.ticket"].new({}).escalation_why_text)

    # ------------------------------------------------------------------
    # The buttons beside it
    # ------------------------------------------------------------------

    def test_a_policy_is_set_in_a_small_dialog(self):
        self.team.escalation_policy_id = False
        ticket = self._new()
        action = ticket.with_user(self.leader).action_escalation_set_policy()
        self.assertEqual((action["res_id"], action["target"]), (ticket.id, "new"))
        other = self._new_user("esc_own", OWN)
        with self.assertRaises(AccessError):
            ticket.with_user(other).action_escalation_set_policy()

    def _dry_run(self, ticket, minute):
        self.env.flush_all()
        self.env.invalidate_all()
        with self._at(minute):
            action = ticket.with_user(self.leader).action_escalation_dry_run()
            previews = self.env["helpdesk.escalation.preview"].with_user(self.leader)
            form = Form(previews.with_context(**action["context"], tz="UTC"))
            return form.note, " ".join(html2plaintext(form.result or "").split())

    def test_the_dry_run_of_a_ticket_that_waits(self):
        ticket = self._new()
        note, picture = self._dry_run(ticket, 5)
        self.assertFalse(note)
        self.assertIn("Carla Client (ACME) writes", picture)
        for name in ("Anna Agent", "Lea Leader", "esc_director"):
            self.assertIn(name, picture)

    def test_the_dry_run_of_an_escalated_ticket_goes_on_from_there(self):
        ticket = self._escalated()
        _note, picture = self._dry_run(ticket, 20)
        self.assertNotIn("Anna Agent", picture)
        self.assertIn("Lea Leader", picture)

    def test_the_dry_run_where_somebody_is_on_it(self):
        ticket = self._confirmed()
        _note, picture = self._dry_run(ticket, 20)
        self.assertNotIn("Lea Leader", picture, "nothing comes after that")
        self.policy.confirm_expiry = 60
        _note, picture = self._dry_run(ticket, 20)
        self.assertIn("Anna Agent", picture, "the steps start again")

    def test_what_is_overdue_happens_now_in_the_dry_run(self):
        ticket = self._new()
        _note, picture = self._dry_run(ticket, 45)
        now = self._moments("{45}".replace("45", "30"), 45)
        self.assertNotIn(f"{now} Team leader", picture)
        self.assertIn("Lea Leader", picture)

    def test_the_dry_run_where_nobody_waits_or_no_policy_counts(self):
        note, picture = self._dry_run(self._answered(), 20)
        self.assertIn("If the client wrote now", note)
        self.assertIn("Anna Agent", picture)
        note, picture = self._dry_run(self._no_policy(), 20)
        self.assertIn("no escalation policy is set", note)
        self.assertFalse(picture)

    def test_the_dry_run_foretells_what_then_happens(self):
        ticket = self._escalated()
        engine = self.env["helpdesk.escalation.engine"]
        incident = self._incident(ticket)
        moments = engine._preview(
            self.policy,
            ticket,
            incident.anchor_date,
            incident=incident,
            earliest=self.t0 + timedelta(minutes=20),
        )
        foretold = [
            (value["user_id"], value["channel"])
            for moment in moments
            for firing in moment.firings
            for value in firing.values
        ]
        told = len(self._told(ticket))
        for minute in (30, 60):
            self._run(minute)
        came = [(user.id, channel) for user, channel in self._told(ticket)[told:]]
        self.assertEqual(foretold, came)


class TestWhyNotInTheBrowser(EscalationCommon, PatientHttpCase):
    def test_the_leader_sees_why_and_sets_a_policy(self):
        self.leader.name = "Lea Leader"
        self.team.escalation_policy_id = False
        self.team.user_ids = [Command.link(self.leader.id)]
        ticket = self._new_ticket(0)
        self.start_tour(
            f"/odoo/helpdesk.ticket/{ticket.id}",
            "helpdesk_escalation_why_not",
            login=self.leader.login,
        )
        self.assertEqual(ticket.escalation_policy_id, self.policy)
