"""R2: what counts as an answer: who gives it, in whose name, and whom it goes to."""

import csv
import re
from unittest.mock import patch

from odoo import Command
from odoo.tests import new_test_user
from odoo.tools import file_open

from odoo.addons.helpdesk_escalation.models import helpdesk_ticket_voice
from odoo.addons.helpdesk_escalation.tools.automatic_mail import (
    _SUBJECTS,
    has_automatic_subject,
)

from ..support.answers import COMMENT, AnswerCommon
from ..support.common import MANAGER, TEAM, USER


class TestWhomAnAnswerGoesTo(AnswerCommon):
    def _new_portal_login(self):
        new_test_user(
            self.env,
            login="esc_carla",
            groups="base.group_portal",
            partner_id=self.client.id,
            email=self.client.email,
        )

    def test_for_nobody_in_particular_it_counts(self):
        """Nobody follows a ticket that came in by mail."""
        self.assertFalse(self.ticket.message_partner_ids & self.client)
        self.assertParty(self._post(), "staff")

    def test_reply_and_reply_all_of_the_composer(self):
        reply = self._compose(
            partner_ids=[Command.set(self.client.ids)], parent_id=self.question.id
        )
        self.assertParty(reply, "staff")
        to_all = self._compose(
            partner_ids=[Command.set((self.client + self.vendor).ids)],
            composition_comment_option="reply_all",
        )
        self.assertParty(to_all, "staff")

    def test_to_the_vendor_only_it_is_nobodys_also_with_a_portal_login(self):
        for turn in range(2):
            with self.subTest(portal=turn):
                message = self._compose(partner_ids=[Command.set(self.vendor.ids)])
                self.assertParty(message, False)
                message = self._post(partner_ids=self.vendor.ids)
                self.assertParty(message, False)
            self._new_portal_login() if not turn else None
        self.assertTrue(self.ticket.escalation_waiting_since)

    def test_nor_does_it_end_the_incident(self):
        self._run(11)
        self._post(partner_ids=self.vendor.ids)
        self.assertEqual(self._incident(self.ticket).state, "active")
        self._post(partner_ids=(self.vendor + self.client).ids)
        self.assertEqual(self._incident(self.ticket).resolution, "answered")

    def test_whom_it_names_gets_it_beside_those_who_follow(self):
        self.ticket.message_subscribe(self.client.ids)
        message = self._post(partner_ids=self.leader.partner_id.ids)
        self.assertIn(self.client, message.notified_partner_ids)
        self.assertParty(message, "staff")

    def test_a_mention_where_the_client_does_not_follow_is_nobodys(self):
        self.assertParty(self._post(partner_ids=self.leader.partner_id.ids), False)

    def test_forward_leaves_out_who_follows(self):
        self.ticket.message_subscribe(self.client.ids)
        forward = {"composition_comment_option": "forward"}
        message = self._compose(partner_ids=[Command.set(self.vendor.ids)], **forward)
        self.assertNotIn(self.client, message.notified_partner_ids)
        self.assertParty(message, False)
        message = self._compose(partner_ids=[Command.set(self.client.ids)], **forward)
        self.assertParty(message, "staff")
        self.assertParty(self._post(notify_skip_followers=True), False)

    def test_a_module_that_leaves_out_who_follows(self):
        """As OCA's mail_optional_follower_notification does."""
        self.ticket.message_subscribe(self.client.ids)
        thread = self.env.registry["mail.thread"]
        everybody = thread._notify_get_recipients

        def named(records, message, msg_vals=False, **kwargs):
            found = everybody(records, message, msg_vals, **kwargs)
            ids = (msg_vals or {}).get("partner_ids") or []
            return [one for one in found if one["id"] in ids]

        with patch.object(thread, "_notify_get_recipients", named):
            vendors = self._compose(partner_ids=[Command.set(self.vendor.ids)])
            clients = self._compose(partner_ids=[Command.set(self.client.ids)])
            nobodys = self._post()
        self.assertParty(vendors, False)
        self.assertParty(clients, "staff")
        self.assertParty(nobodys, False)

    def test_to_the_address_on_the_ticket(self):
        self.ticket.write(
            {"partner_id": False, "partner_email": "Carla <carla@home.example>"}
        )
        self.assertParty(self._post(outgoing_email_to="carla@home.example"), "staff")
        self.assertParty(self._post(outgoing_email_to="else@home.example"), False)

    def test_to_the_contacts_other_card(self):
        other = self.env["res.partner"].create(
            {"name": "C. Client", "email": self.client.email}
        )
        self.assertParty(self._post(partner_ids=other.ids), "staff")

    def test_to_somebody_from_outside_who_wrote(self):
        self.assertParty(self._post(partner_ids=self.vendor.ids), False)
        self._client_writes(self.ticket, 2, author=self.vendor)
        self.assertParty(self._post(partner_ids=self.vendor.ids), "staff")
        self._reply(self.question, "carla@home.example")
        self.assertParty(self._post(outgoing_email_to="carla@home.example"), "staff")

    def test_an_agents_own_mail_to_the_client_in_to_or_cc(self):
        for headers in (
            {"To": f"{self.client.email}, {self.address}"},
            {"Cc": self.client.email_formatted},
        ):
            with self.subTest(**headers):
                self.assertParty(self._reply_of_staff(**headers), "staff")

    def test_an_agents_own_mail_to_somebody_from_outside_who_wrote(self):
        with self.mock_mail_gateway():
            for author in self.vendor.email_formatted, "stranger@nowhere.example":
                for headers in (
                    {"To": author, "Cc": self.address},
                    {"To": self.address, "Cc": author},
                ):
                    with self.subTest(author, **headers):
                        question = self._reply(self.question, author)
                        self.assertParty(question, "client")
                        answer = self._reply(
                            question, self.agent.email_formatted, **headers
                        )
                        self.assertParty(answer, "staff")

    def test_to_another_card_or_address_of_who_wrote(self):
        self.vendor.email = "help@vendor.example, desk@vendor.example"
        card = self.env["res.partner"].create(
            {"name": "Help", "email": "help@vendor.example"}
        )
        ways = (
            {"partner_ids": card.ids},
            {"outgoing_email_to": "help@vendor.example"},
            {"outgoing_email_to": "desk@vendor.example"},
        )
        for way in ways:
            self.assertParty(self._post(**way), False)
        self._client_writes(self.ticket, 2, author=self.vendor)
        for way in ways:
            with self.subTest(**way):
                self.assertParty(self._post(**way), "staff")

    def test_to_one_of_several_addresses(self):
        self.client.email = "carla@acme.example, carla@home.example"
        for address in "carla@acme.example", "carla@home.example":
            message = self._post(outgoing_email_to=address)
            self.assertParty(message, "staff")
        both = "a@acme.example, b@acme.example"
        ticket = self._new_ticket(partner_id=False, partner_email=both)
        for address in both, *both.split(", "):
            with self.subTest(address):
                message = self._post(ticket=ticket, outgoing_email_to=address)
                self.assertParty(message, "staff")
        message = self._post(ticket=ticket, outgoing_email_to="c@acme.example")
        self.assertParty(message, False)

    def test_an_agents_own_mail_to_others(self):
        note = self._client_writes(self.ticket, 2)
        note.author_id = False
        for to in (self.vendor.email, self.leader.email):
            with self.subTest(to), self.mock_mail_gateway():
                message = self._reply(
                    note, self.agent.email, To=f"{to}, {self.address}"
                )
                self.assertParty(message, False)
        with self.mock_mail_gateway():
            self.assertParty(self._reply(note, self.agent.email), "staff")

    def test_an_agents_mail_to_a_mailbox_of_ours_that_is_no_alias(self):
        self.question.author_id = False
        message = self._reply_of_staff(To="helpdesk@helpdesk.example")
        self.assertParty(message, "staff")
        message = self._reply_of_staff(To=self.leader.email)
        self.assertParty(message, False)


