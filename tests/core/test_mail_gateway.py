"""Mail comes in through Odoo's real gateway: what it does to the wait and the case."""

from datetime import timedelta

from ..support.common import EscalationCommon
from ..support.incoming import IncomingMail

PAST = "Wed, 10 Aug 2011 14:16:26 +0000"
FUTURE = "Fri, 10 Aug 2040 14:16:26 +0000"
REPLIES = [
    {"Auto_Submitted": "auto-replied"},
    {"Auto_Submitted": "Auto-Replied (vacation)"},
    {"Auto_Submitted": "auto-replied; owner-email=carla@acme.example"},
    {"X_Autoreply": "yes"},
    {"X_Autorespond": "Carla is away"},
    {"Precedence": "auto_reply"},
    # As Exchange sends absence notes.
    {
        "Auto_Submitted": "auto-generated",
        "X_Auto_Response_Suppress": "All",
        "subject": "Automatic reply: printer",
    },
]
# What clients' own ticket systems say of all that people write in them.
MACHINES = [
    {"Auto_Submitted": "auto-generated"},
    {"Auto_Submitted": "Auto-Generated (ticket system)"},
    {"X_Auto_Response_Suppress": "All"},
    {"X_Auto_Response_Suppress": "DR, OOF, AutoReply"},
    {"Precedence": "bulk"},
    {"Precedence": "junk"},
]
AUTOMATIC = REPLIES + MACHINES
WRITTEN_BY_PEOPLE = [
    {"Auto_Submitted": "no"},
    {"Auto_Submitted": "No (a person)"},
    {"X_Auto_Response_Suppress": "None"},
    {"Precedence": "list", "List_Id": "<printers.acme.example>"},
    {"Precedence": "list", "X_Auto_Response_Suppress": "OOF"},
    {"X_Auto_Response_Suppress": "RN, NRN"},
    {"Precedence": "first-class"},
]


class MailGatewayCommon(IncomingMail, EscalationCommon):
    def _now(self, minute):
        """Turn the server's own clock, which messages are dated by, to a minute."""
        return self.mock_datetime_and_now(self.t0 + timedelta(minutes=minute))

    def _minute(self, minute):
        return self.t0 + timedelta(minutes=minute)

    def _reply_at(self, minute, parent, sender=None, **headers):
        with self._now(minute), self.mock_mail_gateway():
            message = self._reply(parent, sender, **headers)
        self.env.invalidate_all()
        return message

    def _staff_reply_at(self, minute, parent, user=None, **headers):
        user = user or self.agent
        return self._reply_at(minute, parent, user.email_formatted, **headers)


class TestClientWritesByMail(MailGatewayCommon):
    def _new_by_mail(self, **headers):
        with self._now(0), self.mock_mail_gateway():
            message = self._receive(
                self._raw(self.client.email_formatted, "Smoke", **headers)
            )
        self.env.invalidate_all()
        return message, self.env["helpdesk.ticket"].browse(message.res_id)

    def _assert_escalates_at(self, ticket, minute, since):
        self.assertEqual(ticket.escalation_waiting_since, self._minute(since))
        self._run(minute - 1)
        self.assertFalse(self.incidents.search([("ticket_id", "=", ticket.id)]))
        self._run(minute)
        self.assertEqual(self._incident(ticket).anchor_date, self._minute(since))

    def test_a_mail_opens_a_ticket_that_waits(self):
        message, ticket = self._new_by_mail()
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(ticket.partner_id, self.client)
        self.assertEqual(message.escalation_party, "client")
        self._assert_escalates_at(ticket, 10, since=0)

    def test_a_ticket_dated_years_ago_waits_from_now(self):
        message, ticket = self._new_by_mail(Date=PAST)
        self.assertEqual(message.date.year, 2011)
        self._assert_escalates_at(ticket, 10, since=0)

    def test_a_ticket_dated_years_ahead_waits_from_now(self):
        message, ticket = self._new_by_mail(Date=FUTURE)
        self.assertEqual(message.date.year, 2040)
        self._assert_escalates_at(ticket, 10, since=0)

    def test_a_reply_dated_years_ago_waits_from_now(self):
        ticket = self._new_ticket(minute=0)
        answer = self._staff_answers(ticket, 5)
        message = self._reply_at(20, answer, Date=PAST)
        self.assertEqual((message.res_id, message.date.year), (ticket.id, 2011))
        self._assert_escalates_at(ticket, 30, since=20)

    def test_a_reply_dated_years_ahead_waits_from_now(self):
        ticket = self._new_ticket(minute=0)
        answer = self._staff_answers(ticket, 5)
        self._reply_at(20, answer, Date=FUTURE)
        self._assert_escalates_at(ticket, 30, since=20)

    def test_an_answer_ends_the_wait_whatever_the_dates_say(self):
        question, ticket = self._new_by_mail(Date=FUTURE)
        self.assertTrue(ticket.escalation_waiting_since)
        answer = self._staff_reply_at(8, question, Date=PAST)
        self.assertEqual(answer.res_id, ticket.id)
        self.assertFalse(ticket.escalation_waiting_since)

    def test_a_ticket_that_a_machine_opened_waits_too(self):
        """The creation is the client's first word: better looked at than forgotten."""
        message, ticket = self._new_by_mail(Auto_Submitted="auto-generated")
        self.assertEqual(message.escalation_party, "client")
        self._assert_escalates_at(ticket, 10, since=0)

    def test_writing_again_does_not_move_an_open_incident(self):
        question, ticket = self._new_by_mail()
        self._run(10)
        again = self._reply_at(29, question, Date=FUTURE)
        self.assertEqual((again.res_id, again.escalation_party), (ticket.id, "client"))
        self.assertEqual(self._incident(ticket).anchor_date, self._minute(0))
        self._run(30)
        self.assertIn((self.leader, "email"), self._told(ticket))


