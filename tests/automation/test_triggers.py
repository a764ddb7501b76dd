"""Escalated at once, for a reason: words, contact, priority, client, a call."""

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..support.incoming import IncomingMail
from ..support.triggers import TriggerCommon


class TestKeyword(TriggerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trigger = cls._add_trigger(
            "keyword", keywords="refund, Rückerstattung\nlaw suit"
        )

    def test_a_word_opens_an_incident_at_once_and_the_cause_is_shown(self):
        ticket = self._new_ticket(0)
        self._run(1)
        self.assertFalse(ticket.escalation_incident_ids)
        message = self._write_words(ticket, 2, "<p>I want a <b>RE</b>FUND now!</p>")
        self._run(3)
        incident = self._incident(ticket)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        self.assertEqual(incident.cause_text, "Keyword: refund")
        self.assertEqual(incident.cause_ids.message_id, message)
        self.assertIn("Keyword: refund", self._notes(ticket)[0])
        self.assertIn("Keyword: refund", ticket.activity_ids.note)
        self.assertIn("Keyword: refund", ticket.escalation_status_text)

    def test_the_mail_says_it_too(self):
        self.trigger.step_id = self.policy.step_ids[1]
        self._new_ticket(0, name="Refund, please")
        with self.mock_mail_gateway(mail_unlink_sent=False):
            self._run(1)
        self.assertIn("Keyword: refund", self._new_mails.body_html)

    def test_the_later_steps_follow_at_their_delays(self):
        ticket = self._new_ticket(0, description="<p>rückerstattung</p>")
        self._run(1)
        self._run(12)
        self.assertEqual(len(self._told(ticket)), 1)
        self._run(30)
        self._run(60)
        self.assertEqual(
            self._told(ticket),
            [
                (self.agent, "activity"),
                (self.leader, "email"),
                (self.director, "email"),
            ],
        )

    def test_it_starts_at_the_step_it_names_and_passes_over_those_before(self):
        self.trigger.step_id = self.policy.step_ids[1]
        ticket = self._new_ticket(0, name="Refund")
        self._run(1)
        self.assertEqual(self._told(ticket), [(self.leader, "email")])
        self._run(15)
        self.assertEqual(len(self._told(ticket)), 1)
        self._run(60)
        self.assertEqual(self._told(ticket)[1:], [(self.director, "email")])

    def test_an_open_incident_is_raised_once(self):
        self.trigger.step_id = self.policy.step_ids[2]
        ticket = self._new_ticket(0)
        self._run(10)
        self._write_words(ticket, 11, "refund")
        self._run(12)
        self.assertEqual(
            self._told(ticket), [(self.agent, "activity"), (self.director, "email")]
        )
        self.assertIn(
            "One more reason: Keyword: refund.", " ".join(self._notes(ticket))
        )
        self._write_words(ticket, 13, "refund refund")
        self._run(14)
        self._run(60)
        self.assertEqual(len(self._told(ticket)), 2)
        self.assertEqual(len(self._causes(ticket)), 1)

    def test_somebody_on_it_is_left_in_peace_and_the_cause_is_listed(self):
        self.trigger.step_id = self.policy.step_ids[2]
        ticket = self._new_ticket(0)
        self._run(10)
        self._incident(ticket)._confirm(self.agent, "ticket")
        self._write_words(ticket, 11, "refund")
        self._run(12)
        self.assertEqual(self._causes(ticket), ["Keyword: refund"])
        self.assertEqual(len(self._told(ticket)), 1)

    def test_after_an_answer_only_new_words_count(self):
        ticket = self._new_ticket(0, name="Refund")
        self._run(1)
        self._staff_answers(ticket, 5)
        self._client_writes(ticket, 6)
        self._run(7)
        self.assertFalse(ticket.escalation_incident_id)
        self._write_words(ticket, 8, "Where is my refund?")
        self._run(9)
        self.assertEqual(len(ticket.escalation_incident_ids), 2)
        self.assertEqual(ticket.escalation_incident_id.cause_text, "Keyword: refund")

    def test_muted_closed_and_answered_tickets_stay_quiet(self):
        stage = self.env["helpdesk.ticket.stage"].search([("closed", "=", True)])[:1]
        muted = self._new_ticket(0, name="Refund", escalation_muted=True)
        closed = self._new_ticket(0, name="Refund")
        closed.stage_id = stage
        answered = self._new_ticket(0, name="Refund")
        self._staff_answers(answered, 1)
        self._run(5)
        for ticket in muted + closed + answered:
            self.assertFalse(ticket.escalation_incident_ids)

    def test_the_backlog_stays_quiet_unless_the_policy_is_the_tickets_own(self):
        self.policy.start_date = self.t0
        old = self._new_ticket(-60, name="Refund")
        own = self._new_ticket(
            -60, name="Refund", escalation_policy_id=self.policy.id, user_id=False
        )
        self._run(1)
        self.assertFalse(old.escalation_incident_ids)
        self.assertTrue(own.escalation_incident_ids)

    def test_what_is_not_newly_written_by_the_client_does_not_count(self):
        ticket = self._new_ticket(0)
        for body in (
            "<p>Thanks</p><blockquote>refund</blockquote>",
            "<p>Thanks</p><div class='gmail_quote'>On Monday: refund</div>",
            "<pre>Thanks\n\nAm Montag schrieb Anna:\n> refund</pre>",
            "<p>Thanks</p><p>-----Original Message-----</p><p>refund</p>",
            "<p>Thanks</p><p>From: A</p><p>Sent: B</p><p>To: C</p><p>refund</p>",
            "<p>Thanks</p><div data-o-mail-quote='1'>refund</div>",
            "<pre>Thanks\n-- \nCarla, refund department</pre>",
            "<p title='refund' class='refund'>x <img alt='refund' src='refund'/></p>",
            "<p><a href='https://refund.example/refund'>here</a></p>",
            "<style>.refund {}</style><p>unrefunded refunds</p>",
        ):
            self._write_words(ticket, 1, body)
        self._write_words(ticket, 1, "see", attachments=[("refund.txt", b"refund")])
        self._write_words(ticket, 1, "ok", subject="Re: Refund policy")
        self._run(2)
        self.assertFalse(ticket.escalation_incident_ids)

    def test_our_own_words_do_not_count(self):
        ticket = self._new_ticket(0)
        ticket.with_user(self.agent).message_post(
            body="No refund", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        template = self.env["mail.template"].create(
            {
                "name": "Terms",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "body_html": "<p>Our refund policy</p>",
                "auto_delete": False,
            }
        )
        template.send_mail(ticket.id)
        self._date(ticket.message_ids, 0)
        self._run(1)
        self.assertFalse(ticket.escalation_incident_ids)

    def test_phrases_accents_capitals_and_other_scripts(self):
        self.trigger.keywords = "LAW SUIT, straße, ausência, 退款"
        for body in ("a Law\nsuit", "STRASSE", "ausencia", "AUSÊNCIA.", "我要退款!"):
            with self.subTest(body):
                ticket = self._new_ticket(0, name="Hello")
                self._write_words(ticket, 0, f"<p>{body}</p>")
                self._run(1)
                self.assertTrue(ticket.escalation_incident_ids)

    def test_bad_patterns_are_refused(self):
        for words in (
            "",
            " , ,\n",
            "re*fund",
            "*refund",
            "refund**",
            "refund *",
            "refund*?",
            "*",
            "re*",
            "my re* refund",
            "(a+)+$",
            "a",
            "!!!",
            "x," * 400 + "y",
        ):
            with self.subTest(words[:10]), self.assertRaises(ValidationError):
                self.trigger.keywords = words or False

    def test_a_word_may_begin_with_what_is_looked_for(self):
        self.trigger.keywords = "refund*, legal* action"
        for number, (body, cause) in enumerate(
            (
                ("I was never refunded", "Keyword: refund*"),
                ("Two refunds!", "Keyword: refund*"),
                ("a legally binding action", None),
                ("Legal action follows", "Keyword: legal* action"),
                ("prerefund", None),
            )
        ):
            with self.subTest(body):
                ticket = self._new_ticket(0, name=f"Hello {number}")
                self._write_words(ticket, 0, f"<p>{body}</p>")
                self._run(1)
                self.assertEqual(self._causes(ticket), [cause] if cause else [])

    def test_a_changed_list_searches_the_open_waits_anew(self):
        ticket = self._new_ticket(0, name="My lawyer")
        self._run(1)
        self.trigger.keywords = "lawyer"
        self._run(2)
        self.assertEqual(self._causes(ticket), ["Keyword: lawyer"])

    def test_each_word_is_searched_once(self):
        ticket = self._new_ticket(0)
        self._run(1)
        scans = self.env["helpdesk.escalation.keyword.scan"]
        self.assertEqual(scans.search_count([("ticket_id", "=", ticket.id)]), 1)
        engine = self.env["helpdesk.escalation.engine"]
        self._client_writes(ticket, 2)
        plan = engine._get_plan(self.t0)
        waits = engine._read_waits(plan, [ticket.id])
        candidates = engine._get_candidates(plan, [], waits)
        searched = []
        engine._find_causes(plan, candidates, searched)
        self.assertEqual(len(searched), 1)

    def test_the_words_of_a_wait_are_told_by_their_order_not_by_their_clock(self):
        """A clock that is corrected, or a transaction that takes long (R3)."""
        before = self._new_ticket(0)
        self._write_words(before, 9, "refund")
        self._staff_answers(before, 5)
        self._client_writes(before, 6)
        after = self._new_ticket(0)
        self._staff_answers(after, 5)
        self._client_writes(after, 8)
        self._write_words(after, 6, "refund")
        self._run(10)
        self.assertFalse(before.escalation_incident_ids, "it was answered")
        self.assertEqual(self._causes(after), ["Keyword: refund"])

    def test_what_was_written_before_the_closing_is_settled(self):
        closed = self.env["helpdesk.ticket.stage"].search([("closed", "=", True)])[:1]
        ticket = self._new_ticket(0)
        self._write_words(ticket, 1, "refund")
        with self._at(2):
            ticket.stage_id = closed
        with self._at(3):
            ticket.stage_id = self.env["helpdesk.ticket.stage"].search([], limit=1)
        self._client_writes(ticket, 4)
        self._run(5)
        self.assertFalse(ticket.escalation_incident_ids)
        self._write_words(ticket, 6, "refund")
        self._run(7)
        self.assertEqual(self._causes(ticket), ["Keyword: refund"])

    def test_outside_the_working_hours_it_waits_for_their_beginning(self):
        calendar = self.env["resource.calendar"].create(
            {"name": "Never", "attendance_ids": [Command.clear()], "tz": "UTC"}
        )
        day = self.t0.weekday()
        calendar.attendance_ids = [
            Command.create(
                {
                    "name": "Another day",
                    "dayofweek": str((day + 3) % 7),
                    "hour_from": 8,
                    "hour_to": 9,
                }
            )
        ]
        self.policy.calendar_id = calendar
        ticket = self._new_ticket(0, name="Refund")
        self._run(1)
        self.assertFalse(ticket.escalation_incident_ids)
        self.policy.calendar_id = False
        self._run(2)
        self.assertTrue(ticket.escalation_incident_ids)

    def test_a_copied_policy_starts_at_its_own_step(self):
        self.trigger.step_id = self.policy.step_ids[1]
        copied = self.policy.copy()
        self.assertEqual(copied.trigger_ids.step_id, copied.step_ids[1])

    def test_a_fault_among_the_triggers_stops_no_step(self):
        ticket = self._new_ticket(0, name="Refund")
        trigger = type(self.env["helpdesk.escalation.trigger"])
        with (
            mute_logger("odoo.addons.helpdesk_escalation.models"),
            mute_logger(
                "odoo.addons.helpdesk_escalation_automation.models."
                "helpdesk_escalation_engine"
            ),
        ):
            self.patch(trigger, "_find_causes_keyword", lambda *args: 1 / 0)
            self._run(10)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])


