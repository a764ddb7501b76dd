"""What people do with the activity of a handover."""

from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from ..support.activities import ActivityCommon
from ..support.handover import HandoverCommon


class TestHandedOverByHand(HandoverCommon, ActivityCommon):
    """What a person hands over is as hard to silence."""

    @mute_logger("odoo.models")
    def test_s7_who_reassigned_does_not_take_it_away(self):
        self.incident = self._escalate(user=self.leader)
        activity = self._activity(self.chief).with_user(self.leader)
        for name, take_away in self._ways_to_take_away(self.ticket):
            with self.subTest(name), self.assertRaises(AccessError):
                take_away(activity)
        with self.assertRaisesRegex(AccessError, "handed this ticket over yourself"):
            activity.action_feedback()
        self.assertEqual(self.incident.state, "active")

    def test_s7_a_handover_passes_on_to_the_policys_next_step(self):
        self.incident = self._escalate()
        self._activity(self.chief).with_user(self.expert).unlink()
        self._run(2)
        self.assertEqual(self._told(self.ticket)[1:], [(self.chief, "email")])

    def test_s7_a_handover_without_a_policy_falls_back_at_once(self):
        self.upper.escalation_policy_id = False
        self.team.escalation_policy_id = False
        self.incident = self._escalate()
        self._activity(self.chief).with_user(self.chief).unlink()
        self.assertIn((self.manager, "activity"), self._told(self.ticket)[1:])
        self.assertFalse(self.incident.nobody_reached)