class TestAutomaticMail(MailGatewayCommon):
    def test_the_clients_automatic_replies_start_no_wait(self):
        ticket = self._new_ticket(minute=0)
        answer = self._staff_answers(ticket, 5)
        for headers in REPLIES:
            with self.subTest(**headers):
                message = self._reply_at(10, answer, **headers)
                self.assertEqual(message.res_id, ticket.id)
                self.assertFalse(message.escalation_party)
                self.assertFalse(ticket.escalation_waiting_since)

    def test_what_a_clients_ticket_system_sends_counts(self):
        ticket = self._new_ticket(minute=0)
        for headers in MACHINES:
            answer = self._staff_answers(ticket, 5)
            with self.subTest(**headers):
                message = self._reply_at(8, answer, **headers)
                self.assertEqual(message.escalation_party, "client")
                self.assertEqual(ticket.escalation_waiting_since, self._minute(8))

    def test_how_a_clients_ticket_system_acknowledges_our_mail_starts_no_wait(self):
        ticket = self._new_ticket(minute=0)
        answer = self._staff_answers(ticket, 5)
        for headers in MACHINES:
            with self.subTest(**headers):
                message = self._reply_at(7, answer, **headers)
                self.assertFalse(message.escalation_party)
                self.assertFalse(ticket.escalation_waiting_since)
        with self.subTest("a person"):
            self.assertEqual(self._reply_at(7, answer).escalation_party, "client")

    def test_while_somebody_waits_nothing_is_an_acknowledgement(self):
        ticket = self._new_ticket(minute=0)
        self._staff_answers(ticket, 5)
        question = self._client_writes(ticket, 6)
        message = self._reply_at(7, question, **MACHINES[0])
        self.assertEqual(message.escalation_party, "client")

    def test_nor_where_nobody_wrote_to_them(self):
        ticket = self._new_ticket(minute=0)
        answer = self._staff_answers(ticket, 5)
        note = ticket.with_user(self.agent).message_post(
            body="Carla again.", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        self._date(note, 9)
        message = self._reply_at(10, answer, **MACHINES[0])
        self.assertEqual(message.escalation_party, "client")

    def test_an_agents_automatic_replies_are_no_answer(self):
        ticket = self._new_ticket(minute=0)
        question = self._client_writes(ticket, 1)
        self._run(11)
        for headers in AUTOMATIC:
            with self.subTest(**headers):
                message = self._staff_reply_at(12, question, **headers)
                self.assertEqual(message.author_id, self.agent.partner_id)
                self.assertFalse(message.escalation_party)
                self.assertTrue(ticket.escalation_waiting_since)
                self.assertEqual(self._incident(ticket).state, "active")

    def test_what_people_write_counts_whatever_the_way(self):
        for headers in WRITTEN_BY_PEOPLE:
            ticket = self._new_ticket(minute=0)
            answer = self._staff_answers(ticket, 5)
            with self.subTest(**headers):
                message = self._reply_at(10, answer, **headers)
                self.assertEqual(message.escalation_party, "client")
                self.assertEqual(ticket.escalation_waiting_since, self._minute(10))

    def test_a_bounce_leaves_no_message(self):
        ticket = self._new_ticket(minute=0)
        answer = self._staff_answers(ticket, 5)
        bounce = self._reply_at(6, answer, "MAILER-DAEMON@acme.example")
        self.assertFalse(bounce)
        self.assertFalse(ticket.escalation_waiting_since)


class TestBrokenHeaders(MailGatewayCommon):
    def test_a_mail_with_broken_headers_counts(self):
        ticket = self._new_ticket(minute=0)
        answer = self._staff_answers(ticket, 5)
        for broken in (
            b"Auto-Submitted:",
            b"Precedence: =?utf-8?b?4?=",
            b"Precedence: =?unknown-8bit?q?=FF=FE",
            b"X-Auto-Response-Suppress: =?nonsense?q??= ;;,,",
            b"Date: the day after the day before",
            b"X-Mailer: \xff\xfe\xfd",
        ):
            with self.subTest(broken=broken):
                raw = self._raw(self.client.email, References=answer.message_id)
                with self._now(10), self.mock_mail_gateway():
                    message = self._receive(broken + b"\n" + raw.encode())
                self.assertEqual(message.res_id, ticket.id)
                self.assertEqual(message.escalation_party, "client")

    def test_headers_that_cannot_be_read_at_all_do_not_cost_the_mail(self):
        class Unreadable:
            def get(self, name):
                raise IndexError("a fault of the header parser")

        self.assertIs(
            self.env["mail.thread"]._escalation_is_automatic(Unreadable()), False
        )


class TestStaffWritesByMail(MailGatewayCommon):
    def test_an_agents_mail_ends_the_incident_at_once(self):
        ticket = self._new_ticket(minute=0)
        question = self._client_writes(ticket, 1)
        self._run(11)
        self._staff_reply_at(12, question)
        incident = self._incident(ticket)
        self.assertEqual(incident.state, "resolved")
        self.assertEqual(incident.resolution, "answered")
        self.assertEqual(incident.resolved_by_id, self.agent.partner_id)
        self.assertFalse(ticket.activity_ids)

    def test_an_internal_reply_ends_nothing(self):
        ticket = self._new_ticket(minute=0)
        self._run(10)
        note = ticket.with_user(self.leader).message_post(
            body="Who takes it?", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        self._staff_reply_at(12, note)
        self.assertEqual(self._incident(ticket).state, "active")
        self.assertEqual(ticket.escalation_waiting_since, self._minute(0))


class TestReplyToAnEscalationMail(MailGatewayCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._new_ticket(minute=0)
        cls.ticket.message_subscribe(cls.client.ids)

    def setUp(self):
        super().setUp()
        self._run(31)
        self.incident = self._incident(self.ticket)
        self.notification = self.incident.notification_ids.filtered(
            lambda notification: notification.channel == "email"
        )
        self.on_ticket = self.ticket.message_ids
        with self.mock_mail_gateway():
            self.notification.mail_id.send()
        (self.sent,) = self._mails
        self.assertIn(self.alias_catchall, self.sent["reply_to"])

    def _reply_to_escalation(self, sender, **headers):
        raw = self._raw(sender, body="Call me before you go there.", **headers)
        with self._now(32), self.mock_mail_gateway():
            message = self._receive(raw)
        self.env.invalidate_all()
        return message

    def _assert_internal_note(self, message):
        self.assertEqual(message.model, "helpdesk.escalation.incident")
        self.assertEqual(message.res_id, self.incident.id)
        self.assertTrue(message.is_internal)
        self.assertTrue(message.subtype_id.internal)
        self.assertFalse(message.escalation_party)
        self.assertEqual(self.ticket.message_ids, self.on_ticket)
        reached = self._new_mails.recipient_ids + message.notified_partner_ids
        self.assertNotIn(self.client, reached)
        self.assertFalse(
            [mail for mail in self._mails if self.client.email in str(mail["email_to"])]
        )
        self.assertEqual(self.incident.state, "active", "the client still waits")
        self.assertEqual(self.ticket.escalation_waiting_since, self._minute(0))

    def test_it_is_an_internal_note_on_the_incident(self):
        message = self._reply_to_escalation(
            self.leader.email_formatted,
            To=self.sent["reply_to"],
            References=self.sent["message_id"],
        )
        self.assertEqual(message.author_id, self.leader.partner_id)
        self._assert_internal_note(message)

    def test_also_by_in_reply_to_alone(self):
        message = self._reply_to_escalation(
            self.leader.email_formatted,
            To=self.sent["reply_to"],
            In_Reply_To=self.sent["message_id"],
        )
        self._assert_internal_note(message)

    def test_from_an_unknown_address_it_is_the_clients_and_not_sent_to_them(self):
        """The client's other address, perhaps, or the director who writes from home."""
        message = self._reply_to_escalation(
            "director@home.example",
            To=self.sent["reply_to"],
            References=self.sent["message_id"],
        )
        self.assertFalse(message.author_id)
        self.assertEqual(self.ticket.message_ids - self.on_ticket, message)
        self.assertEqual(message.escalation_party, "client")
        self.assertNotIn(self.client, message.notified_partner_ids)
        self.assertFalse(
            [mail for mail in self._mails if self.client.email in str(mail["email_to"])]
        )

    def test_also_after_the_mail_was_seen_off(self):
        with self.enter_registry_test_mode():
            self.notification._sync_mails(self._minute(31))
        self.assertFalse(self.notification.sudo().mail_id.exists())
        message = self._reply_to_escalation(
            self.leader.email_formatted,
            To=self.sent["reply_to"],
            References=self.sent["message_id"],
        )
        self._assert_internal_note(message)
