"""R9: how people are told: an activity of our own, or one personal mail."""

import re
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import RecordCapturer
from odoo.tools import mute_logger

from ..support.common import EscalationCommon

MODELS = "odoo.addons.helpdesk_escalation.models"
NOTIFICATION = f"{MODELS}.helpdesk_escalation_notification_mail"


class TestActivity(EscalationCommon):
    def test_it_is_due_today_where_the_person_lives(self):
        for tz, hour in (("Pacific/Auckland", 13), ("America/Los_Angeles", 2)):
            with self.subTest(tz=tz):
                self.agent.tz = tz
                ticket = self._new_ticket()
                minutes = 24 * 60 + hour * 60
                midnight = self.t0.replace(hour=0, minute=0, second=0)
                minute = minutes - (self.t0 - midnight) / timedelta(minutes=1)
                self._date(ticket, minute - 10)
                self._run(minute)
                activity = self._incident(ticket).notification_ids[0].activity_id
                tomorrow = (midnight + timedelta(days=1)).date()
                offset = 1 if tz == "Pacific/Auckland" else -1
                self.assertEqual(
                    activity.date_deadline, tomorrow + timedelta(days=offset)
                )

    def test_it_is_of_our_own_type_in_the_persons_language_and_sends_no_mail(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.agent.lang = "fr_FR"
        ticket = self._new_ticket()
        with RecordCapturer(self.env["mail.mail"]) as mails:
            self._run(11)
        self.assertFalse(mails.records)
        activity = self._incident(ticket).notification_ids[0].activity_id
        self.assertEqual(
            activity.activity_type_id,
            self.env.ref("helpdesk_escalation.mail_activity_type_escalation"),
        )
        self.assertIn("Carla Client (ACME)", activity.note)
        self.assertEqual(activity.user_id, self.agent)


class TestMail(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.step_ids.sorted()[0].channel = "email"
        cls.template = cls.env.ref("helpdesk_escalation.mail_template_escalation")

    def _mail(self, ticket):
        return self._incident(ticket).notification_ids[-1].sudo().mail_id

    def test_one_mail_a_person_to_nobody_else_whatever_the_template_says(self):
        self.template.write(
            {
                "use_default_to": True,
                "partner_to": str(self.client.id),
                "email_to": "carla@acme.example",
                "email_cc": "office@acme.example",
            }
        )
        ticket = self._new_ticket()
        self._run(11)
        mail = self._mail(ticket)
        self.assertEqual(mail.recipient_ids, self.agent.partner_id)
        self.assertEqual(mail.mail_message_id.partner_ids, self.agent.partner_id)
        self.assertFalse(mail.email_to)
        self.assertFalse(mail.email_cc)

    def test_it_can_be_read_on_a_lock_screen(self):
        ticket = self._new_ticket()
        self._run(11)
        mail = self._mail(ticket)
        self.assertEqual(
            mail.subject,
            f"Waiting 11min: Carla Client (ACME) – {ticket.display_name}",
        )
        for fact in ("11min", "Support", "step 1 of 3", "I'm on it", "Open ticket"):
            self.assertIn(fact, mail.body_html)

    def test_more_mails_compile_no_more_and_each_is_the_persons_own(self):
        counts = []
        qweb = type(self.env["ir.qweb"])
        for minute, number in ((11, 2), (31, 5)):
            tickets = [self._new_ticket(minute - 11) for _number in range(number)]
            tickets[0].user_id = self.leader
            with patch.object(
                qweb, "_generate_code", autospec=True, side_effect=qweb._generate_code
            ) as compiled:
                self._run(minute)
            counts.append(compiled.call_count)
        self.assertLessEqual(counts[1], counts[0])
        links = set()
        for ticket in tickets:
            mail = self._incident(ticket).notification_ids.mail_id
            self.assertEqual(mail.recipient_ids, ticket.user_id.partner_id)
            self.assertIn(ticket.display_name, mail.body_html)
            self.assertIn(f"Hello {ticket.user_id.name}", mail.body_html)
            links.update(re.findall(r"/confirm/[^\"]+", mail.body_html))
        self.assertEqual(len(links), len(tickets))

    def test_each_reads_it_in_their_own_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.template.with_context(lang="fr_FR").body_html = "<p>Bonjour</p>"
        first, second = self._new_ticket(), self._new_ticket()
        second.user_id = self.leader
        self.leader.lang = "fr_FR"
        self._run(11)
        self.assertIn("Hello", self._mail(first).body_html)
        self.assertIn("<p>Bonjour</p>", self._mail(second).body_html)

    def test_it_comes_from_the_company(self):
        ticket = self._new_ticket()
        ticket.company_id.email = "help@desk.example"
        self._run(11)
        self.assertEqual(
            self._mail(ticket).email_from, ticket.company_id.email_formatted
        )

    def test_what_is_said_plainly_is_filled_in_without_evaluating_it(self):
        """Which takes a fraction of the time, and may be edited by more people."""
        render = self.env["mail.render.mixin"]
        for template in self.env["mail.template"].search(
            [("model", "=", "helpdesk.escalation.notification")]
        ):
            for field in ("subject", "email_from", "lang", "partner_to"):
                with self.subTest(template=template.name, field=field):
                    self.assertFalse(
                        render._has_unsafe_expression_template_inline_template(
                            template[field], template.model
                        )
                    )
            self.assertFalse(
                render._has_unsafe_expression_template_qweb(
                    template.body_html, template.model
                )
            )

    # ------------------------------------------------------------------
    # The placeholders of the template
    # ------------------------------------------------------------------

    def _written(self, body):
        """What is in the mail of a template whose text somebody has edited."""
        self.template.body_html = body
        ticket = self._new_ticket()
        self._run(11)
        return ticket, self._mail(ticket).body_html

    def test_what_stands_in_a_placeholder_goes_with_it(self):
        _ticket, body = self._written(
            "<p>Above</p><div data-escalation='facts' class='x'>"
            "<div>Old <div>facts</div></div></div> between "
            "<table><tr><td data-escalation='buttons'>Old buttons</td></tr></table>"
            "<p>Below</p>"
        )
        self.assertRegex(body, r"(?s)Above.*step 1 of 3.* between .*/confirm/.*Below")
        self.assertNotIn("Old", body)
        self.assertNotIn("data-escalation", body)

    def test_placeholders_survive_the_sanitizer_and_edits_around_them(self):
        shipped = self.template.body_html
        for name in ("facts", "buttons"):
            self.assertIn(f'data-escalation="{name}"', shipped)
        edited = shipped.replace("Hello", "<b style='color: red'>Dear</b>")
        self.template.body_html = f"{edited}<script>alert(1)</script>"
        self.assertNotIn("script", self.template.body_html)
        _ticket, body = self._written(self.template.body_html)
        self.assertIn("Dear", body)
        self.assertIn("step 1 of 3", body)
        self.assertEqual(body.count("/confirm/"), 1)

    def test_without_a_place_for_the_buttons_they_come_at_the_end(self):
        """An alarm on which nobody can say "I'm on it" is in vain."""
        for text in ("<p>Somebody waits!</p>", "<div data-escalation='other'>!</div>"):
            with self.subTest(text):
                ticket, body = self._written(text)
                self.assertIn(text[:10], body)
                self.assertIn("/confirm/", body)
                self.assertIn(f"/odoo/helpdesk.ticket/{ticket.id}", body)
                self.assertNotIn("step 1 of 3", body, "facts are the editor's choice")

    def test_a_placeholder_in_which_nothing_can_stand_is_none(self):
        _ticket, body = self._written("<p>Text</p><hr data-escalation='buttons'/>")
        self.assertEqual(body.count("/confirm/"), 1)

    def test_buttons_that_stand_twice_are_there_twice(self):
        button = "<p data-escalation='buttons'/>"
        _ticket, body = self._written(f"{button}<p>Text</p>{button}")
        self.assertEqual(body.count("/confirm/"), 2)

    def test_a_placeholder_may_depend_on_something(self):
        _ticket, body = self._written(
            "<t t-if=\"object.round == 1\"><p data-escalation='facts'/></t>"
            "<t t-if=\"object.round == 2\"><p data-escalation='buttons'/></t>"
        )
        self.assertIn("step 1 of 3", body)
        self.assertIn("/confirm/", body)

    def test_what_people_wrote_is_no_placeholder_and_no_html(self):
        element = "<escalation-buttons></escalation-buttons>"
        name = f"<p data-escalation='buttons'>x</p> {element}"
        ticket = self._new_ticket(name=name)
        self._run(11)
        body = self._mail(ticket).body_html
        self.assertEqual(body.count("/confirm/"), 1)
        self.assertIn("&lt;escalation-buttons&gt;", body)

    @mute_logger(NOTIFICATION)
    def test_a_broken_view_of_the_facts_does_not_stop_the_mail(self):
        view = self.env.ref("helpdesk_escalation.mail_facts")
        view.arch = "<t t-name='x'><t t-out='facts.nothing.at.all'/></t>"
        ticket = self._new_ticket()
        self._run(11)
        self.assertIn("/confirm/", self._mail(ticket).body_html)
        self.assertIn(ticket.display_name, self._mail(ticket).body_html)

    def test_the_buttons_and_facts_are_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        view = self.env.ref("helpdesk_escalation.mail_buttons")
        french = {"fr_FR": {"I'm on it": "Je m'en occupe"}}
        view.update_field_translations("arch_db", french)
        self.agent.lang = "fr_FR"
        ticket = self._new_ticket()
        self._run(11)
        self.assertIn("Je m'en occupe", self._mail(ticket).body_html)

    def test_the_queue_is_woken_at_once(self):
        triggers = self.env["ir.cron.trigger"]
        queue = self.env.ref("mail.ir_cron_mail_scheduler_action")
        before = triggers.search_count([("cron_id", "=", queue.id)])
        self._new_ticket()
        self._run(11)
        after = triggers.search_count([("cron_id", "=", queue.id)])
        self.assertEqual(after, before + 1)

    def test_a_person_who_handles_notifications_in_odoo_gets_a_real_mail(self):
        self.agent.notification_type = "inbox"
        ticket = self._new_ticket()
        self._run(11)
        self.assertEqual(self._mail(ticket).state, "outgoing")

    def test_a_sent_mail_is_noted_and_its_link_kept_nowhere(self):
        ticket = self._new_ticket()
        self._run(11)
        mail = self._mail(ticket)
        message = mail.mail_message_id
        self.assertIn("/confirm/", mail.body_html)
        mail.state = "sent"
        self._run(12)
        self.assertEqual(self._incident(ticket).notification_ids.state, "sent")
        self.assertFalse(mail.exists())
        self.assertTrue(message.exists(), "so that a reply finds its way")
        self.assertEqual(message.model, "helpdesk.escalation.incident")
        self.assertNotIn("/confirm/", message.body)
