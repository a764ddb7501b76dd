"""What the tests of "No answer needed" share."""

from .common import EscalationCommon


class WaiverCommon(EscalationCommon):
    """The client has waited since minute 0; the agent has an activity from 10 on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent.name = "Anna Agent"
        cls.ticket = cls._new_ticket()

    def _waive(self, minute=40, ticket=None, user=None, **context):
        """Press the button on the ticket."""
        ticket = (ticket or self.ticket).with_user(user or self.agent)
        before = ticket.sudo().message_ids
        with self._at(minute):
            answer = ticket.with_context(**context).action_escalation_no_answer_needed()
        self._date(ticket.sudo().message_ids - before, minute)
        return answer

    def _take_back(self, minute=50, ticket=None, user=None):
        ticket = (ticket or self.ticket).with_user(user or self.agent)
        with self._at(minute):
            answer = ticket.action_escalation_answer_needed()
        self.env.flush_all()
        self.env.invalidate_all()
        return answer

    def _waits(self, ticket=None):
        self.env.invalidate_all()
        return bool((ticket or self.ticket).escalation_waiting_since)

    def _waiver(self, ticket=None):
        return (ticket or self.ticket).message_ids.filtered(
            lambda message: message.escalation_party == "waived"
        )

    def _assert_kind(self, answer, words):
        self.assertEqual(answer["tag"], "display_notification")
        self.assertEqual(answer["params"]["type"], "info")
        self.assertIn(words, answer["params"]["message"])

    def _assert_ended(self, incident):
        self.assertEqual(incident.state, "resolved")
        self.assertEqual(incident.resolution, "waived")
        self.assertEqual(incident.resolved_by_id, self.agent.partner_id)
        self.assertFalse(incident.answered_date, "it is no answer")
        self.assertFalse(self.ticket.activity_ids, "nobody is bothered any more")