class TestOtherTriggers(TriggerCommon):
    def test_three_messages_within_ten_minutes(self):
        self._add_trigger("repeat", message_count=3, message_minutes=10)
        eager = self._new_ticket(0)
        other = self.env["res.partner"].create({"name": "Somebody else"})
        slow = self._new_ticket(-8, partner_id=other.id)
        for minute in (1, 2):
            self._client_writes(eager, minute)
        for minute in (0, 3):
            self._client_writes(slow, minute)
        self._run(3)
        self.assertEqual(
            self._causes(eager), ["Repeated contact: 3 messages within 10min"]
        )
        self.assertFalse(slow.escalation_incident_ids)

    def test_an_answer_in_between_starts_the_count_anew(self):
        self._add_trigger("repeat", message_count=3, message_minutes=10)
        ticket = self._new_ticket(0)
        self._client_writes(ticket, 1)
        self._staff_answers(ticket, 2)
        self._client_writes(ticket, 3)
        self._run(4)
        self.assertFalse(ticket.escalation_incident_ids)

    def test_repeated_contact_counts_the_words_of_this_wait(self):
        """By their order, as keywords; how close together they are, by the clock."""
        self._add_trigger("repeat", message_count=3, message_minutes=10)
        before = self._new_ticket(0)
        for minute in (6, 7):
            self._client_writes(before, minute)
        self._staff_answers(before, 5)
        self._client_writes(before, 6)
        after = self._new_ticket(0)
        self._staff_answers(after, 5)
        for minute in (8, 7, 6):
            self._client_writes(after, minute)
        self._run(9)
        self.assertFalse(before.escalation_incident_ids, "two of them were answered")
        self.assertEqual(len(self._causes(after)), 1)

    def test_a_mail_that_makes_a_ticket_is_one_message(self):
        self._add_trigger("repeat", message_count=2, message_minutes=10)
        ticket = self._new_ticket(0)
        self._client_writes(ticket, 0)
        self._run(1)
        self.assertFalse(ticket.escalation_incident_ids)
        self._client_writes(ticket, 2)
        self._run(3)
        self.assertEqual(len(self._causes(ticket)), 1)

    def test_another_ticket_of_the_same_client_is_one_more_contact(self):
        self._add_trigger("repeat", message_count=3, message_minutes=10)
        first = self._new_ticket(0)
        self._client_writes(first, 2)
        self._run(3)
        self.assertFalse(first.escalation_incident_ids)
        second = self._new_ticket(4, name="Still nothing")
        self._run(5)
        self.assertEqual(
            self._causes(first), ["Repeated contact: 3 messages within 10min"]
        )
        self.assertFalse(self._causes(second), "two tickets are two contacts")

    def test_three_tickets_within_ten_minutes(self):
        self._add_trigger("repeat", message_count=3, message_minutes=10)
        tickets = self._new_ticket(-1)
        for minute in (4, 8):
            tickets += self._new_ticket(minute)
        self._run(9)
        for ticket in tickets:
            self.assertEqual(len(self._causes(ticket)), 1)

    def test_which_tickets_are_no_further_contact(self):
        """Another client's, an answered or closed one, one of long ago."""
        self._add_trigger("repeat", message_count=2, message_minutes=10)
        closed = self.env["helpdesk.ticket.stage"].search([("closed", "=", True)])[:1]
        other = self.env["res.partner"].create({"name": "Somebody else"})
        self._new_ticket(0, partner_id=other.id)
        self._staff_answers(self._new_ticket(0), 1)
        self._new_ticket(0).stage_id = closed
        self._new_ticket(0).active = False
        self._new_ticket(-20)
        ticket = self._new_ticket(2)
        self._run(3)
        self.assertFalse(ticket.escalation_incident_ids)
        self._new_ticket(3)
        self._run(4)
        self.assertEqual(len(self._causes(ticket)), 1)

    def test_an_unknown_sender_is_known_by_the_address(self):
        self._add_trigger("repeat", message_count=2, message_minutes=10)
        unknown = {"partner_id": False, "partner_email": "Zoe@new.example"}
        first = self._new_ticket(0, **unknown)
        other = self._new_ticket(
            1, partner_id=False, partner_email="someone@else.example"
        )
        nameless = self._new_ticket(1, partner_id=False)
        second = self._new_ticket(2, partner_id=False, partner_email="zoe@new.example")
        self._run(3)
        self.assertFalse((other + nameless).escalation_incident_ids)
        for ticket in first + second:
            self.assertEqual(len(self._causes(ticket)), 1)

    def test_a_priority_escalates_once_however_often_it_is_toggled(self):
        self._add_trigger("priority", priority="2")
        ticket = self._new_ticket(0)
        self._run(1)
        self.assertFalse(ticket.escalation_incident_ids)
        for minute, priority in enumerate(("3", "0", "2", "1", "3"), start=2):
            ticket.priority = priority
            self._run(minute)
        self.assertEqual(self._causes(ticket), ["Priority: Very High"])
        self.assertEqual(len(self._told(ticket)), 1)

    def test_a_client_with_the_tag_or_of_a_company_with_it(self):
        tag = self.env["res.partner.category"].create({"name": "VIP"})
        self._add_trigger(
            "client",
            partner_condition=f"[('category_id', 'in', [{tag.id}])]",
            step_id=self.policy.step_ids[1].id,
        )
        plain = self._new_ticket(0, partner_id=self.manager.partner_id.id)
        vip = self._new_ticket(0)
        self._run(1)
        self.assertFalse(vip.escalation_incident_ids)
        self.client_company.category_id = tag
        self._run(2)
        self.assertEqual(self._causes(vip), ["Client: Carla Client"])
        self.assertEqual(self._told(vip), [(self.leader, "email")])
        self.assertFalse(plain.escalation_incident_ids)

    def test_a_trigger_on_clients_says_which(self):
        tag = self.env["res.partner.category"].create({"name": "VIP"})
        trigger = self._add_trigger(
            "client", partner_condition=f"[('category_id', 'in', [{tag.id}])]"
        ).with_user(self.manager)
        self.assertEqual(trigger.display_name, "Client: nobody so far")
        self.client_company.category_id = tag
        trigger.invalidate_recordset()
        self.assertEqual(trigger.display_name, "Client: ACME")
        self.env["res.partner"].create(
            [{"name": f"Partner {one}", "category_id": tag.ids} for one in range(4)]
        )
        trigger.invalidate_recordset()
        self.assertTrue(trigger.display_name.endswith("…"))
        self.assertEqual(trigger.display_name.count(","), 2)

    @mute_logger("odoo.addons.helpdesk_escalation.models.helpdesk_escalation_condition")
    def test_a_condition_on_clients_may_use_what_is_only_computed(self):
        """As the total invoiced is, with accounting."""
        self._add_trigger("client", partner_condition="[('contact_address', '!=', 0)]")
        with self.assertRaises(ValidationError):
            self._add_trigger("client", partner_condition="[('x_gone', '=', 1)]")
        with self.assertRaises(ValidationError):
            self._add_trigger("client", partner_condition="[]")
        ticket = self._new_ticket(0)
        self._run(1)
        self.assertEqual(self._causes(ticket), ["Client: Carla Client"])

    def test_what_a_client_was_invoiced_is_offered_beside_accounting_only(self):
        partners = self.env["res.partner"].with_user(self.manager)
        self.assertFalse(partners.fields_get(["helpdesk_total_invoiced"]))
        self.assertEqual(self.client.helpdesk_total_invoiced, 0)
        self._add_trigger(
            "client", partner_condition="[('helpdesk_total_invoiced', '>', 1000)]"
        )
        none = self._add_trigger(
            "client", partner_condition="[('helpdesk_total_invoiced', '<=', 0)]"
        )
        ticket = self._new_ticket(0)
        self._run(1)
        self.assertEqual(self._incident(ticket).cause_ids.trigger_id, none)

    def test_two_triggers_and_a_due_step_in_one_run_are_one_incident(self):
        self._add_trigger(
            "keyword", keywords="refund", step_id=self.policy.step_ids[1].id
        )
        self._add_trigger("priority", priority="3")
        ticket = self._new_ticket(0, name="Refund", priority="3")
        self._run(10)
        self.assertEqual(
            self._causes(ticket), ["Keyword: refund", "Priority: Very High"]
        )
        self.assertEqual(
            self._told(ticket), [(self.agent, "activity"), (self.leader, "email")]
        )
        self._run(15)
        self.assertEqual(len(self._told(ticket)), 2)

    def test_code_calls_and_the_run_sees_to_it(self):
        waiting = self._new_ticket(0)
        answered = self._new_ticket(0)
        self._staff_answers(answered, 1)
        (waiting + answered)._escalation_request("Server down", self.policy.step_ids[1])
        self._run(2)
        self.assertEqual(self._causes(waiting), ["Automation: Server down"])
        self.assertEqual(self._told(waiting), [(self.leader, "email")])
        self.assertFalse(answered.escalation_incident_ids)
        self.assertFalse(self.env["helpdesk.escalation.request"].search([]))


class TestAtOnce(IncomingMail, TriggerCommon, CronMixinCase):
    def test_a_clients_mail_makes_the_run_come_at_once_where_a_trigger_may_fire(self):
        self._add_trigger("keyword", keywords="refund")
        ticket = self._new_ticket(0)
        elsewhere = self._new_ticket(0, team_id=False, user_id=False)
        first, other = self._client_writes(ticket, 0), self._client_writes(elsewhere, 0)
        self.env["ir.cron.trigger"].search([]).unlink()
        job = "helpdesk_escalation.ir_cron_escalate"
        with self.capture_triggers(job) as captured:
            self._reply(first, body="A refund!")
            self._reply(first, body="At once!")
            self._reply(other, body="A refund!")
        self.assertEqual(len(captured.records), 1)