class TestInWhoseName(AnswerCommon):
    def test_a_template_from_the_company(self):
        template = self.env["mail.template"].create(
            {
                "name": "Solved",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "subject": "Solved",
                "body_html": "<p>We have solved it.</p>",
                "email_from": "{{ object.company_id.email_formatted }}",
                "partner_to": "{{ object.partner_id.id }}",
                "use_default_to": False,
            }
        )
        self._run(11)
        composer = self.env["mail.compose.message"].with_user(self.agent)
        composer = composer.create(
            {
                "model": "helpdesk.ticket",
                "res_ids": self.ticket.ids,
                "composition_mode": "comment",
                "template_id": template.id,
            }
        )
        with self.mock_mail_gateway():
            composer._action_send_mail()
        message = self.ticket.message_ids.filtered(lambda one: one.subject == "Solved")
        self.assertEqual(message.author_id, self.company)
        self.assertParty(message, "staff")
        self.assertEqual(self._incident(self.ticket).resolution, "answered")

    def test_by_the_name_of_the_company_an_alias_or_an_own_contact(self):
        own = self.env["res.partner"].create(
            {
                "name": "Agent at home",
                "email": "agent@home.example",
                "parent_id": self.agent.partner_id.id,
            }
        )
        desk = self.env["res.partner"].create(
            {"name": "Service Desk", "parent_id": self.company.id}
        )
        alias = self.env["res.partner"].create(
            {"name": "Support", "email": self.address}
        )
        for author in (self.company, own, desk, alias):
            with self.subTest(author.name):
                self.assertTrue(author.partner_share)
                self.assertParty(self._post(author_id=author.id), "staff")
        message = self._post(author_id=False, email_from=self.address)
        self.assertParty(message, "staff")

    def test_a_template_from_an_address_of_ours_that_nobody_has(self):
        sender = "noreply@ours.example"
        card = self.env["res.partner"].create({"name": "No reply", "email": sender})
        for author in card.browse(), card:
            for recipient, party in (self.client, "staff"), (self.vendor, False):
                with self.subTest(author=author.name, to=recipient.name):
                    message = self._compose(
                        partner_ids=[Command.set(recipient.ids)],
                        email_from=f'"Ours" <{sender}>',
                        author_id=author.id,
                    )
                    self.assertEqual(message.author_id, author)
                    self.assertParty(message, party)

    def test_what_a_program_files_of_a_colleague_is_no_answer(self):
        trainee = self.env["res.partner"].create(
            {"name": "Trainee", "email": "trainee@ours.example"}
        )
        with patch.object(helpdesk_ticket_voice, "is_program", lambda: True):
            self.assertParty(self._post(author_id=trainee.id), False)
        self.ticket.partner_id = self.director.partner_id
        self.assertParty(self._post(author_id=trainee.id), False)

    def test_by_mail_from_the_companys_mailbox_or_a_second_address(self):
        self.agent.partner_id.email = "esc_agent@helpdesk.example, agent@home.example"
        self.env["res.partner"].create(
            {
                "name": "Leader at home",
                "email": "leader@home.example",
                "parent_id": self.leader.partner_id.id,
            }
        )
        for sender in (
            "info@ours.example",
            "agent@home.example",
            "leader@home.example",
        ):
            with self.subTest(sender):
                self.assertParty(self._reply_of_staff(sender), "staff")

    def test_not_where_it_goes_to_the_vendor_only(self):
        message = self._post(author_id=self.company.id, partner_ids=self.vendor.ids)
        self.assertParty(message, False)

    def test_an_agent_who_files_what_a_client_said_is_not_the_speaker(self):
        for author in self.client + self.vendor:
            self.assertParty(self._post(author_id=author.id), "client")

    def test_what_is_filed_for_the_contact_is_theirs_though_at_a_domain_of_ours(self):
        for domain in self.alias_domain, "elsewhere.example":
            for parent in self.company, self.env["res.partner"]:
                with self.subTest(domain, parent=parent.name):
                    worker = self.env["res.partner"].create(
                        {
                            "name": "Worker",
                            "email": f"worker@{domain}",
                            "parent_id": parent.id,
                        }
                    )
                    ticket = self._new_ticket(partner_id=worker.id)
                    message = self._post(ticket=ticket, author_id=worker.id)
                    self.assertParty(message, "client")
                    self.assertParty(self._post(ticket=ticket), "staff")

    def test_the_company_by_itself_says_nothing(self):
        with self.mock_mail_gateway():
            message = self.ticket.message_post(
                body="Hello", author_id=self.company.id, **COMMENT
            )
        self.assertParty(message, False)

    def test_what_opens_a_ticket_is_no_answer_also_once_the_contact_is_corrected(self):
        for sender in ("info@ours.example", self.agent.email_formatted):
            with self.subTest(sender):
                with self.mock_mail_gateway():
                    message = self._receive(self._raw(sender, "Fwd: Smoke"))
                ticket = self.env["helpdesk.ticket"].browse(message.res_id)
                contact = ticket.partner_id
                self.assertParty(message, "client")
                ticket.partner_id = self.client
                message.is_internal = False
                self.assertParty(message, False)
                self.assertTrue(ticket.escalation_waiting_since)
                ticket.partner_id = contact
                with self.mock_mail_gateway():
                    more = self._reply(message, sender)
                self.assertParty(more, "client")
                ticket.partner_id = self.client
                self.assertParty(message, False)
                self.assertParty(more, "staff")

    def test_at_a_domain_of_ours_without_a_login(self):
        for sender in (
            f"scanner@{self.alias_domain}",
            "reception@ours.example",
            "trainee@helpdesk.example",
        ):
            with self.subTest(sender):
                self.assertParty(self._reply_of_staff(sender), False)
        self.env.company.email = "ours@gmail.com"
        self.assertParty(self._reply_of_staff("stranger@gmail.com"), "client")

    def test_but_where_the_client_is_inside_they_are_the_client(self):
        self.ticket.partner_id = self.director.partner_id
        sender = f"trainee@{self.alias_domain}"
        self.assertParty(self._reply_of_staff(sender), "client")

    def test_what_code_posts_in_an_agents_name_is_no_answer(self):
        """As OCA's helpdesk_mgmt_merge does; a mention of a colleague is one."""
        other = self._new_ticket()
        link = other._get_html_link("HT0001")
        self.assertParty(self._post(body=link), False)
        mention = self.leader.partner_id._get_html_link()
        self.assertParty(self._post(body=mention), "staff")


