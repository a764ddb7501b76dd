"""Our mails say what they are, absence notes meet no answer, and nobody is forged."""

import ast
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from ..support.hygiene import AUTOMATIC, HygieneCommon

FORGED = "mx.helpdesk.example; spf=fail smtp.mailfrom=agent@helpdesk.example"
GENUINE = "mx.helpdesk.example; dkim=pass header.d=helpdesk.example; spf=fail"
TICKETS = "odoo.addons.helpdesk_escalation.models.helpdesk_ticket_automatic"


class TestOurMailsSayWhatTheyAre(HygieneCommon):
    def test_the_mail_of_a_step(self):
        self._new_ticket(0)
        self._run(31)
        self._assert_automatic(self._send(), 1)

    def test_the_digest(self):
        for _number in range(7):
            self._new_ticket(0)
        self._run(31)
        self._assert_automatic(self._send(), 1)

    @mute_logger(
        "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_notification_mail"
    )
    @mute_logger("odoo.addons.mail.models.mail_render_mixin")
    def test_the_plain_mail_where_the_template_is_broken(self):
        template = self.env.ref("helpdesk_escalation.mail_template_escalation")
        template.body_html = '<t t-out="object.nonsense"/>'
        self._new_ticket(0)
        self._run(31)
        self._assert_automatic(self._send(), 1)

    def test_no_template_takes_that_away(self):
        """Also beside headers that others need."""
        self._new_ticket(0)
        self._run(31)
        mail = self.notifications.search([("channel", "=", "email")]).sudo().mail_id
        self.assertEqual(ast.literal_eval(mail.headers), AUTOMATIC)


class TestAbsenceNotes(HygieneCommon):
    """The company's address is that of the team: what answers us goes there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.email = cls.address
        cls.ticket = cls._new_ticket(0)

    def _note(self, mail, minute, **headers):
        """Have the receiver's mailbox answer a mail of ours, as impolite ones do."""
        (receiver,) = mail["email_to"]
        headers = {
            "In_Reply_To": mail["message_id"],
            "References": mail["message_id"],
            "Auto_Submitted": "auto-replied",
            **headers,
        }
        return self._write_at(
            minute,
            receiver,
            mail["email_from"],
            Subject="",
            **{name: value for name, value in headers.items() if value},
        )

    def _play(self, **headers):
        """Two are away, and the job runs for hours; return the rounds of notes."""
        rounds = 0
        for minute in range(10, 400, 10):
            self._run(minute)
            mails = self._send()
            for mail in mails:
                self.assertIn(self.address, mail["email_from"])
                message = self._note(mail, minute + 1, **headers)
                self.assertEqual(len(message), 1, "no mail is lost")
            rounds += bool(mails)
        return rounds

    def _raw(self, sender, subject="I am away", body="Until Monday.", **headers):
        headers.pop("Subject", None)
        return super()._raw(sender, subject, body, **headers)

    def test_two_of_them_do_not_keep_each_other_going(self):
        before = self._tickets()
        self.assertEqual(self._play(), 2, "the leader's mail, and the director's")
        self.assertEqual(self._tickets(), before)
        notes = self._incident(self.ticket).message_ids.filtered(
            lambda message: message.message_type == "email"
        )
        self.assertEqual(notes.author_id, (self.leader + self.director).partner_id)
        self.assertTrue(all(notes.mapped("is_internal")))
        self.assertFalse(any(notes.mapped("escalation_party")))

    def test_nor_without_saying_what_they_answer(self):
        """Nothing is lost, and nobody waits on it."""
        before = self._tickets()
        self.assertEqual(self._play(In_Reply_To=False, References=False), 2)
        opened = self._tickets() - before
        self.assertEqual(len(opened), 2)
        self.assertEqual(opened.partner_id, (self.leader + self.director).partner_id)
        self.assertFalse(any(opened.mapped("escalation_waiting_since")))
        self.assertFalse(opened.escalation_incident_ids)

    def test_by_either_reference(self):
        self._run(31)
        (mail,) = self._send()
        for other in ("In_Reply_To", "References"):
            message = self._note(mail, 32, **{other: False})
            self.assertEqual(message.model, "helpdesk.escalation.incident")

    def test_whatever_address_it_is_sent_to(self):
        """Also where the team takes mails from its followers only."""
        self._run(31)
        (mail,) = self._send()
        self.team.alias_contact = "followers"
        self.assertEqual(self._note(mail, 32).res_id, self._incident(self.ticket).id)

    def test_the_clients_is_kept_on_the_ticket_and_opens_none(self):
        self._run(31)
        (mail,) = self._send()
        before = self._tickets()
        message = self._note({**mail, "email_to": [self.client.email]}, 32)
        self.assertEqual(self._tickets(), before)
        self.assertEqual(message.res_id, self.ticket.id)
        self.assertEqual(message.model, "helpdesk.ticket")
        self.assertFalse(message.escalation_party)

    def test_a_bounce_of_ours_is_still_a_bounce(self):
        self._run(31)
        (mail,) = self._send()
        message = self._note({**mail, "email_to": ["MAILER-DAEMON@acme.example"]}, 32)
        self.assertFalse(message)
        self.assertNotIn("email", self.ticket.message_ids.mapped("message_type"))


