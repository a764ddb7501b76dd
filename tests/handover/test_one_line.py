"""R9: subjects and all other headers are one line, whatever stands in a name."""

from datetime import timedelta

from odoo.tools import mute_logger

from odoo.addons.helpdesk_escalation.tools.mail_text import one_line

from ..support.handover import HandoverCommon

MAILS = "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_notification_mail"
ENDS = "\n \r \r\n \x0b \x0c \x1c \x1d \x1e \x85 \u2028 \u2029".split(" ")


class TestOneLine(HandoverCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.step_ids[0].channel = "email"
        cls.ticket.escalation_muted = True

    def _name_all(self, end):
        """Put an end of a line into every name that a mail may carry."""
        for record in (
            self.client,
            self.client_company,
            self.team,
            self.upper,
            self.env.company,
            *(self.agent + self.leader + self.chief).partner_id,
        ):
            record.name = f"First{end}Second"
        self.env.company.email = "help@desk.example"

    def _sent(self):
        """Let the queue send; return what was handed over, all of it."""
        queued = self.env["mail.mail"].search([("state", "=", "outgoing")])
        with self.mock_mail_gateway():
            self.env["mail.mail"].process_email_queue()
            sent = [mail["EmailMessage"] for mail in self._mails]
        self.assertEqual(len(sent), len(queued))
        self.assertEqual(set(queued.mapped("state")), {"sent"})
        for mail in sent:
            for name, value in mail.items():
                self.assertEqual(len(value.splitlines()), 1, name)
        return sent

    def test_an_escalation_mail_arrives_whatever_stands_in_a_name(self):
        for end in ENDS:
            with self.subTest(end=end.encode()):
                self._name_all(end)
                self._new_ticket(0, name=f"Printer{end}on fire")
                self._run(11)
                (mail,) = self._sent()
                self.assertIn("First Second", mail["Subject"])
                self.assertIn("Printer on fire", mail["Subject"])
                self.assertIn("First Second", mail["To"])

    def test_digests_and_built_in_mails_arrive(self):
        self._name_all("\u2028")
        self.env.ref("helpdesk_escalation.mail_template_escalation").unlink()
        self._new_ticket(0, name="Printer\x0bon fire", user_id=self.leader.id)
        for _number in range(6):
            self._new_ticket(0, name="Printer\x0con fire")
        with mute_logger(MAILS):
            self._run(11)
        subjects = [mail["Subject"] for mail in self._sent()]
        self.assertEqual(len(subjects), 2)
        self.assertIn("6 tickets", " ".join(subjects))
        self.assertIn("Printer on fire", " ".join(subjects))

    def test_what_somebody_writes_into_the_template_is_one_line_too(self):
        self._name_all("\n")
        template = self.env.ref("helpdesk_escalation.mail_template_escalation")
        template.subject = "{{ object.incident_id.ticket_id.name }}"
        template.email_from = "{{ object.user_id.email_formatted }}"
        self._new_ticket(0, name="Printer\non fire")
        self._run(11)
        (mail,) = self._sent()
        self.assertEqual(mail["Subject"], "Printer on fire")

    def test_a_substitute_of_such_a_name_gets_it(self):
        self._name_all("\x1d")
        self.agent.write({"escalation_substitute_id": self.leader.id})
        self.agent.out_of_office_from = self.t0 - timedelta(days=1)
        self._new_ticket(0, name="Printer\x1eon fire")
        self._run(11)
        (mail,) = self._sent()
        self.assertIn("esc_leader", mail["To"])

    def test_a_handover_arrives_and_what_the_client_is_told_of_it(self):
        self._name_all("\u2029")
        self.upper.escalation_mail_receiver = True
        ticket = self._new_ticket(0, name="Printer\u2029on fire")
        self._escalate(ticket, tell_client=True)
        self._run(1)
        tos = " ".join(mail["To"] for mail in self._sent())
        self.assertIn("esc_chief", tos)

    def test_an_answer_to_a_client_of_such_a_name_arrives(self):
        self._name_all("\x0b")
        ticket = self._new_ticket(0, name="Printer\x0bon fire")
        ticket.with_user(self.agent).message_post(
            body="Here you are.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.client.ids,
            force_send=False,
        )
        (mail,) = self._sent()
        self.assertIn("First Second", mail["To"])

    def test_one_line(self):
        for end in ENDS:
            self.assertEqual(one_line(f"{end}One {end} line{end}"), "One line")
        self.assertEqual(one_line("Two  blanks"), "Two  blanks")
        self.assertIs(one_line(False), False)
        self.assertEqual(one_line(""), "")
