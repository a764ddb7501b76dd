"""What other people's add-ons do on the same paths, and the promise beside them."""

from datetime import timedelta

from odoo import Command, fields

from ..support.common import EscalationCommon


class TestNeighbours(EscalationCommon):
    def test_closing_for_inactivity_says_that_a_client_waited(self):
        """helpdesk_ticket_close_inactive"""
        done = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        ticket = self._new_ticket()
        self._run(10)
        ticket.last_stage_update = fields.Datetime.now() - timedelta(days=30)
        self.team.write(
            {
                "close_inactive_tickets": True,
                "ticket_stage_ids": [Command.set(ticket.stage_id.ids)],
                "closing_ticket_stage": done.id,
                "close_inactive_mail_template_id": False,
            }
        )
        self.team.close_team_inactive_tickets()
        self.assertEqual(ticket.stage_id, done)
        self._run(11)
        self.assertEqual(self._incident(ticket).resolution, "closed_waiting")

    def test_an_answer_deleted_before_it_was_sent_is_none(self):
        """mail_post_defer: half a minute to take it back."""
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
        """mail_post_defer"""
        ticket = self._new_ticket().with_context(test_mail_post_defer=True)
        self._staff_answers(ticket, 5)
        self._run(60)
        self.assertFalse(self._told(ticket))

    def test_the_clients_answer_that_moves_the_ticket_waits(self):
        """helpdesk_ticket_partner_response"""
        awaiting = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting")
        ticket = self._new_ticket()
        self._staff_answers(ticket, 1)
        self.team.write(
            {
                "autoupdate_ticket_stage": True,
                "autopupdate_src_stage_ids": [Command.set(awaiting.ids)],
                "autopupdate_dest_stage_id": ticket.stage_id.id,
            }
        )
        before = ticket.stage_id
        ticket.stage_id = awaiting
        self._client_writes(ticket, 20)
        self.assertIn(ticket.stage_id, before + awaiting)
        self._run(30)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_a_notification_has_its_person_beside_teams_of_activities(self):
        """mail_activity_team"""
        self.env["mail.activity.team"].create(
            {"name": "Others", "member_ids": [Command.set(self.director.ids)]}
        )
        ticket = self._new_ticket()
        self._run(10)
        self.assertEqual(ticket.activity_ids.user_id, self.agent)

    def test_recipients_that_become_followers_are_told_nothing_inside(self):
        """mail_optional_autofollow"""
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

    def test_an_answer_goes_to_the_client_where_followers_are_left_out(self):
        """mail_optional_follower_notification"""
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

    def test_the_mail_has_its_link_though_mails_are_tracked(self):
        """mail_tracking rewrites mails on their way out."""
        ticket = self._new_ticket()
        self._run(30)
        with self.mock_mail_gateway():
            self.env["mail.mail"].process_email_queue()
            bodies = [mail["body"] for mail in self._mails]
        (body,) = [one for one in bodies if "I'm on it" in one or "on it" in one]
        self.assertIn("/helpdesk_escalation/confirm", body)
        self.assertEqual(self._incident(ticket).state, "active")