class TestWithoutAPerson(AnswerCommon):
    def test_an_empty_message_is_nobodys(self):
        for body in ("", "<p><br></p>", "<div> &nbsp; </div>"):
            with self.subTest(body):
                for user in (self.agent, self.env.user):
                    author = self.client if user == self.env.user else user.partner_id
                    message = self.env["mail.message"].create(
                        {
                            "model": "helpdesk.ticket",
                            "res_id": self.ticket.id,
                            "message_type": "comment",
                            "subtype_id": self.env.ref("mail.mt_comment").id,
                            "author_id": author.id,
                            "body": body,
                        }
                    )
                    self.assertParty(message, False)
        with self.mock_mail_gateway():
            self.assertParty(self._reply(self.question, body=" "), False)
            shouting = self._reply(self.question, body=" ", subject="CALL ME")
        self.assertParty(shouting, "client")

    def test_a_file_alone_says_something(self):
        message = self._post(body="", attachments=[("photo.txt", b"smoke")])
        self.assertParty(message, "staff")

    def test_absence_notes_are_known_in_every_language_of_odoo(self):
        with file_open("base/data/res.lang.csv") as lines:
            codes = [row["code"] for row in csv.DictReader(lines)]
        self.assertIn("te_IN", codes)
        languages = {re.split("[_@]", code)[0] for code in codes}
        self.assertFalse(languages - _SUBJECTS.keys())

    def test_marks_of_direction_do_not_hide_an_absence_note(self):
        for subject in (
            "\N{RIGHT-TO-LEFT MARK}תשובה אוטומטית: printer",
            "\N{RIGHT-TO-LEFT EMBEDDING}رد تلقائي\N{POP DIRECTIONAL FORMATTING}: it",
            "\N{LEFT-TO-RIGHT MARK} Automatic reply: printer",
        ):
            with self.subTest(ascii(subject)):
                self.assertTrue(has_automatic_subject(subject))

    def test_subjects_of_absence_notes(self):
        for language, subjects in _SUBJECTS.items():
            for subject in subjects.split("|"):
                with self.subTest(language, subject=subject):
                    self.assertTrue(has_automatic_subject(f"{subject}: printer"))
                    self.assertFalse(has_automatic_subject(f"Re: {subject}: printer"))
                    self.assertFalse(has_automatic_subject(f"{subject} not working"))

    def test_an_agents_absence_note_without_headers_is_no_answer(self):
        for subject in (
            "Automatische Antwort: printer",
            "Automatic reply: printer",
            "Réponse automatique\N{NO-BREAK SPACE}: printer",
            "RÉPONSE AUTOMATIQUE : printer",
            "自动答复\N{FULLWIDTH COLON}printer",
            "Out of Office AutoReply: printer",
        ):
            with self.subTest(subject):
                self.assertParty(self._reply_of_staff(subject=subject), False)

    def test_who_writes_about_absence_notes_is_a_person(self):
        self.ticket.name = "Automatic reply: goes to the wrong people"
        for subject in (
            "Re: Out of office not working",
            "Out of office not working",
            "Re: Automatic reply: printer",
            "How to set up an automatic reply: done",
            self.ticket.name,
        ):
            with self.subTest(subject):
                self.assertParty(self._reply_of_staff(subject=subject), "staff")

    def test_a_clients_is_one_by_its_headers_only(self):
        with self.mock_mail_gateway():
            message = self._reply(self.question, subject="Automatic reply: printer")
        self.assertParty(message, "client")

    def test_a_client_by_a_program_that_names_no_type(self):
        with self.mock_mail_gateway():
            message = self.ticket.message_post(
                body="Hello?",
                author_id=self.client.id,
                subtype_xmlid="mail.mt_comment",
            )
            self.assertEqual(message.message_type, "notification")
            self.assertParty(message, "client")
            message = self.ticket.message_post(body="Hello?", author_id=self.client.id)
            self.assertParty(message, False)
        message = self._post(message_type="notification")
        self.assertParty(message, False)


