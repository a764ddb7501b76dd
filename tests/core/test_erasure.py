"""S16: words go when their time is over, and with their person; figures stay."""

from markupsafe import Markup

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError

from ..support.common import MANAGER, EscalationCommon
from ..support.snooze import SnoozeMixin


class ErasureCommon(SnoozeMixin, EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent.name = "Anna Agent"
        cls.leader.name = "Lea Leader"
        cls.erasure = cls.env["helpdesk.escalation.erasure"]

    def _new_case(self, **values):
        """A ticket with words in all places: snoozed, woken, a note, a cause."""
        ticket = self._new_ticket(0, **values)
        self._run(11)
        incident = self._incident(ticket)
        self._snooze_ticket(ticket, 15, 40, self.agent, reason="Carla is ill")
        self._run(41)
        incident.cause_ids = [
            Command.create(
                {"kind": "action", "detail": "“I will sue you”, says Carla Client"}
            )
        ]
        incident.message_post(
            body="Carla Client shouts at Lea Leader", subject="Carla again"
        )
        incident.notification_ids[0].reason = "smtp: <esc_agent@helpdesk.example> 550"
        return ticket, incident

    def _resolve(self, ticket, minute=50):
        self._staff_answers(ticket, minute)
        self._run(minute + 1)

    def _keep_for(self, words=0, notifications=0):
        self.env["res.config.settings"].create(
            {
                "escalation_words_days": words,
                "escalation_notifications_days": notifications,
            }
        ).set_values()

    def _vacuum(self, days):
        self.env.flush_all()
        with self._at(days * 24 * 60):
            while self.erasure._gc_words()[1]:
                pass
        self.env.invalidate_all()

    def _words(self, incident):
        """All that people have said, as far as it is kept."""
        texts = [
            incident.error,
            incident.snooze_reason,
            *incident.confirmation_ids.mapped("snooze_reason"),
            *incident.cause_ids.mapped("detail"),
            *incident.message_ids.mapped("body"),
            *incident.message_ids.mapped("subject"),
        ]
        return [text for text in texts if text]

    def _figures(self, incident):
        names = (
            "anchor_date",
            "create_date",
            "first_step_date",
            "policy_id",
            "resolution",
            "resolved_by_id",
            "resolved_date",
            "round",
            "state",
            "team_id",
        )
        lines = incident.notification_ids
        return (
            [incident[name] for name in names],
            [(x.user_id, x.step_name, x.channel, x.state, x.sent_date) for x in lines],
            [(x.user_id, x.date, x.ended_date) for x in incident.confirmation_ids],
            incident.cause_ids.mapped("kind"),
        )


class TestRetention(ErasureCommon):
    def test_words_go_after_their_time_and_figures_stay(self):
        ticket, incident = self._new_case()
        self._resolve(ticket)
        figures = self._figures(incident)
        self.assertEqual(len(self._words(incident)), 4)
        note = incident.message_ids.filtered("subject")
        self._keep_for(words=30)
        self._vacuum(29)
        self.assertEqual(len(self._words(incident)), 4)
        self.assertFalse(incident.removed_text)
        self._vacuum(31)
        self.assertFalse(self._words(incident))
        self.assertEqual(self._figures(incident), figures)
        self.assertRegex(incident.removed_text, "^Words were removed on .* retention")
        self.assertIn("550", incident.notification_ids[0].reason, "has its own time")
        self.assertTrue(note.exists(), "so that a reply to it finds its place")

    def test_texts_of_notifications_have_a_time_of_their_own(self):
        ticket, incident = self._new_case()
        self._run(71)
        self._resolve(ticket, 80)
        figures = self._figures(incident)
        words = self._words(incident)
        mails = self.erasure._find_messages(incident, True)
        self.assertIn("Escalation mail to Lea Leader", mails.body)
        self._keep_for(notifications=7)
        self._vacuum(8)
        self.assertFalse(incident.notification_ids.filtered("reason"))
        self.assertFalse(mails.filtered("body"))
        self.assertEqual(self._words(incident), words)
        self.assertEqual(self._figures(incident), figures)
        self.assertIn("texts of notifications", incident.removed_text)

    def test_words_that_come_after_an_erasure_go_after_their_time(self):
        ticket, incident = self._new_case()
        self.erasure._erase_tickets(ticket)
        incident.message_post(body="Carla Client shouts again")
        self._resolve(ticket)
        with self._at(40 * 24 * 60):
            settings = self.env["res.config.settings"].new(
                {"escalation_words_days": 30}
            )
            self.assertIn("1 resolved", settings.escalation_words_due)
        self._keep_for(words=30)
        self._vacuum(31)
        self.assertFalse(self._words(incident))
        self.assertEqual(incident.words_removed_why, "retention", "and not every day")

    def test_what_is_open_keeps_its_words(self):
        _ticket, incident = self._new_case()
        words = self._words(incident)
        self._keep_for(words=1, notifications=1)
        self._vacuum(400)
        self.assertEqual(self._words(incident), words)
        self.assertIn("550", incident.notification_ids[0].reason)

    def test_all_is_kept_for_ever_unless_somebody_says_so(self):
        ticket, incident = self._new_case()
        self._resolve(ticket)
        self._vacuum(4000)
        self.assertEqual(len(self._words(incident)), 4)

    def test_the_setting_says_how_many_it_would_concern(self):
        settings = self.env["res.config.settings"]
        for minute in (50, 60):
            ticket, _incident = self._new_case()
            self._resolve(ticket, minute)
        with self._at(40 * 24 * 60):
            said = settings.new({"escalation_words_days": 30}).escalation_words_due
            self.assertIn("2 resolved escalations", said)
            for days in (0, 41):
                said = settings.new({"escalation_words_days": days})
                self.assertFalse(said.escalation_words_due)
        for days in (-1, 99_999):
            with self.assertRaises(ValidationError):
                self._keep_for(words=days)


class TestErasedContact(ErasureCommon):
    def _erase(self, partner, user=None, **values):
        dialog = self.env["helpdesk.escalation.erase"].with_user(user or self.manager)
        action = partner.with_user(dialog.env.user).action_erase_escalations()
        dialog = dialog.with_context(action["context"]).create(values)
        found = dialog.found
        dialog.action_erase()
        self.env.invalidate_all()
        return found

    def _other_case(self):
        other = self.env["res.partner"].create({"name": "Otto Other"})
        return self._new_case(partner_id=other.id)

    def test_a_client_is_asked_about_first_and_goes(self):
        ticket, incident = self._new_case()
        _ticket, elsewhere = self._other_case()
        figures = self._figures(incident)
        messages = ticket.message_ids.mapped("body")
        found = self._erase(self.client)
        self.assertIn("Escalation Cause: texts of 1", found)
        self.assertIn("Escalation Cause: the name in 1", found)
        self.assertFalse(self._words(incident))
        self.assertEqual(self._figures(incident), figures)
        self.assertIn("with a contact", incident.removed_text)
        self.assertEqual(ticket.message_ids.mapped("body"), messages)
        self.assertIn("“I will sue you”, says ***", self._words(elsewhere))
        self.assertIn("*** shouts at Lea Leader", str(self._words(elsewhere)))
        self.assertFalse(elsewhere.removed_text)
        with self.assertRaises(UserError):
            self._erase(self.client)

    def _quote(self, incident, message):
        detail = "“Hurry”"
        values = {"kind": "action", "detail": detail, "message_id": message.id}
        incident.cause_ids = [Command.create(values)]
        incident.message_post(body="Hanna Helper called")
        return incident.cause_ids.filtered(lambda cause: cause.detail == detail)

    def test_who_only_wrote_on_a_ticket_goes_from_it(self):
        helper = self.env["res.partner"].create({"name": "Hanna Helper"})
        ticket, incident = self._new_case()
        words = self._words(incident)
        quote = self._quote(incident, self._client_writes(ticket, 45, helper))
        self._erase(helper)
        self.assertFalse(quote.detail, "its own words")
        self.assertLessEqual(set(words), set(self._words(incident)))
        self.assertIn("*** called", str(self._words(incident)))
        self.assertIn("with a contact", incident.removed_text)
        # Of a ticket that is nobody else's all goes.
        ticket.partner_id = False
        self._erase(helper)
        self.assertFalse(self._words(incident))

    def test_who_only_wrote_and_is_deleted_takes_nothing_from_what_is_open(self):
        helper = self.env["res.partner"].create({"name": "Hanna Helper"})
        again = helper.copy()
        ticket, incident = self._new_case()
        quote = self._quote(incident, self._client_writes(ticket, 45, helper))
        other = self._quote(incident, self._client_writes(ticket, 46, again)) - quote
        words = self._words(incident)
        helper.unlink()
        self.assertEqual(self._words(incident), words)
        self._resolve(ticket)
        again.unlink()
        self.assertEqual((quote.detail, other.detail), ("“Hurry”", False))

    def test_it_goes_from_what_stands_on_plates(self):
        helper = self.env["res.partner"].create({"name": "Hanna Helper"})
        ticket = self._new_ticket(0)
        message = self._client_writes(ticket, 1, helper)
        self._run(11)
        incident = self._incident(ticket)
        self._quote(incident, message)
        note = incident.notification_ids.activity_id
        self.assertIn("Carla Client", note.note)
        note.note += Markup("<br/>Cause: “Hurry”<br/>Hanna Helper")
        self._erase(helper)
        self.assertNotIn("Hurry", note.note)
        self.assertNotIn("Hanna", note.note)
        self.assertIn("Carla Client", note.note)
        found = self._erase(self.client)
        self.assertIn("Activity: texts of 1", found)
        self.assertFalse(note.note)

    def test_its_name_and_addresses_go_from_mails_and_however_they_are_written(self):
        company = self.client_company
        company.name = "Smith & Sons"
        ticket, incident = self._new_case(partner_id=company.id)
        _ticket, elsewhere = self._other_case()
        note = elsewhere.message_post(body="Smith & Sons again")
        self.assertIn("Smith &amp; Sons", note.body)
        note.email_from = '"Smith" <office@acme.example>'
        self._run(71)
        mails = self.erasure._find_messages(incident, True)
        self.assertIn("Smith & Sons", mails.subject)
        self._erase(company)
        self.assertIn("*** again", note.body)
        self.assertEqual(note.email_from, '"Smith" <***>')
        self.assertTrue(mails.subject, "still to be sent")
        mails.sudo().mail_ids.state = "sent"
        self._erase(company)
        self.assertFalse(mails.subject)
        self.assertIn("Escalation mail to Lea Leader", mails.body)

    def test_a_company_goes_with_its_contacts_if_that_is_wanted(self):
        _ticket, incident = self._new_case()
        _ticket, own = self._new_case(partner_id=self.client_company.id)
        self._erase(self.client_company)
        self.assertTrue(self._words(incident), "the contact's own")
        self.assertFalse(self._words(own))
        partners = self.env["res.partner"].create(
            [
                {"name": "Printer Hall", "type": "delivery"},
                {"name": "Ann"},
                {"name": "Ann Acme"},
            ]
        )
        partners.parent_id = self.client_company
        _ticket, elsewhere = self._other_case()
        note = elsewhere.message_post(body="Ann, in Printer Hall, and Ann Acme")
        self._erase(self.client_company, with_children=True)
        self.assertFalse(self._words(incident))
        self.assertIn("Ann, in Printer Hall, and ***", note.body)

    def test_an_employee_is_named_nowhere_any_more(self):
        _ticket, incident = self._new_case()
        step = incident.notification_ids[0]
        step.step_name = "After 10min: notify Anna Agent"
        self.agent.active = False
        found = self._erase(self.agent.partner_id)
        self.assertIn("Former Confirmation: texts of 1", found)
        self.assertFalse(incident.confirmation_ids.mapped("snooze_reason")[0])
        self.assertFalse(step.reason)
        self.assertEqual(step.step_name, "After 10min: notify ***")
        self.assertEqual(step.user_id, self.agent, "figures stay")
        self.assertIn("“I will sue you”, says Carla Client", self._words(incident))

    def test_a_deleted_contact_leaves_no_words(self):
        ticket, incident = self._new_case()
        figures = self._figures(incident)
        self.client.unlink()
        self.assertFalse(ticket.partner_id)
        self.assertFalse(self._words(incident))
        self.assertEqual(self._figures(incident), figures)

    def test_merged_contacts_keep_their_words(self):
        _ticket, incident = self._new_case()
        words = self._words(incident)
        again = self.env["res.partner"].create(
            {"name": "Carla C.", "email": self.client.email}
        )
        self.env["base.partner.merge.automatic.wizard"].with_context(
            active_model="res.partner", active_ids=(self.client + again).ids
        ).create({"dst_partner_id": again.id}).action_merge()
        self.env.invalidate_all()
        self.assertFalse(self.client.exists())
        self.assertEqual(self._words(incident), words)
        self._erase(again)
        self.assertFalse(self._words(incident))

    def test_tickets_without_a_contact_are_known_by_an_address_of_its_own(self):
        written = {"partner_id": False, "partner_email": "Carla <Carla@acme.example>"}
        _ticket, incident = self._new_case(**written)
        words = self._words(incident)
        again = self.client.copy({"active": False})
        again.unlink()
        self.assertEqual(self._words(incident), words, "another has the address")
        self.client.unlink()
        self.assertFalse(self._words(incident))

    def test_only_managers_and_only_in_their_companies(self):
        for user in (self.leader, self.director):
            with self.assertRaises(AccessError):
                self._erase(self.client, user)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        manager = self._new_user(
            "esc_elsewhere",
            MANAGER,
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        _ticket, incident = self._new_case()
        words = self._words(incident)
        with self.assertRaises(UserError):
            self._erase(self.client, manager)
        self.assertEqual(self._words(incident), words)
