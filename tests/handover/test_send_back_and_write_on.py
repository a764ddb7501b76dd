"""Sent back and written on: nothing is typed twice, and the parts say something."""

from odoo import Command
from odoo.exceptions import UserError

from ..support.handover import HANDOVER, HandoverCommon


class TestWriteOn(HandoverCommon):
    def _open(self, user=None, ticket=None):
        ticket = (ticket or self.ticket).with_user(user or self.agent)
        action = ticket.action_escalation_escalate()
        return ticket.env[action["res_model"]].browse(action["res_id"])

    def _send_back(self, note="Which server?", **values):
        incident = self._escalate(minute=5, to_user_id=self.expert.id, **values)
        self._give_back(incident, self.expert, "send_back", note)
        return incident.handover_id

    def test_it_opens_with_its_own_text_and_says_what_is_missing(self):
        sent_back = self._send_back(to_priority="3", tell_client=True)
        draft = self._open()
        for part, text in HANDOVER.items():
            self.assertEqual(draft[part], text, part)
        self.assertEqual(
            (draft.to_team_id, draft.to_user_id), (self.upper, self.expert)
        )
        self.assertIn("esc_expert sent this back", draft.sent_back_text)
        self.assertIn("Missing: Which server?", draft.sent_back_text)
        self.assertEqual(draft.sudo().previous_id, sent_back)
        self.assertFalse(draft.tell_client, "the client knows already")

    def test_what_was_added_is_handed_over_and_the_chain_stays(self):
        sent_back = self._send_back()
        draft = self._open()
        draft.environment = "srv3, Windows 2022"
        draft.action_escalate()
        handover = draft.sudo()
        self.assertEqual(handover.state, "done")
        self.assertEqual(handover.previous_id, sent_back)
        self.assertEqual(sent_back.outcome, "sent_back", "it stays what came of it")
        self.assertFalse(handover.sent_back_text, "it was answered")
        self.assertIn("srv3", handover.handover_text)

    def test_the_related_tickets_are_still_named(self):
        other = self._new_ticket(0, name="Same printer")
        with self._at(5):
            draft = self._draft(to_user_id=self.expert.id)
            line = draft.history_ids.filtered(lambda one: one.ticket_id == other)
            draft.history_ids = [Command.update(line.id, {"is_related": True})]
            draft.action_escalate()
        self._give_back(draft.sudo().incident_ids, self.expert, "send_back")
        again = self._open()
        related = again.history_ids.filtered("is_related")
        self.assertEqual(related.ticket_id, other)

    def test_the_ticket_says_so_until_it_is_escalated_again(self):
        self._send_back()
        ticket = self.ticket.with_user(self.agent)
        self.assertIn("Missing: Which server?", ticket.escalation_sent_back_text)
        self._escalate(minute=10, to_user_id=self.expert.id)
        self.assertFalse(self.ticket.escalation_sent_back_text)

    def test_a_closed_ticket_says_nothing(self):
        self._send_back()
        self.ticket.stage_id = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        self.assertFalse(self.ticket.escalation_sent_back_text)

    def test_what_was_written_since_is_added(self):
        self._send_back()
        self._client_writes(self.ticket, 24 * 60)
        state = self._open().current_state
        self.assertTrue(state.startswith(HANDOVER["current_state"]))
        self.assertIn("Carla Client: Is anybody there?", state)

    def test_a_colleague_writes_on_too(self):
        self._send_back()
        self.assertEqual(self._open(self.leader).user_impact, HANDOVER["user_impact"])

    def test_a_draft_from_before_is_filled_up_and_nothing_in_it_is_lost(self):
        early = self._open(self.leader)
        early.write({"user_impact": "Thirteen people wait", "reason": False})
        self._send_back()
        draft = self._open(self.leader)
        self.assertEqual(draft, early)
        self.assertEqual(draft.user_impact, "Thirteen people wait")
        self.assertEqual(draft.reason, HANDOVER["reason"])
        self.assertIn("Which server?", draft.sent_back_text)

    def test_who_is_gone_is_not_proposed_again(self):
        self._send_back()
        self.expert.action_archive()
        draft = self._open()
        self.assertFalse(draft.to_user_id)
        self.assertEqual(draft.to_team_id, self.upper)

    def test_after_de_escalation_a_new_one_begins_anew(self):
        incident = self._escalate(to_user_id=self.expert.id)
        self._give_back(incident, self.expert, "de_escalate", "New driver")
        draft = self._open()
        self.assertFalse(draft.sent_back_text or draft.reason)
        self.assertEqual(draft.issue_summary, self.ticket.name)


class TestPartsSaySomething(HandoverCommon):
    def _assert_says_too_little(self, draft, words):
        with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
            draft.action_escalate()
        self.assertEqual(draft.sudo().state, "draft")

    def test_a_letter_a_dash_and_a_dot_are_no_handover(self):
        for text in "x", "-", ".", "...", "asap", "test test":
            draft = self._draft(self._new_ticket(0), user_impact=text)
            with self.subTest(text):
                self._assert_says_too_little(draft, "User Impact .say more: .*10 char")
                self.assertIn("User Impact (say more", draft.missing_text)

    def test_a_team_says_how_much_it_wants_to_read(self):
        part = self.env.ref("helpdesk_escalation_handover.handover_part_user_impact")
        self.upper.escalation_handover_length_ids = [
            Command.create({"part_id": part.id, "min_length": 60})
        ]
        draft = self._draft()
        self._assert_says_too_little(draft, "User Impact .say more: .*60 characters")
        draft.user_impact = (
            "Twelve people of the accounting department cannot send any invoices today."
        )
        draft.action_escalate()
        self.assertEqual(draft.sudo().state, "done")

    def test_a_team_may_be_content_with_less(self):
        part = self.env.ref("helpdesk_escalation_handover.handover_part_user_impact")
        self.upper.escalation_handover_length_ids = [
            Command.create({"part_id": part.id, "min_length": 0})
        ]
        draft = self._draft(user_impact="-")
        self._assert_says_too_little(draft, "User Impact")
        draft.user_impact = "All of us"
        draft.action_escalate()
        self.assertEqual(draft.sudo().state, "done")

    def test_none_is_an_answer_to_what_was_changed(self):
        parts = self.env["helpdesk.escalation.handover.part"]
        self.upper.escalation_handover_part_ids = parts.search([])
        draft = self._draft(environment="-", recent_changes="none")
        self._assert_says_too_little(draft, "complete: Environment")
        draft.environment = "SAP"
        draft.action_escalate()
        self.assertEqual(draft.sudo().state, "done")

    def test_what_is_optional_may_say_anything(self):
        draft = self._draft(environment="-")
        self.assertFalse(draft.missing_text)
