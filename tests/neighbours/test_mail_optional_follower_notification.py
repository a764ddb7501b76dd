"""mail_optional_follower_notification: a message may leave out the followers."""

from ..support.common import EscalationCommon


class TestMailOptionalFollowerNotification(EscalationCommon):
    def test_an_answer_goes_to_the_client_where_followers_are_left_out(self):
        ticket = self._new_ticket()
        for partners, told in (
            (self.client_company + self.client, []),
            (
                self.env["res.partner"].create(
                    {"name": "Vendor", "email": "v@v.example"}
                ),
                [(self.agent, "activity")],
            ),
        ):
            ticket = self._new_ticket()
            ticket.with_user(self.agent).with_context(
                notify_followers=False
            ).message_post(
                body="Have a look, please.",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=partners.ids,
            )
            self._run(10)
            self.assertEqual(self._told(ticket), told)
