"""The ticket tells what happens next and what has happened, to whom and how."""

from datetime import timedelta

from lxml import html

from odoo.tests import Form

from ..support.common import EscalationCommon


class TestTicketHistory(EscalationCommon):
    def _text(self, ticket):
        self.env.invalidate_all()
        story = ticket.with_user(self.leader).escalation_history
        return " ".join(html.fromstring(story).text_content().split()) if story else ""

    def test_before_the_first_step_it_says_who_is_next(self):
        ticket = self._new_ticket(0)
        seen = ticket.with_user(self.leader)
        self.assertFalse(seen.escalation_history)
        self.assertIn(
            ": esc_agent (responsible), notification", seen.escalation_next_text
        )
        ticket.user_id = False
        self.assertIn("nobody yet (responsible)", seen.escalation_next_text)

    def test_every_person_told_or_not_is_in_the_story(self):
        self.leader.out_of_office_from = self.t0 - timedelta(days=1)
        self.leader.escalation_substitute_id = self.manager
        ticket = self._new_ticket(0)
        self._run(10)
        seen = ticket.with_user(self.leader)
        self.assertIn(": esc_leader (team leader), email", seen.escalation_next_text)
        self._run(30)
        self.notifications.search([("user_id", "=", self.manager.id)]).state = "failed"
        text = self._text(ticket)
        for words in (
            "The client is waiting Standard",
            "After 10min: notification to the responsible Sent: esc_agent notification",
            "After 30min: email to the team leader Skipped: esc_leader Away.",
            "Failed: esc_manager (for esc_leader) email",
        ):
            self.assertIn(words, text)
        self._incident(ticket)._confirm(self.manager, "email")
        self.assertIn("esc_manager is on it via email", self._text(ticket))
        self.assertFalse(seen.escalation_next_text)
        self._staff_answers(ticket, 40)
        self._run(41)
        text = self._text(ticket)
        self.assertIn("Resolved at", text)
        self.assertIn("Answered esc_agent", text)

    def test_the_last_of_several_incidents_comes_first(self):
        ticket = self._new_ticket(0)
        self._run(10)
        self._staff_answers(ticket, 11)
        self._run(12)
        self._client_writes(ticket, 20)
        self._run(40)
        text = self._text(ticket)
        self.assertLess(text.index("Waiting since"), text.index("Resolved at"))

    def test_a_change_in_the_form_counts_as_soon_as_it_is_saved(self):
        slow = self._new_policy("Slow", {"delay": 600, "recipient": "team_leader"})
        ticket = self._new_ticket(0)
        self.env.invalidate_all()
        with Form(ticket.with_user(self.leader)) as form:
            self.assertIn("esc_agent (responsible)", form.escalation_next_text)
            form.escalation_policy_id = slow
            form.save()
            self.assertEqual(form.effective_escalation_policy_id, slow)
            self.assertEqual(form.escalation_policy_origin, "this ticket")
            self.assertIn("esc_leader (team leader)", form.escalation_next_text)
            form.escalation_muted = True
            form.save()
            self.assertIn("Escalation is turned off", form.escalation_status_text)
            self.assertFalse(form.escalation_next_text)
