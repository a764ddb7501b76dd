"""Installing on a helpdesk full of old tickets: who spoke is known, nobody is told."""

from markupsafe import Markup

from odoo.addons.helpdesk_escalation.hooks import post_init_hook

from ..support.common import TEAM
from ..support.first_install import MONTH, FirstInstallCommon


class TestOldMessages(FirstInstallCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.former = cls._new_user("esc_former", TEAM)
        cls.vendor = cls.env["res.partner"].create({"name": "Vendor"})
        cls.ticket = cls._new_ticket(minute=-MONTH)

    def _say_everything(self, ticket):
        """Let everybody write in every way; return the messages by what they are."""
        agent, root = self.agent.partner_id, self.partner_root
        question = self._comment(ticket, self.client)
        self._setup_out_of_office(self.leader)
        pinged = self._comment(
            ticket, self.client, partner_ids=self.leader.partner_id.ids
        )
        away = ticket.message_ids.filtered(
            lambda message: message.message_type == "out_of_office"
        )
        note = self._comment(ticket, agent, subtype_xmlid="mail.mt_note")
        messages = {
            "client": question,
            "client pinging the leader": pinged,
            "client by mail": self._reply(question),
            "client under a note": self._reply(note),
            "third party": self._comment(ticket, self.vendor),
            "unknown sender": self._reply(question, "private@nowhere.example"),
            "agent": self._comment(ticket, agent),
            "agent by mail": self._reply(question, agent.email_formatted),
            "former agent": self._comment(ticket, self.former.partner_id),
            "note": note,
            "agent under a note": self._reply(note, agent.email_formatted),
            "vacation responder": away,
            "robot": self._comment(ticket, root),
            "notification": self._comment(ticket, agent, message_type="notification"),
            "mass mail": self._comment(ticket, agent, message_type="email_outgoing"),
            "client's note": self._comment(
                ticket, self.client, subtype_xmlid="mail.mt_note"
            ),
        }
        self.assertEqual({len(message) for message in messages.values()}, {1})
        return messages

    def _parties(self, messages):
        return {what: message.escalation_party for what, message in messages.items()}

    def test_the_verdicts_are_the_same_as_those_of_new_messages(self):
        messages = self._say_everything(self.ticket)
        said = self._parties(messages)
        self.assertEqual(set(said.values()), {"client", "staff", False})
        self._install()
        self.assertEqual(self._parties(messages), said)

    def _say_what_is_no_answer(self, ticket, inside):
        """And what is one, by another name; return the messages by what they are."""
        agent = self.agent.partner_id
        colleague = self._new_user("esc_colleague", "base.group_user").partner_id
        question = self._comment(ticket, self.client)
        forwarded = self._receive(self._raw(agent.email_formatted))
        opened = self.env["helpdesk.ticket"].browse(forwarded.res_id)
        opened.partner_id = self.client
        in_our_name = self._comment(
            ticket.with_user(self.agent), self.env.company.partner_id
        )
        messages = {
            "question": question,
            "to the vendor": self._comment(ticket, agent, partner_ids=self.vendor.ids),
            "to the client": self._comment(ticket, agent, partner_ids=self.client.ids),
            "in our name": in_our_name.sudo(),
            "nothing": self._comment(ticket, agent, body=Markup("<p><br></p>")),
            "absence note": self._reply(
                question, agent.email, subject="Automatische Antwort: printer"
            ),
            "opens a ticket": forwarded,
            "by code": self._comment(ticket, agent, body=ticket._get_html_link("it")),
            "without a type": self._comment(
                ticket, self.client, message_type="notification"
            ),
            "colleague": self._comment(inside, colleague),
            "colleague's note": self._comment(
                inside, colleague, subtype_xmlid="mail.mt_note"
            ),
            "helpdesk": self._comment(inside, agent),
            "leader": self._comment(inside, self.leader.partner_id),
            "manager": self._comment(inside, self.manager.partner_id),
        }
        self.assertEqual({len(message) for message in messages.values()}, {1})
        return messages

    def test_also_of_what_is_no_answer_and_of_answers_by_another_name(self):
        inside = self._new_ticket(partner_id=self.director.partner_id.id)
        with self.mock_mail_gateway():
            messages = self._say_what_is_no_answer(self.ticket, inside)
        said = self._parties(messages)
        self.assertEqual(
            said,
            {
                "question": "client",
                "to the vendor": False,
                "to the client": "staff",
                "in our name": "staff",
                "nothing": False,
                "absence note": False,
                "opens a ticket": False,
                "by code": False,
                "without a type": "client",
                "colleague": "client",
                "colleague's note": False,
                "helpdesk": "staff",
                "leader": "staff",
                "manager": "staff",
            },
        )
        voices = {what: messages[what].escalation_voice for what in messages}
        self._install()
        self.assertEqual(self._parties(messages), said)
        read = {what: messages[what].escalation_voice for what in messages}
        self.assertEqual(read, voices)

    def test_an_employee_who_is_the_client_is_the_client(self):
        ticket = self._new_ticket(partner_id=self.director.partner_id.id)
        messages = {
            "client": self._comment(ticket, self.director.partner_id),
            "agent": self._comment(ticket, self.agent.partner_id),
        }
        self._install()
        self.assertEqual(
            self._parties(messages), {"client": "client", "agent": "staff"}
        )

    def test_an_agent_who_left_is_still_staff(self):
        answer = self._comment(self.ticket, self.former.partner_id)
        self.former.action_archive()
        self.assertTrue(self.former.partner_id.partner_share, "looks like an outsider")
        self._install()
        self.assertEqual(answer.escalation_party, "staff")
        self.assertFalse(self.ticket.escalation_waiting_since)

    def test_a_user_of_the_portal_is_no_staff(self):
        portal = self._new_user("esc_portal", "base.group_portal")
        message = self._comment(self.ticket, portal.partner_id)
        self._install()
        self.assertEqual(message.escalation_party, "client")

    def test_on_closed_tickets_the_last_year_is_judged_for_the_figures(self):
        messages = self._say_everything(self.ticket)
        said = self._parties(messages)
        self.ticket.stage_id = self.env["helpdesk.ticket.stage"].create(
            {"name": "Done", "closed": True}
        )
        self._install()
        self.assertEqual(self._parties(messages), said)
        for message in messages.values():
            self._date(message, -13 * MONTH)
        self._install()
        self.assertEqual(set(self._parties(messages).values()), {False})

    def test_messages_elsewhere_are_left_alone(self):
        message = self._comment(self.client, self.client)
        self._install()
        self.assertFalse(message.escalation_party)

    def test_installing_twice_changes_nothing(self):
        messages = self._say_everything(self.ticket)
        self._install()
        said = self._parties(messages)
        post_init_hook(self.env)
        self._read()
        self.assertEqual(self._parties(messages), said)


class TestOldWaits(FirstInstallCommon):
    def test_nobody_is_told_of_waits_from_before(self):
        """And everybody of those that begin now (R12)."""
        silent = self._new_ticket(minute=-MONTH, name="Never answered")
        asked = self._new_ticket(minute=-MONTH, name="Asked again")
        self._staff_answers(asked, -MONTH + 1)
        self._client_writes(asked, -MONTH + 2)
        answered = self._new_ticket(minute=-MONTH, name="Answered")
        self._comment(answered, self.agent.partner_id)
        self._install()
        self.policy.start_date = self.t0

        waiting = [bool(t.escalation_waiting_since) for t in silent + asked + answered]
        self.assertEqual(waiting, [True, True, False])
        self._run(600)
        self.assertFalse(self.incidents.search([]))

        self._client_writes(answered, 600)
        self._client_writes(asked, 600)
        self._run(610)
        self.assertEqual(
            self.incidents.search([]).ticket_id,
            answered + asked,
        )
