"""Another policy counts for a ticket that is escalated: all screens name one (R6)."""

from lxml import html

from ..support.common import EscalationCommon
from ..support.hands import HandsCommon


class TestPolicyChanged(EscalationCommon):
    def setUp(self):
        super().setUp()
        self.other = self._new_policy(
            "Express",
            {"delay": 5, "recipient": "team_leader"},
            {"delay": 20, "recipient": "team_leader", "channel": "email"},
        )
        self.ticket = self._new_ticket(0)
        self._run(11)
        self.incident = self._incident(self.ticket)

    def _assert_all_screens_say(self, policy, other):
        self.env.flush_all()
        self.env.invalidate_all()
        ticket = self.ticket.with_user(self.leader)
        incident = self.incident.with_user(self.leader)
        self.assertEqual(ticket.effective_escalation_policy_id, policy)
        self.assertEqual(incident.policy_id, policy)
        history = html.fromstring(ticket.escalation_history).text_content()
        self.assertIn(policy.name, history)
        self.assertNotIn(other.name, history)
        self.assertEqual(
            ticket.escalation_next_text and True, incident.next_text and True
        )

    def test_on_the_ticket_it_is_applied_at_once_and_said_so(self):
        with self._at(12):
            self.ticket.with_user(self.leader).escalation_policy_id = self.other
        self._assert_all_screens_say(self.other, self.policy)
        self.assertEqual(
            self._notes(self.ticket)[-1],
            "The policy Express counts now instead of Standard: the escalation goes on "
            "with its steps after 10min.",
        )
        text = self.ticket.with_user(self.leader).escalation_status_text
        self.assertRegex(text, r"Escalated since .*: Responsible, notification")
        self.assertEqual(self.incident.step_label, "Responsible · notification")
        notes = len(self._notes(self.ticket))
        self._run(15)
        self.assertEqual(len(self._notes(self.ticket)), notes, "it is said once")
        self._run(20)
        self.assertEqual(self._told(self.ticket)[1:], [(self.leader, "email")])

    def test_on_the_team_it_is_applied_by_the_run_that_comes_at_once(self):
        self._set_policy(self.team, self.other)
        self._run(12)
        self._assert_all_screens_say(self.other, self.policy)
        self.assertIn("Express counts now", self._notes(self.ticket)[-1])

    def test_where_somebody_is_on_it_too(self):
        with self._at(12):
            self.incident._confirm(self.agent, "ticket")
        self._set_policy(self.team, self.other)
        self._run(13)
        self._assert_all_screens_say(self.other, self.policy)
        self.assertEqual(self.incident.state, "confirmed")

    def test_back_again_the_steps_not_fired_yet_still_come(self):
        """What was not fired by the other one passes nothing over."""
        early = self.policy.step_ids.sorted()[1]
        self.ticket.escalation_policy_id = self.other
        self.ticket.escalation_policy_id = False
        self._assert_all_screens_say(self.policy, self.other)
        early.delay = 8
        self._run(13)
        self.assertEqual(self._told(self.ticket)[1:], [(self.leader, "email")])

    def test_with_what_is_due_by_it_there_is_one_note(self):
        self._set_policy(self.team, self.other)
        notes = len(self._notes(self.ticket))
        self._run(20)
        (note,) = self._notes(self.ticket)[notes:]
        self.assertIn("Express counts now", note)
        self.assertIn("Notified: esc_leader", note)


class TestPolicyChangedByMoving(HandsCommon):
    def test_another_team_says_only_that_it_was_moved(self):
        self.experts.escalation_policy_id = self._new_policy("Experts", {"delay": 45})
        ticket = self._new_ticket(0)
        self._run(11)
        self._move(ticket)
        self.assertEqual(
            self._incident(ticket).policy_id, self.experts.escalation_policy_id
        )
        self._run(12)
        (note,) = self._notes(ticket)[-1:]
        self.assertIn("Moved to Experts", note)
        self.assertFalse([one for one in self._notes(ticket) if "counts now" in one])


class TestOneNote(EscalationCommon):
    def test_what_a_run_does_is_one_note(self):
        """Opened, and two steps at once; later a new round with its first step."""
        self.policy.write({"confirm_expiry": 60})
        self.policy.step_ids.sorted()[0].delay = 0
        ticket = self._new_ticket(0)
        notes = len(self._notes(ticket))
        self._run(31)
        (note,) = self._notes(ticket)[notes:]
        for words in (
            "Escalation opened by the policy Standard",
            "Notified: esc_agent.",
            "Notified: esc_leader.",
        ):
            self.assertIn(words, note)
        with self._at(32):
            self._incident(ticket)._confirm(self.leader, "ticket")
        notes = len(self._notes(ticket))
        self._run(92)
        (note,) = self._notes(ticket)[notes:]
        self.assertIn("esc_leader has not answered in time", note)
        self.assertIn("At once: notification to the responsible", note)

    def test_a_click_is_one_note_too(self):
        ticket = self._new_ticket(0)
        self._run(11)
        notes = len(self._notes(ticket))
        with self._at(12):
            self._incident(ticket).with_user(self.leader).action_escalate_now()
        (note,) = self._notes(ticket)[notes:]
        self.assertIn("esc_leader escalates now.", note)
        self.assertIn("Notified: esc_leader.", note)