class TestInsideTheHouse(AnswerCommon):
    """Where the client is an employee, colleagues ask as well."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.employee = cls._new_user("esc_employee", "base.group_user")
        cls.colleague = cls._new_user("esc_colleague", "base.group_user")
        cls.inside = cls._new_ticket(partner_id=cls.employee.partner_id.id)

    def test_a_colleague_asks_and_the_helpdesk_answers(self):
        top = self._new_user("esc_top", USER)
        member = self._new_user("esc_member", TEAM)
        self.team.parent_id = self.team.create(
            {"name": "IT", "user_id": top.id, "user_ids": [Command.set(member.ids)]}
        )
        outsider = self._new_user("esc_other_team", USER)
        for user, party in (
            (self.employee, "client"),
            (self.colleague, "client"),
            (outsider, "client"),
            (self.agent, "staff"),
            (self.leader, "staff"),
            (top, "staff"),
            (member, "staff"),
            (self.manager, "staff"),
        ):
            with self.subTest(user.login):
                self.assertParty(self._post(user, self.inside), party)

    def test_the_responsible_answers_without_being_in_the_team(self):
        self.assertParty(self._post(self.colleague, self.inside), "client")
        self.inside.team_id = False
        self.inside.user_id = self.colleague
        self.assertParty(self._post(self.colleague, self.inside), "staff")

    def test_who_was_notified_answers(self):
        self.assertParty(self._post(self.director, self.inside), "client")
        self._run(61)
        self.assertIn((self.director, "email"), self._told(self.inside))
        self.assertParty(self._post(self.director, self.inside), "staff")

    def test_without_a_team_any_helpdesk_user_answers(self):
        self.inside.team_id = False
        helper = self._new_user("esc_helper", USER)
        self.assertParty(self._post(helper, self.inside), "staff")
        self.assertParty(self._post(self.colleague, self.inside), "client")

    def test_a_colleagues_note_is_a_note(self):
        note = self._post(self.colleague, self.inside, subtype_xmlid="mail.mt_note")
        self.assertParty(note, False)

    def test_another_contact_of_the_employee(self):
        self.inside.partner_id = self.env["res.partner"].create(
            {"name": "E. Employee", "email": self.employee.email}
        )
        self.assertParty(self._post(self.employee, self.inside), "client")
        self.assertParty(self._post(self.colleague, self.inside), "client")
        self.assertParty(self._post(self.agent, self.inside), "staff")

    def test_a_second_contact_or_address_of_the_employee(self):
        self.employee.partner_id.email = (
            "esc_employee@helpdesk.example, employee@home.example"
        )
        other = self._new_user(
            "other@login.example", "base.group_user", email="other@helpdesk.example"
        )
        cards = self.env["res.partner"].create(
            [
                {
                    "name": "Employee, private",
                    "email": "employee@private.example",
                    "parent_id": self.employee.partner_id.id,
                },
                {"name": "Employee, at home", "email": "employee@home.example"},
                {"name": "Other", "email": "other@login.example"},
            ]
        )
        by_address = {"partner_id": False, "partner_email": "employee@home.example"}
        for employee, values in (
            (self.employee, {"partner_id": cards[0].id}),
            (self.employee, {"partner_id": cards[1].id}),
            (self.employee, by_address),
            (other, {"partner_id": cards[2].id}),
        ):
            with self.subTest(**values):
                ticket = self._new_ticket(**values)
                self.assertParty(self._post(employee, ticket), "client")
                self.assertParty(self._post(self.colleague, ticket), "client")
                self.assertParty(self._post(self.agent, ticket), "staff")

    def test_by_mail_first_from_home_and_then_from_work(self):
        card = self.env["res.partner"].create(
            {
                "name": "Employee, private",
                "email": "employee@private.example",
                "parent_id": self.employee.partner_id.id,
            }
        )
        with self.mock_mail_gateway():
            message = self._receive(self._raw(card.email_formatted, "Laptop broken"))
            ticket = self.env["helpdesk.ticket"].browse(message.res_id)
            self.assertEqual(ticket.partner_id, card)
            self.assertParty(message, "client")
            message = self._reply(message, self.employee.email_formatted)
        self.assertParty(message, "client")
        self.env.invalidate_all()
        self.assertTrue(ticket.escalation_waiting_since)

    def test_an_agent_by_their_private_card_is_the_client(self):
        card = self.env["res.partner"].create(
            {
                "name": "Agent, private",
                "email": "agent@private.example",
                "parent_id": self.agent.partner_id.id,
            }
        )
        for user in self.agent, self.manager:
            card.parent_id = user.partner_id
            ticket = self._new_ticket(partner_id=card.id, user_id=user.id)
            self.assertParty(self._post(user, ticket), "client")
            self.assertParty(self._post(self.leader, ticket), "staff")

    def test_no_contact_and_an_employee_has_created_it(self):
        ticket = (
            self.env["helpdesk.ticket"]
            .with_user(self.employee)
            .sudo()
            .create({"name": "Mouse", "description": "Gone", "team_id": self.team.id})
        )
        self.assertFalse(ticket.partner_id)
        # As the host may assign whoever creates a ticket.
        ticket.user_id = self.employee
        self.assertParty(self._post(self.employee, ticket), "client")
        self.assertParty(self._post(self.colleague, ticket), "client")
        self.assertParty(self._post(self.agent, ticket), "staff")

    def test_no_contact_and_the_address_of_a_client(self):
        self.ticket.write({"partner_id": False, "partner_email": self.client.email})
        self.assertParty(self._post(self.director), "staff")

    def test_who_has_no_part_in_the_company_of_the_ticket_asks(self):
        other = self.env["res.company"].create({"name": "Sister"})
        stranger = self._new_user(
            "esc_sister",
            USER,
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for ticket in (self.inside, self.ticket):
            ticket.team_id = False
            message = ticket.message_post(
                body="Please hurry", author_id=stranger.partner_id.id, **COMMENT
            )
            self.assertParty(message, "client")

    def test_a_client_from_outside_is_answered_by_any_employee(self):
        self.assertParty(self._post(self.director), "staff")
        self.assertParty(self._post(self._new_user("esc_m2", MANAGER)), "staff")
