"""What a mail looks like, and where mail programs sort it."""

from ..support.common import EscalationCommon


class TestMailLooks(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._new_ticket(0)

    def _mails(self, *minutes):
        for minute in minutes:
            self._run(minute)
        return self.notifications.search(
            [("ticket_id", "=", self.ticket.id), ("channel", "=", "email")]
        ).mail_id.sorted("id")

    def test_it_names_the_company_and_is_dark_where_the_screen_is(self):
        company = self.ticket.company_id
        company.uses_default_logo = True
        (mail,) = self._mails(30)
        self.assertIn(company.name, mail.body_html)
        self.assertIn("prefers-color-scheme: dark", mail.body_html)
        self.assertIn('name="color-scheme"', mail.body_html)

    def test_it_shows_the_companys_own_logo(self):
        company = self.ticket.company_id
        company.uses_default_logo = False
        (mail,) = self._mails(30)
        self.assertIn(f"/logo.png?company={company.id}", mail.body_html)

    def test_it_looks_so_without_its_template_too(self):
        self.env.ref("helpdesk_escalation.mail_template_escalation").unlink()
        with self.assertLogs("odoo.addons.helpdesk_escalation", "WARNING"):
            (mail,) = self._mails(30)
        self.assertIn("prefers-color-scheme: dark", mail.body_html)
        self.assertIn("I'm on it", mail.body_html)

    def test_all_of_one_ticket_are_one_thread(self):
        first, _mark = self._mails(30).references.split()
        second, _mark = self._mails(60)[-1:].references.split()
        self.assertEqual(second, first)
        other = self._new_ticket(0, name="Another one")
        self._run(61)
        mail = self.notifications.search([("ticket_id", "=", other.id)]).mail_id[:1]
        self.assertNotEqual(mail.references.split()[0], first)

    def test_the_thread_names_no_message_that_an_answer_could_be_filed_by(self):
        (mail,) = self._mails(30)
        self.assertFalse(
            self.env["mail.message"].search(
                [("message_id", "in", mail.references.split())]
            )
        )

    def test_its_moments_are_written_as_the_reader_writes_them(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.leader.write({"lang": "de_DE", "tz": "Europe/Berlin"})
        (mail,) = self._mails(2 * 24 * 60)[:1]
        self.assertRegex(mail.body_html, r"\d\d\.\d\d\.\d\d(\d\d)?, \d\d:\d\d")

    def test_nobody_is_listed_twice(self):
        self.policy.step_ids.create(
            {
                "policy_id": self.policy.id,
                "delay": 10,
                "recipient": "responsible",
                "channel": "email",
            }
        )
        self._mails(10, 30)
        line = self.notifications.search(
            [("ticket_id", "=", self.ticket.id), ("user_id", "=", self.leader.id)]
        )
        before = line._get_notified_before()
        self.assertEqual(before.count(self.agent.name), 1)
        self.assertIn("notification, email", before)
