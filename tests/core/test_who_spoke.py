"""R2: every way a message can come in, and whose word it is."""

from unittest.mock import patch

from odoo import http
from odoo.tests import new_test_user

from ..support.common import EscalationCommon, PatientHttpCase
from ..support.incoming import IncomingMail


class WhoSpokeCommon(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(
            cls.env,
            login="esc_carla",
            groups="base.group_portal",
            partner_id=cls.client.id,
            email=cls.client.email,
        )
        cls.ticket = cls._new_ticket()
        cls.last_id = max(cls.env["mail.message"].search([]).ids)

    def _new_messages(self, ticket=None):
        """What was written on a ticket in this test."""
        ticket = ticket or self.ticket
        return self.env["mail.message"].search(
            [
                ("model", "=", "helpdesk.ticket"),
                ("res_id", "=", ticket.id),
                ("id", ">", self.last_id),
            ]
        )

    def assertParty(self, message, party):
        self.assertEqual(len(message), 1)
        self.assertEqual(message.sudo().escalation_party, party)


class TestWhoSpokeInside(WhoSpokeCommon):
    """What staff and the system do inside Odoo."""

    def _compose(self, **values):
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.agent)
            .create(
                {
                    "model": "helpdesk.ticket",
                    "res_ids": values.pop("tickets", self.ticket).ids,
                    "subject": "Your printer",
                    "body": "<p>We are looking into it.</p>",
                    **values,
                }
            )
        )
        with self.mock_mail_gateway():
            composer._action_send_mail()

    def test_an_agent_in_the_chatter_is_staff(self):
        self.assertParty(self._staff_answers(self.ticket, 1), "staff")

    def test_an_agent_with_the_composer_is_staff(self):
        self._compose(composition_mode="comment")
        self.assertParty(self._new_messages(), "staff")

    def test_an_agent_answering_several_tickets_at_once_is_staff(self):
        other = self._new_ticket(name="The scanner, too")
        self._compose(
            composition_mode="comment",
            composition_batch=True,
            tickets=self.ticket + other,
        )
        self.assertParty(self._new_messages(), "staff")
        self.assertParty(self._new_messages(other), "staff")

    def test_a_log_note_is_nobodys_word(self):
        note = self.ticket.with_user(self.agent).message_post(
            body="Carla again.", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        self.assertParty(note, False)

    def test_an_internal_comment_of_staff_is_nobodys_word(self):
        """Flagged internal, whatever its subtype: the client never sees it."""
        message = self.env["mail.message"].create(
            {
                "model": "helpdesk.ticket",
                "res_id": self.ticket.id,
                "message_type": "comment",
                "subtype_id": self.env.ref("mail.mt_comment").id,
                "is_internal": True,
                "author_id": self.agent.partner_id.id,
            }
        )
        self.assertParty(message, False)

    def test_a_mass_mail_is_nobodys_word(self):
        self._compose(composition_mode="mass_mail", auto_delete=False)
        self.assertEqual(self._new_messages().message_type, "email_outgoing")
        self.assertParty(self._new_messages(), False)

    def test_a_stage_template_is_nobodys_word(self):
        template = self.env["mail.template"].create(
            {
                "name": "We have begun",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "subject": "We have begun",
                "body_html": "<p>Your ticket is in good hands.</p>",
                "partner_to": "{{ object.partner_id.id }}",
                "use_default_to": False,
                "auto_delete": False,
            }
        )
        stage = self.env["helpdesk.ticket.stage"].create(
            {"name": "Begun", "mail_template_id": template.id}
        )
        ticket = self.ticket.with_user(self.agent).with_context(
            tracking_disable=False, mail_notrack=False
        )
        with self.mock_mail_gateway():
            ticket.stage_id = stage
            self.flush_tracking()
        sent = self._new_messages().filtered("mail_ids")
        self.assertEqual(sent.subject, "We have begun")
        self.assertParty(sent, False)

    def test_tracking_is_nobodys_word(self):
        ticket = self.ticket.with_user(self.agent).with_context(
            tracking_disable=False, mail_notrack=False
        )
        ticket.priority = "3"
        ticket.user_id = self.leader
        self.flush_tracking()
        messages = self._new_messages()
        self.assertTrue(messages.tracking_value_ids)
        self.assertEqual(messages.mapped("escalation_party"), [False] * len(messages))

    def test_a_notification_to_a_colleague_is_nobodys_word(self):
        self.ticket.with_user(self.agent).message_notify(
            body="Have a look?", partner_ids=self.leader.partner_id.ids
        )
        self.assertParty(self._new_messages(), False)

    def test_an_activity_done_is_nobodys_word(self):
        activity = self.ticket.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.agent.id
        )
        activity.with_user(self.agent).action_feedback(feedback="Called Carla back")
        self.assertIn("Called Carla back", "".join(self._new_messages().mapped("body")))
        self.assertFalse(any(self._new_messages().mapped("escalation_party")))

    def test_odoobot_speaks_for_nobody(self):
        message = self.ticket.message_post(
            body="I am a machine.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=self.partner_root.id,
        )
        self.assertParty(message, False)

    def test_an_agents_vacation_responder_is_nobodys_word(self):
        """It looks just like the agent's public comment."""
        self._setup_out_of_office(self.agent)
        message = self.ticket.message_post(
            author_id=self.client.id,
            body="Is anybody there?",
            message_type="comment",
            partner_ids=self.agent.partner_id.ids,
            subtype_xmlid="mail.mt_comment",
        )
        self.assertParty(message, "client")
        away = self._new_messages() - message
        self.assertEqual(away.message_type, "out_of_office")
        self.assertEqual(away.author_id, self.agent.partner_id)
        self.assertEqual(away.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertParty(away, False)

    def test_only_comments_and_mails_are_anybodys_word(self):
        """And what a client writes through a program that does not name the type."""
        message_types = (
            self.env["mail.message"]._fields["message_type"].get_values(self.env)
        )
        for message_type in set(message_types) - {"comment", "email"}:
            for author in self.client + self.agent.partner_id:
                message = self.env["mail.message"].create(
                    {
                        "model": "helpdesk.ticket",
                        "res_id": self.ticket.id,
                        "message_type": message_type,
                        "subtype_id": self.env.ref("mail.mt_comment").id,
                        "author_id": author.id,
                        "body": "Is anybody there?",
                    }
                )
                counts = author == self.client and message_type not in (
                    "auto_comment",
                    "email_outgoing",
                    "out_of_office",
                    "user_notification",
                )
                with self.subTest(message_type=message_type, author=author.name):
                    self.assertParty(message, counts and "client")

    def test_an_employee_who_is_the_client_is_the_client(self):
        ticket = self._new_ticket(partner_id=self.director.partner_id.id)
        self.assertParty(self._staff_answers(ticket, 1, user=self.director), "client")
        self.assertParty(self._staff_answers(ticket, 2), "staff")
        self.assertParty(self._client_writes(ticket, 3), "client")

    def test_an_answer_stays_an_answer_when_the_agent_is_archived(self):
        answer = self._staff_answers(self.ticket, 1)
        self.agent.action_archive()
        self.assertTrue(self.agent.partner_id.partner_share, "looks like an outsider")
        self.assertParty(answer, "staff")
        self.assertFalse(self.ticket.escalation_waiting_since)

    def test_what_was_said_elsewhere_is_nobodys_word(self):
        message = self.client.message_post(
            author_id=self.agent.partner_id.id,
            body="Pays late.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertParty(message, False)

    def test_the_creation_is_the_clients_first_word(self):
        """Whoever typed it in, and though its message is a mere notification."""
        ticket = (
            self.env["helpdesk.ticket"]
            .with_user(self.agent)
            .with_context(tracking_disable=False, mail_notrack=False)
            .create(
                {
                    "name": "Carla called",
                    "description": "Smoke",
                    "team_id": self.team.id,
                    "partner_id": self.client.id,
                }
            )
        )
        self.assertTrue(ticket.message_ids)
        self.assertFalse(any(ticket.sudo().message_ids.mapped("escalation_party")))
        self.assertEqual(ticket.escalation_waiting_since, ticket.create_date)


class TestWhoSpokeByMail(IncomingMail, WhoSpokeCommon):
    def test_the_client(self):
        answer = self._staff_answers(self.ticket, 1)
        self.assertParty(self._reply(answer), "client")

    def test_the_client_under_an_internal_note(self):
        """Odoo files it as internal; it is the client all the same."""
        note = self.ticket.with_user(self.agent).message_post(
            body="Carla again.", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        message = self._reply(note)
        self.assertTrue(message.is_internal)
        self.assertParty(message, "client")

    def test_a_third_party_in_copy_counts_as_the_client(self):
        vendor = self.env["res.partner"].create(
            {"name": "Vendor", "email": "help@vendor.example"}
        )
        message = self._reply(self._staff_answers(self.ticket, 1), vendor.email)
        self.assertEqual(message.author_id, vendor)
        self.assertParty(message, "client")

    def test_an_unknown_sender_counts_as_the_client(self):
        message = self._reply(
            self._staff_answers(self.ticket, 1), "private@nowhere.example"
        )
        self.assertFalse(message.author_id)
        self.assertParty(message, "client")

    def test_an_agent_answering_from_the_mail_client_is_staff(self):
        message = self._reply(
            self._client_writes(self.ticket, 1), self.agent.email_formatted
        )
        self.assertEqual(message.author_id, self.agent.partner_id)
        self.assertParty(message, "staff")

    def test_an_agents_mail_under_an_internal_note_is_nobodys_word(self):
        """The client never gets it, so it is no answer."""
        note = self.ticket.with_user(self.leader).message_post(
            body="Who takes it?", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        message = self._reply(note, self.agent.email_formatted)
        self.assertTrue(message.is_internal)
        self.assertParty(message, False)

    def test_a_new_ticket(self):
        message = self._receive(self._raw(self.client.email_formatted))
        self.assertEqual(message.message_type, "email")
        self.assertNotEqual(message.res_id, self.ticket.id)
        self.assertParty(message, "client")

    def test_a_new_ticket_of_an_employee(self):
        """Who mails in for help is the client, also from inside the house."""
        message = self._receive(self._raw(self.director.email_formatted))
        ticket = self.env["helpdesk.ticket"].browse(message.res_id)
        self.assertEqual(ticket.partner_id, self.director.partner_id)
        self.assertParty(message, "client")
        self.assertParty(self._reply(message, self.director.email_formatted), "client")
        self.assertParty(self._reply(message, self.agent.email_formatted), "staff")


class TestWhoSpokeOnTheWeb(WhoSpokeCommon, PatientHttpCase):
    def _post(self, login, access=None, **post_data):
        """Post on the ticket's page as the browser does."""
        self.authenticate(login, login)
        result = self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "helpdesk.ticket",
                "thread_id": self.ticket.id,
                "post_data": {
                    "body": "Is anybody there?",
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                    **post_data,
                },
                **(access or {}),
            },
        )
        return self.env["mail.message"].browse(result["message_id"])

    def test_the_client_on_the_portal(self):
        message = self._post("esc_carla")
        self.assertEqual(message.author_id, self.client)
        self.assertParty(message, "client")

    def test_an_agent_on_the_clients_page_is_staff(self):
        token = {"token": self.ticket._portal_ensure_token()}
        message = self._post("esc_agent", token)
        self.assertEqual(message.author_id, self.agent.partner_id)
        self.assertParty(message, "staff")

    def test_without_login_by_the_tickets_link(self):
        token = {"token": self.ticket._portal_ensure_token()}
        self.assertParty(self._post(None, token), "client")

    def test_without_login_by_a_personal_link(self):
        self.ticket._portal_ensure_token()
        access = {
            "hash": self.ticket._sign_token(self.client.id),
            "pid": self.client.id,
        }
        message = self._post(None, access)
        self.assertEqual(message.author_id, self.client)
        self.assertParty(message, "client")

    def test_the_client_cannot_write_an_internal_note(self):
        """Nobody hides from the clock by forging the subtype."""
        message = self._post("esc_carla", subtype_xmlid="mail.mt_note")
        self.assertParty(message, "client")

    def test_the_client_cannot_answer_in_place_of_staff(self):
        for message_type in ("notification", "out_of_office", "email_outgoing"):
            for subtype in ("mail.mt_note", "mail.mt_comment"):
                message = self._post(
                    "esc_carla", message_type=message_type, subtype_xmlid=subtype
                )
                # As by a program that does not name the type.
                counts = (message_type, subtype) == ("notification", "mail.mt_comment")
                with self.subTest(message_type=message_type, subtype=subtype):
                    self.assertParty(message, counts and "client")
        self.assertTrue(self.ticket.escalation_waiting_since, "still waiting")
        self.assertParty(self._post("esc_carla", message_type="email"), "client")

    def test_the_web_form_is_the_clients_first_word(self):
        self.authenticate("esc_carla", "esc_carla")
        before = self.env["helpdesk.ticket"].search([])
        response = self.url_open(
            "/submitted/ticket",
            {
                "csrf_token": http.Request.csrf_token(self),
                "subject": "No toner",
                "description": "Not even a bit",
            },
        )
        self.assertEqual(response.status_code, 200)
        ticket = self.env["helpdesk.ticket"].search([]) - before
        self.assertEqual(ticket.partner_id, self.client)
        self.assertFalse(any(ticket.message_ids.mapped("escalation_party")))
        self.assertEqual(ticket.escalation_waiting_since, ticket.create_date)


class TestNobodyForgesWhoSpoke(WhoSpokeCommon):
    """What is sent by RPC does not decide who spoke."""

    def _create(self, user, **values):
        return (
            self.env["mail.message"]
            .with_user(user)
            .create(
                {
                    "model": "helpdesk.ticket",
                    "res_id": self.ticket.id,
                    "message_type": "comment",
                    "subtype_id": self.env.ref("mail.mt_comment").id,
                    "body": "Done!",
                    **values,
                }
            )
        )

    def test_portal_user(self):
        self.assertParty(self._create(self.portal, escalation_party="staff"), "client")

    def test_portal_user_in_an_agents_name(self):
        message = self._create(self.portal, author_id=self.agent.partner_id.id)
        self.assertParty(message, "client")

    def test_internal_user(self):
        message = self._create(self.agent, escalation_party="client")
        self.assertParty(message, "staff")
        note = self.env.ref("mail.mt_note").id
        message = self._create(self.agent, escalation_party="staff", subtype_id=note)
        self.assertParty(message, False)
        message = self._create(
            self.agent, escalation_party="staff", message_type="notification"
        )
        self.assertParty(message, False)

    def test_by_a_default_in_the_context(self):
        message = (
            self.env["mail.message"]
            .with_user(self.portal)
            .with_context(
                default_model="helpdesk.ticket",
                default_res_id=self.ticket.id,
                default_message_type="comment",
                default_subtype_id=self.env.ref("mail.mt_comment").id,
                default_author_id=self.agent.partner_id.id,
                default_escalation_party="staff",
            )
            .create({"body": "Done!"})
        )
        self.assertEqual(message.sudo().res_id, self.ticket.id)
        self.assertParty(message, "client")

    def test_by_posting_with_it(self):
        with self.assertRaises(ValueError):
            self.ticket.with_user(self.agent).message_post(
                body="Done!", escalation_party="staff"
            )

    def test_it_is_decided_once(self):
        """Authors may edit their messages, not whose word they are."""
        mine = self._client_writes(self.ticket, 1)
        mine.with_user(self.portal).write({"escalation_party": "staff"})
        self.assertParty(mine, "client")
        answer = self._staff_answers(self.ticket, 2)
        answer.with_user(self.agent).write({"escalation_party": False})
        self.assertParty(answer, "staff")

    def test_a_company_may_see_third_parties_differently(self):
        """The one small method that is meant to be overridden."""
        vendor = self.env["res.partner"].create({"name": "Vendor"})
        with patch.object(
            self.env.registry["helpdesk.ticket"],
            "_escalation_is_client",
            lambda self, ticket, author: author == ticket.partner_id,
        ):
            self.assertParty(self._client_writes(self.ticket, 1), "client")
            vendors_word = self._client_writes(self.ticket, 2, author=vendor)
        self.assertParty(vendors_word, False)