class TestOpenedByAnAbsenceNote(HygieneCommon):
    def _assert_waits(self, ticket, waits=True):
        self.env.invalidate_all()
        self.assertEqual(bool(ticket.escalation_waiting_since), waits)
        self._run(120)
        self.assertEqual(bool(ticket.escalation_incident_ids), waits)

    def test_nobody_waits_whatever_the_policy_counts_from(self):
        for count_from in ("client_last", "client_first", "unresolved"):
            with self.subTest(count_from):
                self.policy.count_from = count_from
                self._assert_waits(self._open(self.director.email), False)

    def test_nor_where_a_policy_pauses(self):
        self.policy.pause_stage_ids = self.env.ref(
            "helpdesk_mgmt.helpdesk_ticket_stage_awaiting"
        )
        self._assert_waits(self._open(self.director.email), False)

    def test_whoever_writes_on_it_waits(self):
        for count_from in ("client_last", "client_first", "unresolved"):
            with self.subTest(count_from):
                self.policy.count_from = count_from
                ticket = self._open(self.director.email)
                self._client_writes(ticket, 5, author=self.director.partner_id)
                self.assertEqual(ticket.escalation_waiting_since, self._moment(5))
                self._run(14)
                self.assertFalse(ticket.escalation_incident_ids)
                self._run(15)
                incident = self._incident(ticket)
                self.assertEqual(incident.anchor_date, self._moment(5))
                self.assertEqual(incident.state, "active")

    def test_nobody_can_silence_a_ticket_by_it(self):
        ticket = self._new_ticket(0)
        for user in (self.agent, self.manager):
            with self.assertRaises(AccessError):
                ticket.with_user(user).escalation_auto_opened = True
            with self.assertRaises(AccessError):
                ticket.with_user(user).copy({"escalation_auto_opened": True})

    def test_a_copy_is_somebodys(self):
        ticket = self._open(self.director.email)
        self.assertFalse(ticket.copy().escalation_auto_opened)

    def test_a_person_waits(self):
        message = self._write_at(0, self.director.email)
        self._assert_waits(self.env["helpdesk.ticket"].browse(message.res_id))

    def test_whoever_has_sent_it(self):
        for sender in (self.client.email, "carla.at.home@nowhere.example"):
            self._assert_waits(self._open(sender), False)

    def test_on_what_a_clients_machine_has_sent_somebody_waits(self):
        """Clients' own ticket systems mark all that people write."""
        portal = self._new_user("esc_portal", "base.group_portal")
        leaver = self._new_user("esc_leaver", "base.group_user")
        leaver.action_archive()
        for sender in (
            self.client.email,
            "scanner@nowhere.example",
            portal.email,
            leaver.email,
        ):
            message = self._write_at(0, sender, Auto_Submitted="auto-generated")
            self.assertEqual(message.escalation_party, "client")
            self._assert_waits(self.env["helpdesk.ticket"].browse(message.res_id))

    def test_on_what_an_employees_machine_has_sent_nobody_waits(self):
        self._assert_waits(
            self._open(self.director.email, Auto_Submitted="auto-generated"), False
        )

    def test_on_a_forged_one_somebody_waits(self):
        self._assert_waits(
            self._open(self.director.email, Authentication_Results=FORGED)
        )

    def test_a_fault_of_ours_costs_no_mail_and_somebody_waits(self):
        def python(*args):
            raise ValueError("a fault of ours")

        def database(partners):
            self.env.cr.execute("SELECT 1/0")

        for error in (python, database):
            with (
                patch.object(
                    self.env.registry["res.partner"],
                    "_escalation_get_colleagues",
                    error,
                ),
                mute_logger("odoo.sql_db"),
                self.assertLogs(TICKETS, "ERROR"),
            ):
                message = self._write_at(
                    0, self.director.email, Auto_Submitted="auto-generated"
                )
            ticket = self.env["helpdesk.ticket"].browse(message.res_id)
            self.assertTrue(ticket.escalation_waiting_since)


