"""R9: what the client wrote last comes with a handover, after its own text."""

from odoo.tools import html2plaintext, mute_logger

from ..support.handover import HANDOVER, HandoverCommon


class TestHandoverAlarmWords(HandoverCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.upper.escalation_mail_receiver = True
        cls._client_writes(cls.ticket, 0)

    def _assert_in_order(self, text, *parts):
        places = [text.find(part) for part in parts]
        self.assertNotIn(-1, places, text)
        self.assertEqual(places, sorted(places))

    def test_the_mail_brings_it_after_the_handover_and_says_who_knows(self):
        incident = self._escalate(to_user_id=self.expert.id)
        texts = []
        for minute in (1, 31):
            self._run(minute)
            mail = incident.notification_ids[-1].mail_id
            texts.append(html2plaintext(mail.body_html))
        for text in texts:
            self._assert_in_order(
                text,
                HANDOVER["user_impact"],
                "Carla Client wrote",
                "Is anybody there?",
            )
        self.assertIn("Notified before: esc_expert (", texts[1])

    def test_the_activity_brings_it_after_the_handover(self):
        self._escalate(to_user_id=self.expert.id)
        note = html2plaintext(self._activities(self.expert).note)
        self._assert_in_order(
            note, "Escalated by", "Carla Client wrote", "Is anybody there?"
        )

    @mute_logger(
        "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_notification_mail",
        "odoo.addons.mail.models.mail_render_mixin",
    )
    def test_without_its_template_the_mail_brings_it_too(self):
        self.env.ref("helpdesk_escalation_handover.mail_template_handover").unlink()
        incident = self._escalate(to_user_id=self.expert.id)
        self._run(1)
        text = html2plaintext(incident.notification_ids.mail_id.body_html)
        self._assert_in_order(text, HANDOVER["user_impact"], "Is anybody there?")
