"""What keeps a ticket from being escalated is said in the dialog, not after it."""

from ..support.handover import HandoverCommon


class TestDialog(HandoverCommon):
    def test_a_draft_with_all_of_it_misses_nothing(self):
        draft = self._draft()
        self.assertFalse(draft.missing_text or draft.blocker_text)
        self.assertEqual((draft.missing_parts, draft.short_parts), (",,", ",,"))

    def test_what_is_missing_is_marked_and_counted(self):
        draft = self._draft(user_impact=False, reason_kind=False)
        self.assertEqual(draft.missing_parts, ",user_impact,reason_kind,")
        self.assertIn("Still missing (2)", draft.missing_text)

    def test_whom_it_cannot_go_to_is_said_beside_the_team(self):
        draft = self._draft(to_user_id=self.agent.id, to_team_id=False)
        self.assertIn("You cannot escalate to yourself", draft.blocker_text)
        self.assertEqual(draft.missing_text, "Still missing (1): Team or Person")

    def test_what_somebody_else_changed_is_said_as_well(self):
        draft = self._draft()
        self.ticket.user_id = self.leader
        draft.invalidate_recordset()
        self.assertIn("Somebody else changed the ticket", draft.blocker_text)
        self.assertEqual(draft.missing_text, "Still missing (1): Ticket")
