"""The mail's template in Odoo's own editor, in a real browser."""

from ..support.common import EscalationCommon, PatientHttpCase


class TestMailTemplateTour(EscalationCommon, PatientHttpCase):
    def test_the_placeholders_survive_the_editor(self):
        template = self.env.ref("helpdesk_escalation.mail_template_escalation")
        self.start_tour(
            f"/odoo/mail.template/{template.id}",
            "escalation_mail_template",
            login="admin",
        )
        self.env.invalidate_all()
        self.assertIn("Somebody needs you!", template.body_html)
        for name in ("letterhead", "facts", "buttons"):
            self.assertIn(f'data-escalation="{name}"', template.body_html)
        ticket = self._new_ticket()
        self._run(31)
        body = self._incident(ticket).notification_ids.mail_id.body_html
        self.assertIn("Somebody needs you!", body)
        self.assertIn("step 2 of 3", body)
        self.assertEqual(body.count("/confirm/"), 1)
        self.assertNotIn("Filled in when the mail is sent", body)
