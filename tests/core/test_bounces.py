"""R2, R9: mails that come back undelivered, as real servers report it."""

from odoo import fields

from ..support.bounces import POSTFIX
from ..support.common import EscalationCommon
from ..support.incoming import IncomingMail

EXCHANGE = """\
From: <postmaster@acme.onmicrosoft.com>
To: <{bounce}>
Date: {date}
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="a1b2c3"
Content-Language: en-US
Message-ID: <b9f5-{number}@AM0P190MB0001.EURP190.PROD.OUTLOOK.COM>
In-Reply-To: {message_id}
References: {message_id}
Subject: Undeliverable: Something
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
MIME-Version: 1.0

--a1b2c3
Content-Type: text/plain; charset="us-ascii"

Your message couldn't be delivered. {address} wasn't found at acme.example.

--a1b2c3
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0P190MB0001.EURP190.PROD.OUTLOOK.COM
Received-From-MTA: dns;mail.desk.example
Arrival-Date: {date}

Final-Recipient: rfc822;{address}
Action: {action}
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found

--a1b2c3
Content-Type: message/rfc822

From: "Help" <help@desk.example>
To: <{address}>
Message-ID: {message_id}
Subject: Something

Hello

--a1b2c3--
"""

OF_OLD = """\
From: MAILER-DAEMON@old.example
To: {bounce}
Date: {date}
Message-Id: <{number}@old.example>
In-Reply-To: {message_id}
Subject: failure notice

Hi. This is the qmail-send program at old.example.
I'm afraid I wasn't able to deliver your message to the following addresses.

<{address}>:
Sorry, no mailbox here by that name. (#5.1.1)
"""

RECEIPT = """\
From: {address}
To: {bounce}
Date: {date}
Message-Id: <{number}@acme.example>
In-Reply-To: {message_id}
References: {message_id}
Subject: Read: Something
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification;
\tboundary="xyz"

--xyz
Content-Type: text/plain

Your message was read.

--xyz
Content-Type: message/disposition-notification

Final-Recipient: rfc822;{address}
Original-Message-ID: {message_id}
Disposition: manual-action/MDN-sent-manually; displayed

--xyz--
"""

AWAY = """\
From: {address}
To: {bounce}
Date: {date}
Message-Id: <{number}@acme.example>
In-Reply-To: {message_id}
Auto-Submitted: auto-replied
Subject: Out of office

I am away until Monday.
"""


