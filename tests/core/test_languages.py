"""Everybody is told in their own language, whatever that of the others."""

from lxml import html

from ..support.common import EscalationCommon


class TestLanguages(EscalationCommon):
    """The agent reads French, the leader German, the client Polish."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._load_languages("de_DE", "fr_FR", "pl_PL")
        cls.agent.lang, cls.leader.lang, cls.client.lang = "fr_FR", "de_DE", "pl_PL"
        cls.ticket = cls._new_ticket(0)

    def setUp(self):
        super().setUp()
        self._run(30)
        self.lines = self._incident(self.ticket).notification_ids

    def test_the_mail_is_in_the_language_of_its_reader(self):
        mail = self.lines.filtered(lambda line: line.user_id == self.leader).mail_id
        page = html.fromstring(mail.body_html)
        words = " ".join(page.text_content().split())
        self.assertTrue(page.xpath('//a[contains(., "Ich kümmere mich")]'))
        self.assertIn("wartet", words)
        self.assertNotIn("has been waiting", words)
        self.assertNotIn("I'm on it", words)
        self.assertIn("Wartet", mail.subject)

    def test_the_activity_is_in_the_language_of_its_assignee(self):
        activity = self.ticket.activity_ids.filtered(
            lambda activity: activity.user_id == self.agent
        )
        words = f"{activity.summary} {html.fromstring(activity.note).text_content()}"
        self.assertIn("attente", words)
        self.assertNotIn("waiting", words)

    def test_the_same_field_is_read_by_each_in_theirs(self):
        texts = {
            code: self.ticket.with_context(lang=code).escalation_status_text
            for code in ("en_US", "de_DE", "fr_FR")
        }
        self.assertEqual(len(set(texts.values())), 3, texts)

    def test_what_a_step_said_is_read_by_each_in_theirs_while_it_says_so(self):
        line = self.lines.filtered(lambda line: line.user_id == self.leader)
        here = line.with_context(lang="de_DE")
        self.assertEqual(here.step_said, line.step_id.with_env(here.env).display_name)
        self.assertNotEqual(here.step_said, line.step_name)
        stops = here.incident_id._get_story()
        self.assertIn(here.step_said, [stop["title"] for stop in stops])
        # Edited since: what it said then is kept as it was.
        line.step_id.delay = 45
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helpdesk_escalation_step SET write_date = now() + interval '1 day'"
        )
        self.env.invalidate_all()
        self.assertEqual(here.step_said, line.step_name)

    def test_the_mail_begins_on_the_side_where_its_reader_begins(self):
        self.env["res.lang"]._activate_lang("ar_001")
        line = self.lines.filtered(lambda line: line.user_id == self.leader)
        self.assertIn('class="o_escalation_mail" dir="ltr"', line.mail_id.body_html)
        self.leader.lang = "ar_001"
        here = line.with_context(lang="ar_001")
        reply_to = {self.ticket.company_id: "support@example.com"}
        values = here._prepare_digest(reply_to)
        self.assertIn('class="o_escalation_mail" dir="rtl"', values["body_html"])

    def test_a_german_noun_keeps_its_capital_within_a_sentence(self):
        line = self.lines.filtered(lambda line: line.user_id == self.leader)
        step = line.step_id
        self.assertEqual(step.with_context(lang="de_DE")._get_channel_label(), "E-Mail")
        self.assertEqual(step.with_context(lang="en_US")._get_channel_label(), "email")
