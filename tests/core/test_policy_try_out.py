"""A policy is tried on oneself: all its notifications, and no trace of them."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from ..support.common import USER, EscalationCommon

KEPT = (
    "helpdesk.escalation.incident",
    "helpdesk.escalation.notification",
    "helpdesk.ticket",
    "mail.followers",
    "mail.message",
)


class TestOnMe(EscalationCommon):
    def _press(self, user=None, policy=None):
        policy = (policy or self.policy).with_user(user or self.manager)
        with self.mock_mail_gateway(mail_unlink_sent=True):
            return policy.action_test_on_me()["params"]

    def _activities(self, user=None):
        return self.env["mail.activity"].search(
            [("user_id", "=", (user or self.manager).id)]
        )

    def _count(self):
        return {model: self.env[model].search_count([]) for model in KEPT}

    def test_every_step_is_sent_to_whoever_presses_it_and_to_nobody_else(self):
        self.policy.standard = "Say when they will hear from us"
        waiting = self._new_ticket(0)
        before = self._count()
        notice = self._press()
        self.assertEqual(notice["type"], "success", notice["message"])
        self.assertEqual(notice["message"], "Test notifications sent to you: 3.")
        self.assertEqual(self._count(), before, "no ticket is touched, nothing kept")
        self.assertFalse(self.env["mail.mail"].search([("subject", "like", "[Test]")]))
        self.assertFalse(waiting.activity_ids)

        self.assertEqual(
            [mail["email_to"] for mail in self._mails],
            [[self.manager.email_formatted]] * 2,
        )
        leader, director = self._mails
        self.assertTrue(leader["subject"].startswith("[Test] "))
        for words in "Sample Client", "30":
            self.assertIn(words, leader["subject"])
        self.assertIn("step 2 of 3", leader["body"])
        self.assertIn("email to the team leader", leader["body"])
        self.assertIn("email to esc_director", director["body"])
        for mail in self._mails:
            self.assertIn("This is a test of the policy Standard", mail["body"])
            self.assertIn("Say when they will hear from us", mail["body"], "real facts")
            self.assertIn("Hello, could you please help me", mail["body"])
            self.assertNotIn("data-escalation", mail["body"])

        activity = self._activities()
        self.assertRegex(activity.summary, r"^Test: .*step 1 of 3")
        self.assertIn("This is a test of the policy Standard", activity.note)
        self.assertFalse(activity.res_model)
        activity.action_feedback()
        self.assertEqual(self._count(), before)

    def test_no_link_in_it_acts_on_anything(self):
        self._press()
        for mail in self._mails:
            self.assertNotIn("/helpdesk_escalation/confirm", mail["body"])
            self.assertNotIn("/odoo/helpdesk.ticket/", mail["body"])
            self.assertIn(f"/odoo/escalation-policies/{self.policy.id}", mail["body"])

    def test_it_speaks_ones_own_language_and_shows_the_template_as_it_is(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.manager.lang = "de_DE"
        template = self.env.ref("helpdesk_escalation.mail_template_escalation")
        for lang, word in ("en_US", "Hurry"), ("de_DE", "Eilt"):
            translated = template.with_context(lang=lang)
            translated.subject = word + ", {{ object.client_name }}"
        self._press()
        self.assertEqual(self._mails[0]["subject"], "[Test] Eilt, Beispielkunde")

    def test_what_goes_wrong_is_said(self):
        template = self.env.ref("helpdesk_escalation.mail_template_escalation")
        template.body_html = '<p t-out="object.no_such_field"/>'
        notice = self._press()
        self.assertEqual(notice["type"], "warning")
        self.assertTrue(notice["sticky"])
        self.assertIn("sent to you: 1.", notice["message"])
        self.assertIn("After 30min: email to the team leader: ", notice["message"])
        self.assertFalse(self._mails)

    def test_who_has_no_address_reads_so(self):
        self.manager.partner_id.email = False
        notice = self._press()
        self.assertIn("sent to you: 1.", notice["message"])
        self.assertEqual(notice["message"].count("You have no email address."), 2)

    def test_a_mail_server_that_refuses_is_said_at_once(self):
        servers = type(self.env["ir.mail_server"])
        with (
            self.mock_mail_gateway(mail_unlink_sent=True),
            patch.object(servers, "send_email", side_effect=OSError("Nobody at home")),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            notice = self.policy.with_user(self.manager).action_test_on_me()["params"]
        self.assertEqual(notice["type"], "warning")
        self.assertIn("Nobody at home", notice["message"])
        self.assertFalse(self.env["mail.mail"].search([("subject", "like", "[Test]")]))

    def test_whoever_reads_a_policy_may_try_it_on_themselves(self):
        reader = self._new_user("esc_reader", USER)
        self._press(reader)
        self.assertEqual(
            {tuple(mail["email_to"]) for mail in self._mails},
            {(reader.email_formatted,)},
        )
        self.assertEqual(len(self._activities(reader)), 1)
        with self.assertRaises(AccessError):
            self._press(self.director)
        empty = self.policies.create({"name": "Empty", "active": False})
        with self.assertRaisesRegex(UserError, "Add a step first"):
            self._press(policy=empty)
