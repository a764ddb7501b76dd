"""R2: an answer that our own mail server refuses has reached nobody."""

from contextlib import contextmanager
from smtplib import SMTPRecipientsRefused
from unittest.mock import patch

from odoo.tools import mute_logger

from ..support.coming_back import ComingBackCommon

NOBODY = "odoo.addons.mail.models.mail_mail"


class UndeliveredCommon(ComingBackCommon):
    @contextmanager
    def _server(self, *refused, is_down=False):
        """Send mails for real, up to a server that refuses some addresses."""
        with self.mock_mail_gateway(), mute_logger(NOBODY):
            take = self.testing_smtp_session.send_message

            def send_message(message, smtp_from, smtp_to_list):
                if set(smtp_to_list) & set(refused):
                    raise SMTPRecipientsRefused(
                        {one: (550, b"5.1.1 User unknown") for one in smtp_to_list}
                    )
                take(message, smtp_from, smtp_to_list)

            self.testing_smtp_session.send_message = send_message
            if is_down:
                self.connect_mocked.side_effect = ConnectionRefusedError("No route")
            yield

    def _answer(self, ticket, minute, *partners, refused=(), is_down=False):
        """Answer a ticket by mail; the server may refuse it at once."""
        with self._at(minute), self._server(*refused, is_down=is_down):
            message = ticket.with_user(self.agent).message_post(
                body="Pull the plug.",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=[partner.id for partner in partners],
            )
        self._date(message, minute)
        return message.sudo()

    def _retry(self, message, minute, refused=()):
        """Send a mail again, as the button on it does."""
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        with self._at(minute), self._server(*refused):
            mail.action_retry()
            mail.send()

    def _new_boss(self):
        return self.env["res.partner"].create(
            {
                "name": "Bert Boss",
                "email": "bert@acme.example",
                "parent_id": self.client_company.id,
            }
        )


