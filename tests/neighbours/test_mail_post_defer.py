"""mail_post_defer: messages are sent later, and may be taken back until then."""

from ..support.common import EscalationCommon


class TestMailPostDefer(EscalationCommon):
    def test_an_answer_deleted_before_it_was_sent_is_none(self):
        for partners in (self.client, self.env["res.partner"]):
            ticket = self._new_ticket().with_context(test_mail_post_defer=True)
            answer = ticket.with_user(self.agent).message_post(
                body="We are looking into it.",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=partners.ids,
            )
            answer = answer.sudo()
            self.assertEqual(answer.escalation_party, "staff")
            self.assertFalse(answer.mail_ids, "nothing has gone out yet")
            # As the button in the chatter does.
            ticket.with_user(self.agent)._message_update_content(
                answer, body="", attachment_ids=[]
            )
            self.assertFalse(answer.escalation_party)
            self._run(10)
            self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_an_answer_that_is_sent_later_is_one(self):
        ticket = self._new_ticket().with_context(test_mail_post_defer=True)
        self._staff_answers(ticket, 5)
        self._run(60)
        self.assertFalse(self._told(ticket))
