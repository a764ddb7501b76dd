"""The client is kept informed where that was chosen: kindly, late or not, one line."""

from datetime import timedelta

from odoo.tools import html2plaintext, mute_logger

from ..support.handover import HANDOVER, HandoverCommon

NEWS = "helpdesk_escalation_handover.mail_activity_type_news"
JOB = "helpdesk_escalation_handover.ir_cron_news"
HOUR = 60


class TestClientInformed(HandoverCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.job = cls.env.ref(JOB)

    def _promise(self, hours=4, **values):
        """Hand over, and promise the client news in some hours."""
        return self._escalate(
            tell_client=True,
            news_by=self.t0 + timedelta(hours=hours),
            to_user_id=self.expert.id,
            **values,
        ).handover_id

    def _see_to_news(self, minute):
        self.env.flush_all()
        with self._at(minute), self.enter_registry_test_mode():
            result = self.job.method_direct_trigger()
        self.assertIs(result, True, "the job must never fail")
        self.env.invalidate_all()

    def _reminders(self, user=None):
        return self.ticket.activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref(NEWS)
            and (not user or activity.user_id == user)
        )

    def _mails(self):
        """Mails to the client that wait in the queue."""
        return self.env["mail.mail"].search(
            [("mail_message_id", "in", self._notices().ids)], order="id"
        )

    # ------------------------------------------------------------------
    # At handing over
    # ------------------------------------------------------------------

    def test_by_default_the_client_hears_nothing(self):
        incident = self._escalate(to_user_id=self.expert.id)
        self._see_to_news(3 * 24 * HOUR)
        self._give_back(incident, self.expert, "de_escalate")
        self.assertFalse(self._notices())
        self.assertFalse(self._reminders())
        self.assertFalse(incident.handover_id.news_state)

    def test_a_mail_of_their_own_and_one_neutral_line(self):
        self._promise()
        notice = self._notices()
        line = html2plaintext(notice.body)
        self.assertEqual(len(line.splitlines()), 1)
        self.assertIn("We have passed your request to a specialist.", line)
        (mail,) = self._mails()
        self.assertEqual(mail.recipient_ids, self.client)
        text = html2plaintext(mail.body_html)
        self.assertIn("Hello Carla Client", text)
        self.assertIn("You need not repeat anything", text)
        self.assertNotIn("Hello Carla", line, "the mail is not repeated in the portal")
        for words in (line, text, mail.subject):
            for internal in (*HANDOVER.values(), "Engineering", "tier", "esc_expert"):
                self.assertNotIn(internal, words)

    def test_the_portal_shows_the_line(self):
        self._promise()
        portal = self._new_user(
            "esc_portal", "base.group_portal", partner_id=self.client.id
        )
        ticket = self.ticket.with_user(portal)
        shown = ticket.website_message_ids.filtered(
            lambda message: message.has_access("read")
        )
        self.assertIn(self._notices(), shown.sudo())
        self.assertFalse(
            shown.filtered(lambda m: "You need not repeat" in (m.body or ""))
        )

    def test_colleagues_who_follow_are_not_mailed(self):
        self.ticket.message_subscribe(partner_ids=self.leader.partner_id.ids)
        self._promise()
        self.assertEqual(self._notices().notified_partner_ids, self.client)

    def test_a_client_known_by_address_only(self):
        self.ticket.write({"partner_id": False, "partner_email": "new@acme.example"})
        self._promise()
        (mail,) = self._mails()
        self.assertEqual(mail.email_to, "new@acme.example")
        self.assertFalse(mail.recipient_ids)
        self.assertEqual(self._send_mails(), 1)
        self.assertTrue(self._notices(), "the line stays when the mail is gone")

    # ------------------------------------------------------------------
    # At de-escalation
    # ------------------------------------------------------------------

    def test_when_it_comes_back_if_chosen(self):
        incident = self._escalate(to_user_id=self.expert.id)
        self._give_back(
            incident, self.expert, "de_escalate", "Secret driver", tell_client=True
        )
        notice = self._notices()
        self.assertIn("A specialist has seen to your request", notice.body)
        (mail,) = self._mails()
        self.assertIn(self.ticket.name, mail.body_html)
        for words in (notice.body, mail.body_html, mail.subject):
            self.assertNotIn("Secret driver", words)
        self.assertFalse(notice.escalation_party, "it is no answer")

    def test_a_team_proposes_it(self):
        self.team.escalation_tell_client_back = True
        incident = self._escalate(to_user_id=self.expert.id)
        self._give_back(incident, self.expert, "de_escalate")
        self.assertEqual(len(self._notices()), 1)

    def test_what_is_sent_back_the_client_does_not_hear_of(self):
        self.team.escalation_tell_client_back = True
        incident = self._escalate(to_user_id=self.expert.id)
        self._give_back(incident, self.expert, "send_back")
        self.assertFalse(self._notices())

    # ------------------------------------------------------------------
    # When promised news is late
    # ------------------------------------------------------------------

    def test_the_team_is_reminded_before_and_the_client_hears_nothing_unasked(self):
        handover = self._promise(4)
        self._see_to_news(2 * HOUR)
        self.assertFalse(self._reminders())
        self._see_to_news(3 * HOUR)
        self.assertEqual(self._reminders().user_id, self.expert)
        self.assertIn("was promised news by", self._reminders().summary)
        self.assertEqual(handover.news_state, "reminded")
        self._see_to_news(5 * HOUR)
        self.assertEqual(handover.news_state, "late")
        self.assertEqual(len(self._notices()), 1, "only that it was passed on")
        self.assertEqual(len(self._reminders()), 1, "one reminder is enough")
        self.assertFalse(
            self.ticket.message_partner_ids & self.expert.partner_id,
            "an activity makes nobody a follower",
        )

    def test_the_client_is_informed_if_chosen_once_and_in_their_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.client.lang = "fr_FR"
        template = self.env.ref(
            "helpdesk_escalation_handover.mail_template_client_late"
        )
        template.with_context(lang="fr_FR").subject = "{{ object.number }}: en retard"
        self._promise(4, tell_client_late=True)
        self._see_to_news(3 * HOUR)
        self._see_to_news(4 * HOUR)
        self._see_to_news(5 * HOUR)
        late = self._notices().sorted("id")[1:]
        self.assertEqual(late.subject, f"{self.ticket.number}: en retard")
        self.assertIn("travaillons toujours sur votre demande", late.body)
        self.assertEqual(late.author_id, self.expert.partner_id)
        self.assertEqual(len(self._mails()), 2)

    def test_the_team_always_has_some_time_first(self):
        """Also when the job comes late."""
        self._promise(1, tell_client_late=True)
        self._see_to_news(3 * HOUR)
        self.assertTrue(self._reminders())
        self.assertEqual(len(self._notices()), 1)
        self._see_to_news(3 * HOUR + 5)
        self.assertEqual(len(self._notices()), 1)
        self._see_to_news(3 * HOUR + 16)
        self.assertEqual(len(self._notices()), 2)

    def test_an_answer_keeps_the_promise(self):
        handover = self._promise(4, tell_client_late=True)
        self._see_to_news(3 * HOUR)
        self._staff_answers(self.ticket, 3 * HOUR + 5, user=self.expert)
        self._see_to_news(5 * HOUR)
        self.assertEqual(handover.news_state, "kept")
        self.assertFalse(self._reminders(), "nobody is to do what is done")
        self.assertEqual(len(self._notices()), 1)

    def test_an_answer_after_it_was_late_ends_it_too(self):
        handover = self._promise(4)
        self._see_to_news(3 * HOUR)
        self._see_to_news(4 * HOUR)
        self._staff_answers(self.ticket, 5 * HOUR, user=self.expert)
        self._see_to_news(6 * HOUR)
        self.assertEqual(handover.news_state, "kept")
        self.assertFalse(self._reminders())

    def test_what_is_settled_or_promised_anew_is_over(self):
        closed = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        handover = self._promise(4)
        self.ticket.stage_id = closed
        self._see_to_news(5 * HOUR)
        self.assertEqual(handover.news_state, "over")
        self.assertFalse(self._reminders())
        self.ticket = self._new_ticket(0)
        first = self._promise(2)
        second = self._escalate(
            user=self.expert,
            to_team_id=False,
            to_user_id=self.chief.id,
            tell_client=True,
            news_by=self.t0 + timedelta(hours=8),
        ).handover_id
        self._see_to_news(3 * HOUR)
        self.assertEqual((first.news_state, second.news_state), ("over", "promised"))

    def test_the_promise_stands_when_the_ticket_comes_back(self):
        handover = self._promise(4)
        self._give_back(handover.incident_ids, self.expert, "de_escalate")
        self._see_to_news(3 * HOUR)
        self.assertEqual(self._reminders().user_id, self.agent, "who has it now")

    def test_somebody_who_is_there_is_reminded(self):
        self._promise(4)
        self.expert.action_archive()
        self._see_to_news(3 * HOUR)
        self.assertEqual(self._reminders().user_id, self.chief)

    def test_without_its_template_the_client_hears_nothing_and_the_job_goes_on(self):
        self.env.ref("helpdesk_escalation_handover.mail_template_client_late").unlink()
        handover = self._promise(4, tell_client_late=True)
        self._see_to_news(3 * HOUR)
        self._see_to_news(4 * HOUR)
        self.assertEqual(handover.news_state, "late")
        self.assertEqual(len(self._notices()), 1)

    @mute_logger(
        "odoo.addons.helpdesk_escalation_handover.models"
        ".helpdesk_escalation_handover_news",
        "odoo.addons.mail.models.mail_render_mixin",
    )
    def test_one_that_fails_stops_no_other(self):
        bad = self._promise(4, tell_client_late=True)
        self.ticket = self._new_ticket(0, name="Another")
        good = self._promise(4)
        self._see_to_news(3 * HOUR)
        template = self.env.ref(
            "helpdesk_escalation_handover.mail_template_client_late"
        )
        # Odoo tries out a template with the newest ticket.
        template.subject = (
            "{{ 1 / 0 if object.name == 'The printer is on fire' else 'Late' }}"
        )
        self._see_to_news(4 * HOUR)
        self.assertEqual((bad.news_state, good.news_state), ("reminded", "late"))
        template.subject = "Late"
        self._see_to_news(5 * HOUR)
        self.assertEqual(bad.news_state, "late")

    def test_the_job_comes_when_it_is_time(self):
        self._promise(4)
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.job.id)])
        self.assertIn(self.t0 + timedelta(hours=3), triggers.mapped("call_at"))


class TestTeamsChoice(HandoverCommon):
    def test_a_team_proposes_what_the_client_hears(self):
        self.team.write(
            {"escalation_tell_client": True, "escalation_tell_client_late": True}
        )
        draft = self._draft()
        self.assertTrue(draft.tell_client and draft.tell_client_late)
        fresh = self.env["helpdesk.ticket.team"].create({"name": "Fresh"})
        self.assertFalse(
            fresh.escalation_tell_client
            or fresh.escalation_tell_client_back
            or fresh.escalation_tell_client_late,
            "off by default",
        )