class Bounces(IncomingMail, EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.step_ids[0].channel = "email"
        cls.bounce = cls.mail_alias_domain.bounce_email
        cls.numbers = iter(range(1000))

    def _come_back(self, text, message, address, action="failed", status="5.1.1"):
        """Let a mail server report on a message, at the gateway's door."""
        return self._receive(
            text.format(
                bounce=self.bounce,
                date="Sat, 28 Nov 2026 23:00:00 +0000",
                number=next(self.numbers),
                message_id=message.message_id,
                address=address,
                action=action,
                status=status,
            )
        )


class TestOurMails(Bounces):
    def _sent(self, *tickets):
        """Let a run write the mails at minute 10, and the queue send them."""
        self._run(10)
        mail = self._incident(tickets[0]).notification_ids.mail_id
        message = mail.mail_message_id
        self._send_mails()
        self._run(11)
        self.assertEqual(self._incident(tickets[0]).notification_ids.state, "sent")
        self.assertFalse(mail.exists())
        return message

    def _assert_notified_instead(self, ticket, reason):
        self.assertEqual(
            self._told(ticket), [(self.agent, "email"), (self.agent, "activity")]
        )
        by_mail, by_activity = self._incident(ticket).notification_ids
        self.assertEqual((by_mail.state, by_activity.state), ("failed", "sent"))
        self.assertIn(reason, by_mail.reason)
        self.assertIn(reason, by_activity.reason)
        self.assertEqual(by_activity.activity_id.user_id, self.agent)
        self.assertTrue(self._incident(ticket).mail_failed)

    def test_a_bounced_mail_becomes_a_notification_with_the_reason(self):
        for text, reason in (
            (POSTFIX, "550 5.1.1 <esc_agent@helpdesk.example>: Recipient address"),
            (EXCHANGE, "RecipientNotFound"),
            (OF_OLD, "failure notice"),
        ):
            with self.subTest(text=text[:40]):
                ticket = self._new_ticket(0)
                message = self._sent(ticket)
                self._come_back(text, message, self.agent.email)
                self._assert_notified_instead(ticket, reason)
                # Told once, however often they say it.
                self._come_back(text, message, self.agent.email)
                self._assert_notified_instead(ticket, reason)

    def test_a_digest_that_bounces_is_about_all_its_tickets(self):
        tickets = [self._new_ticket(0) for _number in range(6)]
        message = self._sent(*tickets)
        self._come_back(POSTFIX, message, self.agent.email)
        for ticket in tickets:
            self._assert_notified_instead(ticket, "User unknown")

    def test_what_is_late_or_read_or_answered_by_absence_has_not_bounced(self):
        ticket = self._new_ticket(0)
        message = self._sent(ticket)
        address = self.agent.email
        self._come_back(POSTFIX, message, address, "delayed", "4.4.1")
        self._come_back(EXCHANGE, message, address, "relayed")
        self._come_back(RECEIPT, message, address)
        self._come_back(AWAY, message, address)
        self.assertEqual(self._told(ticket), [(self.agent, "email")])
        self.assertEqual(self._incident(ticket).notification_ids.state, "sent")

    def test_where_somebody_is_on_it_or_it_is_over_nobody_is_notified(self):
        confirmed, resolved = self._new_ticket(0), self._new_ticket(0)
        first = self._sent(confirmed, resolved)
        second = self._incident(resolved).notification_ids.sudo().mail_message_id
        self._incident(confirmed)._confirm(self.leader, "ticket")
        self._staff_answers(resolved, 12)
        for message in (first, second):
            self._come_back(POSTFIX, message, self.agent.email)
        for ticket in (confirmed, resolved):
            line = self._incident(ticket).notification_ids
            self.assertEqual(len(line), 1)
            self.assertIn("User unknown", line.reason)

    def test_who_was_archived_meanwhile_passes_on(self):
        ticket = self._new_ticket(0)
        message = self._sent(ticket)
        self.agent.active = False
        self._come_back(POSTFIX, message, self.agent.email)
        self._run(12)
        self.assertEqual(self._told(ticket)[1:], [(self.leader, "email")])


class TestAnswers(Bounces):
    def _answer(self, ticket, *partners, minute=5):
        message = ticket.with_user(self.agent).message_post(
            body="Here you are.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=[partner.id for partner in partners],
        )
        self._date(message, minute)
        message = message.sudo()
        self.assertEqual(message.escalation_party, "staff")
        return message

    def _assert_waits_again(self, ticket, message):
        self.assertFalse(message.escalation_party)
        self.assertTrue(ticket.sudo().escalation_back_date)

    def _assert_answered(self, ticket, message):
        self.assertEqual(message.escalation_party, "staff")
        self.assertFalse(ticket.sudo().escalation_back_date)

    def test_an_answer_that_comes_back_was_none(self):
        for text in (POSTFIX, EXCHANGE, OF_OLD):
            with self.subTest(text=text[:40]):
                ticket = self._new_ticket(0)
                message = self._answer(ticket, self.client)
                with self._at(20):
                    self._come_back(text, message, self.client.email)
                    self.assertEqual(
                        ticket.sudo().escalation_back_date, fields.Datetime.now()
                    )
                self._assert_waits_again(ticket, message)
                self.assertIn(self.client.email, self._notes(ticket)[-1])

    def test_it_has_to_fail_for_good(self):
        ticket = self._new_ticket(0)
        message = self._answer(ticket, self.client)
        self._come_back(POSTFIX, message, self.client.email, "delayed", "4.4.1")
        self._come_back(RECEIPT, message, self.client.email)
        self._come_back(AWAY, message, self.client.email)
        self._assert_answered(ticket, message)

    def test_one_on_the_clients_side_who_got_it_is_enough(self):
        boss = self.env["res.partner"].create(
            {
                "name": "Bert Boss",
                "email": "bert@acme.example",
                "parent_id": self.client_company.id,
            }
        )
        vendor = self.env["res.partner"].create(
            {"name": "Vendor", "email": "vera@vendor.example"}
        )
        ticket = self._new_ticket(0)
        self._client_writes(ticket, 1, author=boss)
        message = self._answer(ticket, self.client, boss, vendor)
        self._come_back(POSTFIX, message, self.client.email)
        self._assert_answered(ticket, message)
        self._come_back(POSTFIX, message, boss.email)
        self._assert_waits_again(ticket, message)

    def test_what_others_did_not_get_changes_nothing(self):
        vendor = self.env["res.partner"].create(
            {"name": "Vendor", "email": "vera@vendor.example"}
        )
        ticket = self._new_ticket(0)
        ticket.message_subscribe(self.leader.partner_id.ids)
        message = self._answer(ticket, self.client, vendor)
        self._come_back(POSTFIX, message, vendor.email)
        self._come_back(POSTFIX, message, self.leader.email)
        self._assert_answered(ticket, message)

    def test_a_client_without_contact(self):
        ticket = self._new_ticket(
            0, partner_id=False, partner_name="Nora", partner_email="nora@new.example"
        )
        message = ticket.with_user(self.agent).message_post(
            body="Here you are.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            outgoing_email_to="nora@new.example",
        )
        message = message.sudo()
        self._come_back(POSTFIX, message, "Nora@new.example")
        self._assert_waits_again(ticket, message)

    def test_a_later_answer_or_a_closing_stands(self):
        ticket = self._new_ticket(0)
        first = self._answer(ticket, self.client)
        self._answer(ticket, self.client, minute=6)
        self._come_back(POSTFIX, first, self.client.email)
        self.assertFalse(first.escalation_party)
        self.assertFalse(ticket.sudo().escalation_back_date)
        closed = self._new_ticket(0)
        message = self._answer(closed, self.client)
        closed.stage_id = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        self._come_back(POSTFIX, message, self.client.email)
        self.assertFalse(closed.sudo().escalation_back_date)

    def test_what_the_client_wrote_and_notes_do_not_change(self):
        ticket = self._new_ticket(0)
        words = self._client_writes(ticket, 1)
        note = ticket.with_user(self.agent).message_post(
            body="Hm",
            subtype_xmlid="mail.mt_note",
            partner_ids=self.leader.partner_id.ids,
        )
        self._come_back(POSTFIX, words, self.agent.email)
        self._come_back(POSTFIX, note, self.leader.email)
        self.assertEqual(words.escalation_party, "client")
        self.assertFalse(ticket.sudo().escalation_back_date)
