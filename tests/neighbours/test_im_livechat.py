"""im_livechat: a conversation becomes a ticket."""

from ..support.common import EscalationCommon


class TestLivechat(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        livechat = cls.env["im_livechat.channel"].create(
            {"name": "Help", "user_ids": cls.agent.ids}
        )
        visitor = cls.env["mail.guest"].create({"name": "Visitor"})
        cls.channel = cls.env["discuss.channel"].create(
            {
                "name": "Visitor",
                "channel_type": "livechat",
                "livechat_channel_id": livechat.id,
                "livechat_operator_id": cls.agent.partner_id.id,
            }
        )
        cls.channel._add_members(guests=visitor, users=cls.agent)
        cls.visitor = visitor

    def _visitor_writes(self, minute, body="It burns"):
        message = self.channel.message_post(
            body=body,
            author_id=False,
            author_guest_id=self.visitor.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._date(message, minute)
        return message

    def test_the_ticket_that_is_made_of_it_waits(self):
        self._visitor_writes(0)
        ticket = self._new_ticket(
            1,
            partner_id=False,
            partner_name="Visitor",
            description=self.channel._get_channel_history(),
        )
        self.assertIn("It burns", ticket.description)
        self._visitor_writes(5)
        self._staff_answers(self.channel, 6)
        self._run(12)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_moved_to_a_ticket_each_message_is_of_who_wrote_it(self):
        asked = self._visitor_writes(0)
        answer = self._staff_answers(self.channel, 1)
        asked_again = self._visitor_writes(2, "And now?")
        self.assertEqual(
            {*(asked + answer + asked_again).mapped("escalation_party")}, {False}
        )
        ticket = self._new_ticket(partner_id=False, partner_name="Visitor")
        self.channel.message_change_thread(ticket)
        self.assertEqual(
            [one.escalation_party for one in asked + answer + asked_again],
            ["client", "staff", "client"],
        )
        self._run(12)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
