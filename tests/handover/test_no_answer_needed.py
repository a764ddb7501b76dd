""" "No answer needed" on a ticket that was handed over."""

from ..support.handover import HANDOVER
from ..support.waiver import WaiverCommon


class TestNoAnswerNeeded(WaiverCommon):
    def test_it_does_not_end_what_was_handed_over(self):
        self._run(11)
        action = self.ticket.with_user(self.agent).action_escalation_escalate()
        draft = self.env[action["res_model"]].browse(action["res_id"])
        draft = draft.with_user(self.agent)
        draft.write({**HANDOVER, "to_user_id": self.leader.id})
        draft.action_escalate()
        by_hand = draft.sudo().incident_ids
        self._waive(40)
        self.assertEqual(by_hand.state, "active")
        self.assertFalse(by_hand.with_user(self.leader).may_waive)
        automatic = self.ticket.escalation_incident_ids - by_hand
        self.assertEqual(automatic.mapped("resolution"), ["waived"])
