"""mail_optional_autofollow: recipients become followers."""

from odoo import Command

from ..support.common import EscalationCommon


class TestMailOptionalAutofollow(EscalationCommon):
    def test_recipients_that_become_followers_are_told_nothing_inside(self):
        ticket = self._new_ticket()
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.agent)
            .with_context(
                default_model=ticket._name,
                default_res_ids=ticket.ids,
                default_composition_mode="comment",
                mail_post_autofollow=True,
            )
            .create(
                {
                    "body": "We are looking into it.",
                    "partner_ids": [Command.set(self.client.ids)],
                    "autofollow_recipients": True,
                }
            )
        )
        composer._action_send_mail()
        self.assertIn(self.client, ticket.message_partner_ids)
        self._run(60)
        self.assertFalse(self._told(ticket), "the client was answered")