class TestForgedSenders(HygieneCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._new_ticket(0)
        cls.question = cls._client_writes(cls.ticket, 1)

    def setUp(self):
        super().setUp()
        self._run(11)
        self.incident = self._incident(self.ticket)

    def _reply_at(self, minute, sender, **headers):
        return self._write_at(
            minute, sender, References=self.question.message_id, **headers
        )

    def test_a_forged_answer_ends_no_alarm(self):
        message = self._reply_at(
            12, self.agent.email_formatted, Authentication_Results=FORGED
        )
        self.assertEqual(message.res_id, self.ticket.id)
        self.assertEqual(message.author_id, self.agent.partner_id)
        self.assertFalse(message.escalation_party)
        self.assertEqual(self.incident.state, "active")
        self.assertEqual(self.ticket.escalation_waiting_since, self._moment(0))
        self._run(31)
        self.assertIn((self.leader, "email"), self._told(self.ticket))

    def test_a_genuine_one_ends_it(self):
        message = self._reply_at(12, self.agent.email, Authentication_Results=GENUINE)
        self.assertEqual(message.escalation_party, "staff")
        self.assertEqual(self.incident.resolution, "answered")

    def test_of_several_headers_it_is_our_own_servers_that_counts(self):
        raw = self._raw(self.agent.email, References=self.question.message_id)
        theirs = "Authentication-Results: mx.helpdesk.example; dmarc=pass"
        ours = "Authentication-Results: mx.helpdesk.example;\n\tdmarc=FAIL (p=none)"
        message = self._receive_at(12, f"{ours}\n{theirs}\n{raw}")
        self.assertFalse(message.escalation_party)
        self.assertEqual(self.incident.state, "active")

    def test_of_several_senders_the_first_counts_as_for_odoo(self):
        message = self._reply_at(
            12,
            f"{self.agent.email}, eve@evil.example",
            Authentication_Results="mx; dkim=pass header.d=evil.example; dmarc=fail",
        )
        self.assertEqual(message.author_id, self.agent.partner_id)
        self.assertFalse(message.escalation_party)

    def test_a_client_whose_server_is_badly_set_up_is_the_client(self):
        self._staff_answers(self.ticket, 12)
        for sender in (self.client.email, "carla.at.home@nowhere.example"):
            message = self._reply_at(13, sender, Authentication_Results=FORGED)
            self.assertEqual(message.escalation_party, "client")
        self.assertTrue(self.ticket.escalation_waiting_since)

    def test_an_employee_who_is_the_client_is_the_client(self):
        self.ticket.partner_id = self.agent.partner_id
        message = self._reply_at(13, self.agent.email, Authentication_Results=FORGED)
        self.assertEqual(message.escalation_party, "client")

    def test_what_it_opens_is_waited_on(self):
        message = self._write_at(12, self.agent.email, Authentication_Results=FORGED)
        ticket = self.env["helpdesk.ticket"].browse(message.res_id)
        self.assertTrue(ticket.escalation_waiting_since)

    def test_headers_that_cannot_be_read_cost_no_mail(self):
        for broken in (
            b"Authentication-Results:",
            b"Authentication-Results: =?nonsense?q??= ;;,, (((",
            b"Authentication-Results: \xff\xfe\xfd; spf=\xff",
        ):
            raw = self._raw(self.client.email, References=self.question.message_id)
            message = self._receive_at(13, broken + b"\n" + raw.encode())
            self.assertEqual(message.res_id, self.ticket.id)
            self.assertEqual(message.escalation_party, "client")

        class Unreadable:
            def get_all(self, name):
                raise IndexError("a fault of the header parser")

        self.assertIs(
            self.env["mail.thread"]._escalation_is_failed(Unreadable(), "x@y.example"),
            False,
        )
