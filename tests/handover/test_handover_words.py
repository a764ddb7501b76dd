"""What people read of a handover speaks of the handover, not of a client who waits."""

from urllib.parse import urlsplit

from lxml import html

from odoo.tests import HttpCase
from odoo.tools import mute_logger

from odoo.addons.helpdesk_escalation.tools.mail_links import make_link

from ..support.handover import HANDOVER, HandoverCommon


class TestHandoverWords(HandoverCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.upper.escalation_mail_receiver = True

    def _open_link(self, incident, user, minute):
        line = incident.notification_ids.filtered(
            lambda line: line.user_id == user and line.channel == "email"
        )
        link = urlsplit(make_link(line.sudo(), 72)).path
        self.env.flush_all()
        with self._at(minute):
            page = self.url_open(link)
        self.env.invalidate_all()
        return html.fromstring(page.text)

    def _words(self, page, path):
        return " ".join(page.xpath(f"string({path})").split())

    def test_the_mails_page_says_who_handed_it_over(self):
        incident = self._escalate(to_user_id=self.expert.id)
        page = self._open_link(incident, self.expert, 5)
        self.assertEqual(
            self._words(page, "//h1"), "esc_agent hands a ticket over to you"
        )
        facts = self._words(page, "//dl")
        self.assertIn("Handed over by esc_agent", facts)
        self.assertIn("esc_expert, Engineering (tier 2)", facts)
        self.assertNotIn("Waiting for", facts)
        self._run(30)
        page = self._open_link(incident, self.chief, 30)
        self.assertEqual(self._words(page, "//h1"), "Nobody has taken over for 30min")
        form = page.forms[0]
        with self._at(31):
            answer = self.url_open(form.action, data=dict(form.form_values()))
        self.assertNotIn("waits for your answer", answer.text)
        self.assertEqual(incident.confirmed_by_id, self.chief)

    def test_who_handed_it_over_hears_so_and_takes_nothing(self):
        mine = self._new_ticket(0, team_id=self.upper.id, user_id=self.chief.id)
        incident = self._escalate(mine, user=self.chief, to_user_id=self.expert.id)
        self._run(30)
        page = self._open_link(incident, self.chief, 40)
        self.assertEqual(self._words(page, "//h1"), "You handed this over yourself")
        self.assertIn("Nobody has taken it over yet", self._words(page, "//main"))
        self.assertIn("Open ticket", self._words(page, "//main"))
        self.assertFalse(page.forms, "nothing to press")
        self.assertEqual(incident.state, "active")
        incident._confirm(self.expert, "ticket")
        page = self._open_link(incident, self.chief, 45)
        self.assertIn("esc_expert has been on it since", self._words(page, "//h1"))

    def test_the_mail_tells_the_standing_orders_too(self):
        self.upper.escalation_authority = "Refunds up to 50 euros."
        self.watch.standard = "Call the client first."
        self._escalate(to_user_id=self.expert.id)
        self._run(1)
        body = self._incident(self.ticket).notification_ids.mail_id.body_html
        self.assertIn("Refunds up to 50 euros.", body)
        self.assertIn("Call the client first.", body)

    @mute_logger(
        "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_notification_mail",
        "odoo.addons.mail.models.mail_render_mixin",
    )
    def test_without_its_template_the_mail_brings_the_handover_all_the_same(self):
        self.env.ref("helpdesk_escalation_handover.mail_template_handover").unlink()
        self._escalate(to_user_id=self.expert.id)
        self._run(1)
        mail = self._incident(self.ticket).notification_ids.mail_id
        self.assertIn("esc_agent hands a ticket over to you", mail.subject)
        self.assertIn(HANDOVER["user_impact"], mail.body_html)
        self.assertNotIn("waiting for an answer", mail.body_html)

    def test_the_tickets_story_tells_who_gave_it_to_whom_and_back(self):
        incident = self._escalate(to_user_id=self.expert.id)
        stops = incident._get_story()
        self.assertEqual(
            stops[0]["title"],
            "esc_agent handed this over to esc_expert, Engineering (tier 2)",
        )
        self._give_back(incident, self.expert, "send_back", "Which server?")
        last = incident._get_story()[-1]
        self.assertEqual(last["title"], "Sent back")
        self.assertEqual(last["text"], "esc_expert: Which server?")
