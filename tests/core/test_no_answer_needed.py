"""R3, R11 "No answer needed": who may say so, what it ends, and taking it back."""

from datetime import timedelta

from lxml import html

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import AccessError
from odoo.service.model import retrying
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from ..support.common import TEAM, USER, PatientHttpCase
from ..support.waiver import WaiverCommon

SAID = "No answer needed, says Anna Agent."
TAKEN_BACK = "An answer is needed after all, says Anna Agent."


class TestNoAnswerNeeded(WaiverCommon):
    # ------------------------------------------------------------------
    # What it is, and what it ends
    # ------------------------------------------------------------------

    def test_it_is_kept_as_an_internal_note_with_who_and_when(self):
        self.assertIs(self._waive(40), True)
        note = self._waiver()
        self.assertEqual(len(note), 1)
        self.assertEqual(note.author_id, self.agent.partner_id)
        self.assertEqual(note.create_date, self.t0 + timedelta(minutes=40))
        self.assertEqual(note.preview, SAID)
        self.assertTrue(note.is_internal and note.subtype_id.internal)
        self.assertFalse(note.notification_ids, "nobody is bothered with it")
        portal = self._new_user(
            "esc_portal", "base.group_portal", partner_id=self.client.id
        )
        seen = self.env["mail.message"].with_user(portal).search([])
        self.assertFalse(note & seen, "and the client does not see it")

    def test_nobody_waits_until_the_client_writes_again(self):
        self._waive(5)
        self.assertFalse(self._waits())
        self._run(600)
        self.assertFalse(self.ticket.escalation_incident_ids)
        self._client_writes(self.ticket, 610)
        self.assertEqual(
            self.ticket.escalation_waiting_since, self.t0 + timedelta(minutes=610)
        )
        self._run(621)
        self.assertEqual(self._incident(self.ticket).state, "active")

    def test_it_is_so_under_every_start(self):
        for count_from in ("client_last", "client_first", "unresolved"):
            with self.subTest(count_from):
                self.policy.count_from = count_from
                ticket = self._new_ticket()
                self._client_writes(ticket, 2)
                self._waive(5, ticket)
                self._run(100)
                self.assertFalse(ticket.escalation_incident_ids)
                self._client_writes(ticket, 110)
                self._client_writes(ticket, 112)
                self._run(123)
                anchor = {"client_last": 112}.get(count_from, 110)
                self.assertEqual(
                    self._incident(ticket).anchor_date,
                    self.t0 + timedelta(minutes=anchor),
                )

    def test_it_ends_what_is_open_at_once(self):
        for minute, state in ((11, "active"), (31, "confirmed")):
            with self.subTest(state):
                self.ticket = self._new_ticket()
                self._run(minute)
                incident = self._incident(self.ticket)
                if state == "confirmed":
                    incident._confirm(self.leader, "ticket")
                self._waive(40)
                self._assert_ended(incident)
                self.assertFalse(
                    incident.notification_ids.filtered(lambda n: n.state == "pending"),
                    "unsent mails are taken back",
                )
                told = self._told(self.ticket)
                self._run(600)
                self.assertEqual(self._told(self.ticket), told)
                self.assertEqual(
                    self._notes(self.ticket)[-2:],
                    [SAID, "Escalation ended: no answer needed."],
                )

    def test_the_run_finds_it_where_it_was_not_ended_at_once(self):
        self._run(11)
        self.patch(
            type(self.env["helpdesk.escalation.engine"]),
            "_resolve_now",
            lambda engine, ticket_ids, speaker=None: None,
        )
        self._waive(15)
        incident = self._incident(self.ticket)
        self.assertEqual(incident.state, "active")
        self._run(16)
        self._assert_ended(incident)

    def test_of_an_answer_and_a_waiver_the_later_one_names_the_end(self):
        self.patch(
            type(self.env["helpdesk.escalation.engine"]),
            "_resolve_now",
            lambda engine, ticket_ids, speaker=None: None,
        )
        self.policy.count_from = "client_last"
        for first, second, resolution in (
            (self._staff_answers, self._client_writes, "answered"),
            (None, None, "waived"),
        ):
            with self.subTest(resolution):
                ticket = self._new_ticket()
                self._run(11)
                if first:
                    self._waive(12, ticket)
                    second(ticket, 13)
                    first(ticket, 14)
                else:
                    self._staff_answers(ticket, 12)
                    self._client_writes(ticket, 13)
                    self._waive(14, ticket)
                self._run(16)
                self.assertEqual(self._incident(ticket).resolution, resolution)

    def test_under_unresolved_it_ends_what_an_answer_does_not(self):
        self.policy.count_from = "unresolved"
        self._run(11)
        incident = self._incident(self.ticket)
        self._staff_answers(self.ticket, 12)
        self.assertEqual(incident.state, "active")
        self.assertIs(self._waive(13), True, "although the client was answered")
        self._assert_ended(incident)
        self._run(600)
        self.assertEqual(len(self.ticket.escalation_incident_ids), 1)

    def test_an_answer_after_it_is_an_answer(self):
        self._waive(5)
        self._client_writes(self.ticket, 6)
        self._run(20)
        self._staff_answers(self.ticket, 21)
        incident = self._incident(self.ticket)
        self.assertEqual(incident.resolution, "answered")
        self.assertTrue(incident.answered_date)

    # ------------------------------------------------------------------
    # Where it is said
    # ------------------------------------------------------------------

    def test_on_the_incident(self):
        self._run(11)
        incident = self._incident(self.ticket)
        self.assertTrue(incident.with_user(self.agent).may_waive)
        with self._at(12):
            answer = incident.with_user(self.agent).action_no_answer_needed()
        self.assertIs(answer, True)
        self._assert_ended(incident)
        self.assertFalse(incident.with_user(self.agent).may_waive)

    def test_on_several_tickets_of_a_list(self):
        other, answered = self._new_ticket(), self._new_ticket()
        self._staff_answers(answered, 5)
        self._run(11)
        self._assert_kind(
            self._waive(12, self.ticket + other + answered),
            "Nobody is waiting for an answer on 1 of the 3 tickets",
        )
        for ticket in self.ticket + other:
            self.assertFalse(self._waits(ticket))
            self._assert_ended(self._incident(ticket))
        self.assertFalse(self._waiver(answered))

    def test_on_several_incidents_of_a_list(self):
        other, answered = self._new_ticket(), self._new_ticket()
        self._run(11)
        tickets = self.ticket + other + answered
        self._staff_answers(answered, 12)
        incidents = tickets.escalation_incident_ids.with_user(self.agent)
        self.assertIs(incidents.action_no_answer_needed(), True)
        self.assertEqual(
            [self._incident(ticket).resolution for ticket in tickets],
            ["waived", "waived", "answered"],
        )

    def test_the_ticket_shows_who_said_it_and_since_when(self):
        ticket = self.ticket.with_user(self.leader).with_context(tz="UTC")
        self.assertTrue(ticket.escalation_may_waive)
        self.assertFalse(ticket.escalation_waiver_text)
        self._waive(5)
        self.env.invalidate_all()
        with self._at(6):
            since = self.incidents.with_context(tz="UTC")._format_moment(
                self.t0 + timedelta(minutes=5)
            )
            self.assertEqual(
                ticket.escalation_waiver_text,
                f"No answer needed, says Anna Agent since {since}",
            )
        self.assertTrue(ticket.escalation_may_take_back)
        self.assertFalse(ticket.escalation_may_waive)
        self._client_writes(self.ticket, 7)
        self.assertFalse(ticket.escalation_waiver_text, "until they write again")
        self.assertFalse(ticket.escalation_may_take_back)

    def test_the_button_is_where_somebody_waits(self):
        view = self.ticket.with_user(self.agent).get_view(view_type="form")["arch"]
        self.assertIn("action_escalation_no_answer_needed", view)
        self.assertIn("action_escalation_answer_needed", view)
        view = self.ticket.with_user(self.agent).get_view(view_type="list")["arch"]
        self.assertIn("action_escalation_no_answer_needed", view)
        for kind in ("kanban", "list", "form"):
            view = self.incidents.with_user(self.agent).get_view(view_type=kind)
            self.assertIn("action_no_answer_needed", view["arch"], kind)

    # ------------------------------------------------------------------
    # Kind answers
    # ------------------------------------------------------------------

    def test_it_needs_somebody_who_waits(self):
        self._staff_answers(self.ticket, 5)
        self._assert_kind(self._waive(6), "Nobody is waiting for an answer")
        self.assertFalse(self._waiver())

    def test_a_double_click_is_no_news(self):
        self._waive(5)
        self.assertIs(self._waive(6), True)
        self.assertEqual(len(self._waiver()), 1)

    def test_who_comes_late_hears_who_was_first(self):
        self._run(11)
        incident = self._incident(self.ticket)
        self._waive(12)
        with self._at(13):
            self._assert_kind(
                self._waive(13, user=self.leader),
                "No answer needed, says Anna Agent since ",
            )
            self._assert_kind(
                incident.with_user(self.leader).action_no_answer_needed(),
                "no answer needed",
            )
        self.assertEqual(len(self._waiver()), 1)

    def test_a_late_click_on_what_was_answered_does_nothing(self):
        self._run(11)
        incident = self._incident(self.ticket)
        self._staff_answers(self.ticket, 12)
        self._client_writes(self.ticket, 13)
        self._assert_kind(
            incident.with_user(self.leader).action_no_answer_needed(), "answered"
        )
        self.assertTrue(self._waits(), "what the client wrote since is not waived")

    def test_what_the_page_did_not_show_yet_is_not_waived(self):
        ticket = self.ticket.with_user(self.agent)
        for first, seen in ((None, 0), (self._client_writes, None)):
            word = first and first(self.ticket, 3)
            if seen is None:
                seen = word.id
            self.assertEqual(ticket.escalation_last_message_id, seen)
            self._client_writes(self.ticket, 4)
            self._assert_kind(
                self._waive(5, escalation_seen_message_id=seen), "has written again"
            )
            self.assertTrue(self._waits())
        self.env.invalidate_all()
        seen = ticket.escalation_last_message_id
        self.assertIs(self._waive(6, escalation_seen_message_id=seen), True)
        self.assertFalse(self._waits())

    def test_the_card_knows_what_it_showed_too(self):
        self._run(11)
        incident = self._incident(self.ticket).with_user(self.agent)
        seen = incident.last_message_id
        self._client_writes(self.ticket, 12)
        here = incident.with_context(escalation_seen_message_id=seen)
        self._assert_kind(here.action_no_answer_needed(), "has written again")
        self.assertEqual(incident.state, "active")

    # ------------------------------------------------------------------
    # Taking it back
    # ------------------------------------------------------------------

    def test_it_can_be_taken_back_and_the_client_waits_on(self):
        self._run(11)
        first = self._incident(self.ticket)
        self._waive(20)
        self.assertIs(self._take_back(50), True)
        self.assertFalse(self._waiver())
        self.assertTrue(self._waits())
        self.assertEqual(
            self.ticket.escalation_back_date, self.t0 + timedelta(minutes=50)
        )
        notes = self.ticket.message_ids.mapped("preview")
        self.assertIn(SAID, notes, "what was said stays in the story")
        self.assertIn(TAKEN_BACK, notes)
        self._run(70)
        second = self.ticket.escalation_incident_ids - first
        self.assertEqual(second.state, "active")
        self.assertEqual(first.resolution, "waived", "resolved is final")

    def test_whoever_may_say_it_may_take_it_back(self):
        self._waive(5)
        self.assertIs(self._take_back(6, user=self.leader), True)
        self.assertTrue(self._waits())

    def test_taking_back_twice_or_too_late_is_answered_kindly(self):
        self._waive(5)
        self._take_back(6)
        back = self.ticket.escalation_back_date
        self._assert_kind(self._take_back(7), "nothing to take back")
        self.assertEqual(self.ticket.escalation_back_date, back)
        self._waive(8)
        self._client_writes(self.ticket, 9)
        self._assert_kind(self._take_back(10), "nothing to take back")
        self.assertEqual(self.ticket.escalation_back_date, back)

    def test_what_was_closed_since_is_not_taken_back(self):
        self._waive(5)
        with self._at(6):
            self.ticket.stage_id = self.env.ref(
                "helpdesk_mgmt.helpdesk_ticket_stage_done"
            )
            self.env.flush_all()
        self.assertFalse(self.ticket.with_user(self.agent).escalation_waiver_text)
        self._assert_kind(self._take_back(7), "nothing to take back")

    def test_on_a_ticket_that_was_never_closed_by_hand_it_can_be_taken_back(self):
        done = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        flagged = self.env["helpdesk.ticket.stage"].create({"name": "Over"})
        created_closed = self._new_ticket(stage_id=done.id)
        closed_by_flag = self._new_ticket(stage_id=flagged.id)
        flagged.closed = True
        for ticket in created_closed, closed_by_flag:
            self.assertFalse(ticket.closed_date)
            self._client_writes(ticket, 10)
            self.assertTrue(self._waits(ticket))
            self._waive(15, ticket)
            self.assertFalse(self._waits(ticket))
            self.assertTrue(ticket.with_user(self.agent).escalation_may_take_back)
            self.assertIs(self._take_back(20, ticket), True)
            self.assertTrue(self._waits(ticket))

    # ------------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------------

    def test_never_the_tickets_own_client(self):
        employee = self._new_user("esc_employee", USER)
        other = self._new_ticket()
        self.ticket.partner_id = employee.partner_id
        self._run(11)
        incident = self._incident(self.ticket)
        mine = self.ticket.with_user(employee)
        for attempt in (
            mine.action_escalation_no_answer_needed,
            (self.ticket + other)
            .with_user(employee)
            .action_escalation_no_answer_needed,
            incident.with_user(employee).action_no_answer_needed,
        ):
            with self.assertRaisesRegex(AccessError, "not its own client"):
                attempt()
        self.assertFalse(mine.escalation_may_waive)
        self.assertFalse(incident.with_user(employee).may_waive)
        self.assertFalse(self._waiver() | self._waiver(other))
        self._waive(12)
        with self.assertRaisesRegex(AccessError, "not its own client"):
            mine.action_escalation_answer_needed()

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models")
    def test_nobody_from_outside_and_nobody_elsewhere(self):
        self._run(11)
        incident = self._incident(self.ticket)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        people = (
            self._new_user(
                "esc_portal", "base.group_portal", partner_id=self.client.id
            ),
            self.env.ref("base.public_user"),
            self._new_user(
                "esc_elsewhere",
                USER,
                company_id=elsewhere.id,
                company_ids=[Command.set(elsewhere.ids)],
            ),
            self._new_user("esc_stranger", TEAM),
            self._new_user("esc_clerk", "base.group_user"),
        )
        for user in people:
            for attempt in (
                self.ticket.with_user(user).action_escalation_no_answer_needed,
                incident.with_user(user).action_no_answer_needed,
                self.ticket.with_user(user).action_escalation_answer_needed,
            ):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    attempt()
        self.assertEqual(incident.state, "active")

    def test_who_was_notified_may_though_not_in_the_helpdesk(self):
        self._run(60)
        ticket = self.ticket.with_user(self.director)
        answer = ticket.action_escalation_no_answer_needed()
        self.assertEqual(self._incident(self.ticket).resolution, "waived")
        self.assertIn("You no longer see the ticket", answer["params"]["message"])
        self.assertFalse(ticket.has_access("read"), "lent access ends with it")

    def test_nobody_writes_it_by_themselves(self):
        message = self._client_writes(self.ticket, 5).with_user(self.leader)
        message.write({"escalation_party": "waived"})
        note = (
            self.env["mail.message"]
            .with_user(self.leader)
            .create(
                {
                    "model": "helpdesk.ticket",
                    "res_id": self.ticket.id,
                    "body": "Hush",
                    "escalation_party": "waived",
                }
            )
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(message.sudo().escalation_party, "client")
        self.assertNotEqual(note.sudo().escalation_party, "waived")
        self.assertTrue(self._waits())


class TestOnDuplicate(WaiverCommon):
    """Both tickets are answered; who writes on the duplicate waits on the ticket."""

    def setUp(self):
        super().setUp()
        self.other_client = self.env["res.partner"].create(
            {"name": "Dora", "email": "dora@elsewhere.example"}
        )
        self.duplicate = self._new_ticket(partner_id=self.other_client.id)
        for ticket in self.ticket, self.duplicate:
            self._staff_answers(ticket, 2)
        self.duplicate.duplicate_id = self.ticket

    def _write_on_duplicate(self, minute):
        self._client_writes(self.duplicate, minute, author=self.other_client)

    def test_each_new_message_can_be_waived_and_taken_back(self):
        mine = self.ticket.with_user(self.agent)
        for minute, user in ((10, self.agent), (20, self.agent), (30, self.leader)):
            self._write_on_duplicate(minute)
            self.assertTrue(self._waits())
            self.assertTrue(mine.escalation_may_waive)
            self.assertFalse(mine.escalation_may_take_back)
            self.assertFalse(mine.escalation_waiver_text)
            self.assertIs(self._waive(minute + 5, user=user), True)
            self.assertFalse(self._waits())
            self.assertFalse(mine.escalation_may_waive)
            self.assertTrue(mine.escalation_may_take_back)
        self.assertIs(self._take_back(40), True)
        self.assertTrue(self._waits())

    def test_what_the_page_did_not_show_yet_is_not_waived(self):
        self._client_writes(self.ticket, 9)
        mine = self.ticket.with_user(self.agent)
        self._run(22)
        card = self._incident(self.ticket).with_user(self.agent)
        for shown in (mine.escalation_last_message_id, card.last_message_id):
            self._write_on_duplicate(23)
            self._assert_kind(
                self._waive(25, escalation_seen_message_id=shown), "has written again"
            )
            self.assertTrue(self._waits())
        seen = mine.escalation_last_message_id
        self.assertEqual(card.last_message_id, seen)
        self.assertIs(self._waive(26, escalation_seen_message_id=seen), True)
        self.assertFalse(self._waits())

    def test_never_who_wrote_there(self):
        employee = self._new_user("esc_employee", USER)
        again = self.env["res.partner"].create(
            {"name": "At home", "email": employee.email}
        )
        mine = self.ticket.with_user(employee)
        for contact in (employee.partner_id, again):
            with self.subTest(contact.name):
                self.duplicate.partner_id = contact
                self._client_writes(self.duplicate, 10, author=employee.partner_id)
                self._run(21)
                card = self.ticket.escalation_incident_id.with_user(employee)
                self.assertFalse(mine.escalation_may_waive or card.may_waive)
                for attempt in (
                    mine.action_escalation_no_answer_needed,
                    card.action_no_answer_needed,
                ):
                    with self.assertRaisesRegex(AccessError, "not its own client"):
                        attempt()
                self.assertIs(self._waive(22), True)
        self.duplicate.partner_id = self.other_client
        self._write_on_duplicate(30)
        self.assertTrue(mine.escalation_may_waive, "another one's wait")


class TestPage(WaiverCommon, PatientHttpCase):
    """The mail's page, over real HTTP: at minute 30 the leader has a mail."""

    def setUp(self):
        super().setUp()
        self.leader.name = "Lea Leader"
        self._run(30)
        self.incident = self._incident(self.ticket)
        self.line = self.incident.notification_ids.filtered(
            lambda line: line.user_id == self.leader
        )
        body = html.fromstring(self.line.mail_id.body_html)
        (href,) = body.xpath('//a[contains(., "I\'m on it")]/@href')
        self.link = "/" + href.split("/", 3)[3]

    def _get(self, query=""):
        self.env.flush_all()
        with self._at(40):
            page = self.url_open(self.link + query)
        self.env.invalidate_all()
        return html.fromstring(page.text)

    def _press(self, page):
        """Press the second button of the page's form."""
        (form,) = page.xpath("//form")
        (button,) = form.xpath(".//button[@name='no_answer_needed']")
        self.assertEqual(form.get("method"), "post")
        data = {**dict(form.form_values()), button.get("name"): button.get("value")}
        self.env.flush_all()
        with self._at(41):
            answer = self.url_open(form.get("action"), data=data)
        self.env.invalidate_all()
        return html.fromstring(answer.text)

    def _headline(self, page):
        return " ".join(page.xpath("string(//h1)").split())

    def test_the_button_waives_as_the_person_without_a_login(self):
        page = self._get()
        self.assertEqual(
            [button.text for button in page.xpath("//form//button")],
            ["I'm on it", "No answer needed"],
        )
        answer = self._press(page)
        self.assertEqual(self._headline(answer), "Thank you, no answer is needed")
        self.assertEqual(self.incident.resolution, "waived")
        self.assertFalse(self.incident.confirmed_by_id)
        self.assertEqual(self._waiver().author_id, self.leader.partner_id)
        self.assertFalse(self.ticket.activity_ids)
        self.assertEqual(self.line.state, "cancelled")
        again = self._press(page)
        self.assertIn("no answer needed", self._headline(again), "a double click")
        self.assertEqual(len(self._waiver()), 1)

    def test_looking_never_waives(self):
        self._get("?no_answer_needed=1&seen=0")
        self.assertEqual(self.incident.state, "active")
        self.assertFalse(self._waiver())

    def test_without_the_token_of_the_form_nothing_is_done(self):
        self.env.flush_all()
        with self._at(41), mute_logger("odoo.http"):
            answer = self.url_open(self.link, data={"no_answer_needed": "1"})
        self.assertEqual(answer.status_code, 400)
        self.env.invalidate_all()
        self.assertEqual(self.incident.state, "active")

    def test_what_the_client_wrote_since_the_page_was_opened_is_not_waived(self):
        page = self._get()
        self._client_writes(self.ticket, 40)
        answer = self._press(page)
        self.assertIn("has written again", answer.text_content())
        self.assertEqual(self._headline(answer), "A client is waiting")
        self.assertFalse(self._waiver())
        self._press(answer)
        self.assertEqual(self.incident.resolution, "waived")

    def test_who_is_on_it_may_say_so_from_the_page_that_is_still_open(self):
        page = self._get()
        self.incident._confirm(self.leader, "ticket")
        self._press(page)
        self.assertEqual(self.incident.resolution, "waived")

    def test_somebody_else_is_on_it_now(self):
        page = self._get()
        self.incident._confirm(self.agent, "ticket")
        answer = self._press(page)
        self.assertIn("Anna Agent has been on it since", self._headline(answer))
        self.assertFalse(self._waiver())

    def test_it_is_too_late_after_an_answer(self):
        page = self._get()
        self._staff_answers(self.ticket, 40)
        answer = self._press(page)
        self.assertIn("answered", self._headline(answer))
        self.assertFalse(self._waiver())

    def test_never_as_the_client(self):
        page = self._get()
        self.ticket.partner_id = self.leader.partner_id
        answer = self._press(page)
        self.assertEqual(self._headline(answer), "This link is not valid")
        self.assertFalse(self._waiver())


# Two people at once -----------------------------------------------------------


def test_of_two_at_once_one_waives_and_one_takes_back(registry):
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        users = [
            new_test_user(env, login, USER, name=login) for login in ("Anna", "Bo")
        ]
        tickets = env["helpdesk.ticket"].create(
            [{"name": "Fire", "description": "!"}] * 2
        )
        ticket_ids = tickets.ids

    def both(name):
        """Both see the same, and press: an error of concurrency is tried again."""
        answers = []
        with registry.cursor() as anna_cr, registry.cursor() as bo_cr:
            both = [
                api.Environment(cr, user.id, {})["helpdesk.ticket"].browse(ticket_ids)
                for cr, user in zip((anna_cr, bo_cr), users, strict=True)
            ]
            for tickets in both:
                assert tickets.mapped("name") == ["Fire", "Fire"]
            with mute_logger("odoo.sql_db"):
                for tickets in both:
                    answers.append(retrying(getattr(tickets, name), tickets.env))
        return answers

    def notes(words):
        with registry.cursor() as cr:
            tickets = api.Environment(cr, SUPERUSER_ID, {})["helpdesk.ticket"]
            found = tickets.browse(ticket_ids).message_ids
            return found.filtered(lambda message: words in message.body).mapped(
                "preview"
            )

    done, late = both("action_escalation_no_answer_needed")
    assert done is True
    assert "on 2 of the 2 tickets" in late["params"]["message"]
    assert notes("No answer needed") == ["No answer needed, says Anna."] * 2
    done, late = both("action_escalation_answer_needed")
    assert done is True
    assert "nothing to take back" in late["params"]["message"]
    assert len(notes("needed after all")) == 2