class TestRefusedAnswers(UndeliveredCommon):
    def test_the_wait_goes_on_from_the_moment_of_the_failure(self):
        for count_from in ("client_last", "client_first"):
            with self.subTest(count_from):
                self.policy.count_from = count_from
                ticket = self._new_ticket()
                message = self._answer(
                    ticket, 5, self.client, refused=[self.client.email]
                )
                self._run(6)
                self.assertFalse(message.escalation_party)
                self.assertEqual((self._since(ticket), self._anchor(ticket)), (5, 5))
                note = self._notes(ticket)[-1]
                self.assertIn(self.client.email, note)
                self.assertIn("User unknown", note)
                self._run(14)
                self.assertFalse(ticket.escalation_incident_ids)
                self._run(15)
                self.assertEqual(self._told(ticket), [(self.agent, "activity")])
                ticket.active = False

    def test_a_server_that_is_down_takes_none_of_the_answers(self):
        tickets = [self._new_ticket() for _number in range(2)]
        for ticket in tickets:
            self._answer(ticket, 5, self.client, is_down=True)
        self._run(6)
        for ticket in tickets:
            self.assertEqual(self._since(ticket), 5)
            self.assertIn("No route", self._notes(ticket)[-1])

    def test_what_arrives_is_an_answer_and_costs_nothing_else(self):
        ticket = self._new_ticket()
        message = self._answer(ticket, 5, self.client)
        self.assertFalse(self.env["helpdesk.escalation.delivery"].search([]))
        self._run(6)
        self.assertEqual(message.escalation_party, "staff")
        self.assertIsNone(self._since(ticket))

    def test_it_ends_an_escalation_and_begins_a_new_one(self):
        ticket = self._new_ticket()
        self._run(10)
        first = self._incident(ticket)
        self._answer(ticket, 12, self.client, refused=[self.client.email])
        self.assertEqual(first.resolution, "answered")
        self._run(21)
        self.assertEqual(ticket.escalation_incident_ids, first)
        self._run(22)
        self.assertEqual(len(ticket.escalation_incident_ids), 2)

    def test_sent_again_it_is_an_answer(self):
        ticket = self._new_ticket()
        refused = [self.client.email]
        message = self._answer(ticket, 5, self.client, refused=refused)
        self._run(15)
        self.assertEqual(self._incident(ticket).state, "active")
        self._retry(message, 16, refused=refused)
        self._run(17)
        self.assertEqual(self._since(ticket), 5, "refused once more")
        self._retry(message, 18)
        self._run(19)
        self.assertEqual(message.escalation_party, "staff")
        self.assertIsNone(self._since(ticket))
        self.assertEqual(self._incident(ticket).resolution, "answered")

    def test_one_of_several_on_the_clients_side_is_enough(self):
        boss = self._new_boss()
        ticket = self._new_ticket()
        self._client_writes(ticket, 1, author=boss)
        message = self._answer(
            ticket, 5, self.client, boss, refused=[self.client.email]
        )
        self._run(6)
        self.assertEqual(message.escalation_party, "staff")
        message = self._answer(
            ticket, 7, self.client, boss, refused=[self.client.email, boss.email]
        )
        self._run(8)
        self.assertFalse(message.escalation_party)
        self.assertIsNone(self._since(ticket), "the first one stands")

    def test_others_who_got_it_or_not_do_not_matter(self):
        vendor = self.env["res.partner"].create(
            {"name": "Vendor", "email": "vera@vendor.example"}
        )
        ticket = self._new_ticket()
        ticket.message_subscribe(self.leader.partner_id.ids)
        message = self._answer(
            ticket, 5, self.client, vendor, refused=[vendor.email, self.leader.email]
        )
        self._run(6)
        self.assertEqual(message.escalation_party, "staff")
        ticket = self._new_ticket()
        message = self._answer(
            ticket, 5, self.client, vendor, refused=[self.client.email]
        )
        self._run(6)
        self.assertEqual(self._since(ticket), 5)

    def test_who_reads_it_in_odoo_has_got_it(self):
        colleague = self._new_user(
            "esc_asker", "base.group_user", notification_type="inbox"
        )
        ticket = self._new_ticket(partner_id=colleague.partner_id.id)
        message = self._answer(ticket, 5, colleague.partner_id, is_down=True)
        self._run(6)
        self.assertEqual(message.escalation_party, "staff")

    def test_a_client_without_an_address_is_not_missed_by_mail(self):
        ticket = self._new_ticket()
        self.client.email = False
        message = self._answer(ticket, 5, self.client)
        self._run(6)
        self.assertEqual(message.escalation_party, "staff")

    def test_an_address_that_is_none_has_failed(self):
        ticket = self._new_ticket()
        self.client.email = "carla at acme"
        message = self._answer(ticket, 5, self.client)
        self._run(6)
        self.assertFalse(message.escalation_party)
        self.assertEqual(self._since(ticket), 5)

    def test_a_client_without_contact(self):
        address = "nora@new.example"
        ticket = self._new_ticket(partner_id=False, partner_email=address)
        with self._at(5), self._server(address):
            message = ticket.with_user(self.agent).message_post(
                body="Pull the plug.",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                outgoing_email_to=address,
            )
        self._date(message, 5)
        self._run(6)
        self.assertEqual(self._since(ticket), 5)

    def test_the_address_is_corrected_and_it_has_still_not_arrived(self):
        ticket = self._new_ticket()
        message = self._answer(ticket, 5, self.client, refused=[self.client.email])
        self._run(6)
        boss = self._new_boss()
        ticket.partner_id = boss
        self.assertEqual(self._since(ticket), 5)
        message.body = "<p>Pull the other plug.</p>"
        message.author_id = self.leader.partner_id
        self.assertFalse(message.escalation_party)
        self.assertEqual(self._since(ticket), 5)

    def test_who_has_written_since_waits_from_then(self):
        for count_from, anchor in (("client_last", 8), ("client_first", 8)):
            self.policy.count_from = count_from
            ticket = self._new_ticket()
            message = self._answer(ticket, 5, self.client)
            self._client_writes(ticket, 8)
            message.notification_ids.notification_status = "ready"
            mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
            mail.state = "outgoing"
            with self._at(20), self._server(self.client.email):
                mail.send()
            self._run(20)
            with self.subTest(count_from):
                self.assertFalse(message.escalation_party)
                self.assertEqual(self._anchor(ticket), anchor)
                self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_where_an_answer_ends_nothing_it_postpones_nothing(self):
        self.policy.count_from = "unresolved"
        ticket = self._new_ticket()
        self._answer(ticket, 5, self.client, refused=[self.client.email])
        self._run(6)
        self.assertEqual(self._anchor(ticket), 0)

    def test_what_is_closed_stays_closed(self):
        ticket = self._new_ticket()
        self._answer(ticket, 5, self.client, refused=[self.client.email])
        self._write(ticket, 5, stage_id=self.done.id)
        self._run(6)
        self.assertIsNone(self._since(ticket))
        self.assertIn(self.client.email, self._notes(ticket)[-1])

    def test_an_answer_to_who_wrote_after_the_closing(self):
        ticket = self._new_ticket()
        self._write(ticket, 1, stage_id=self.done.id)
        with self._at(2):
            self._client_writes(ticket, 2)
        self._answer(ticket, 5, self.client, refused=[self.client.email])
        self._run(6)
        self.assertEqual((self._since(ticket), self._anchor(ticket)), (5, 5))

    def test_an_answer_to_who_wrote_on_a_duplicate(self):
        ticket, duplicate = self._new_ticket(), self._new_ticket()
        self._staff_answers(ticket, 1)
        self._write(duplicate, 1, duplicate_id=ticket.id)
        self._client_writes(duplicate, 2)
        self.assertEqual(self._since(ticket), 2)
        self._answer(duplicate, 5, self.client, refused=[self.client.email])
        self._run(6)
        self.assertEqual((self._since(ticket), self._anchor(ticket)), (5, 5))

    def test_a_fault_of_ours_sends_nothing_twice(self):
        ticket = self._new_ticket()
        ticket.message_subscribe(self.leader.partner_id.ids)
        deliveries = self.env.registry["helpdesk.escalation.delivery"]
        refused = [self.client.email]
        with (
            patch.object(deliveries, "_add", side_effect=ValueError("Ours")),
            mute_logger("odoo.addons.helpdesk_escalation.models.mail_mail"),
        ):
            message = self._answer(ticket, 5, self.client, refused=refused)
        mails = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        self.assertIn("exception", mails.mapped("state"))
