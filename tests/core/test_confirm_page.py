"""R10, the page behind "I'm on it": over real HTTP, with links from real mails."""

import re
from contextlib import closing
from datetime import timedelta
from urllib.parse import urlsplit

from lxml import html

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tools import hash_sign, mute_logger

from ..support.common import USER, EscalationCommon, PatientHttpCase

SCOPE = "helpdesk_escalation.confirm"
NOT_VALID = "This link is not valid"


class TestConfirmPage(EscalationCommon, PatientHttpCase):
    """At minute 30 the agent has an activity and the leader a mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent.name = "Anna Agent"
        cls.leader.name = "Lea Leader"
        cls.ticket = cls._new_ticket(minute=0)

    def setUp(self):
        super().setUp()
        self._run(30)
        self.incident = self._incident(self.ticket)
        self.notification = self.incident.notification_ids.filtered(
            lambda notification: notification.user_id == self.leader
        )
        self.link = self._get_link(self.notification)

    def _get_link(self, notification):
        body = html.fromstring(notification.mail_id.body_html)
        (href,) = body.xpath('//a[contains(., "I\'m on it")]/@href')
        return urlsplit(href).path

    def _sign(self, notification, minute=600, scope=SCOPE):
        expires = self.t0.timestamp() + minute * 60
        values = [notification.id, int(expires), notification._get_birth()]
        token = hash_sign(self.env, scope, values)
        return f"/helpdesk_escalation/confirm/{token}"

    def _get(self, link=None, minute=40, method="GET", **options):
        self.env.flush_all()
        with self._at(minute):
            response = self.url_open(link or self.link, method=method, **options)
        self.env.invalidate_all()
        return response

    def _press(self, link=None, minute=40, page=None):
        """Open the page and press its button, as a browser does.

        :param page: the page that is still open from before
        """
        if not page:
            page = self._get(link, minute)
        (form,) = html.fromstring(page.text).xpath("//form")
        self.assertEqual(form.get("method"), "post")
        self.env.flush_all()
        with self._at(minute):
            response = self.url_open(form.get("action"), data=dict(form.form_values()))
        self.env.invalidate_all()
        return response

    def _post(self, link, minute=40):
        """Send the form to a link whose page shows none, with a good CSRF token."""
        login = html.fromstring(self.url_open("/web/login").text)
        token = login.xpath("//input[@name='csrf_token']/@value")
        data = {"csrf_token": token[0]} if token else {"csrf_token": self._csrf()}
        self.env.flush_all()
        with self._at(minute):
            response = self.url_open(link, data=data, allow_redirects=False)
        self.env.invalidate_all()
        return response

    def _csrf(self):
        """The CSRF token of a session that is logged in already."""
        page = self.url_open("/odoo").text
        return re.search(r'csrf_token: "(\w+)"', page).group(1)

    def _headline(self, response):
        return " ".join(html.fromstring(response.text).xpath("string(//h1)").split())

    def _assert_untouched(self):
        self.assertEqual(self.incident.state, "active")
        self.assertFalse(self.incident.confirmed_by_id)
        self.assertFalse(self.incident.confirmed_date)
        self.assertEqual(self.notification.state, "pending")
        self.assertEqual(self.notification.mail_id.state, "outgoing")
        self.assertEqual(len(self.ticket.activity_ids), 1)
        self.assertNotIn("is on it", " ".join(self._notes(self.ticket)))

    def _assert_no_facts(self, response):
        """Nothing about the ticket, its client or who was told."""
        for secret in (
            self.ticket.number,
            self.ticket.name,
            "ACME",
            "Carla",
            self.agent.name,
            self.leader.name,
            "<form",
        ):
            self.assertNotIn(secret, response.text)

    def _assert_not_valid(self, response):
        self.assertEqual(response.status_code, 404)
        self.assertEqual(self._headline(response), NOT_VALID)
        self._assert_no_facts(response)

    # ------------------------------------------------------------------
    # Looking
    # ------------------------------------------------------------------

    def test_looking_shows_what_waits_and_changes_nothing(self):
        page = self._get(minute=45)
        self.assertEqual(page.status_code, 200)
        self.assertEqual(self._headline(page), "A client is waiting")
        text = html.fromstring(page.text).text_content()
        self.assertIn(f"{self.ticket.number} - The printer is on fire", text)
        self.assertIn("Carla Client (ACME)", text)
        self.assertIn("45min", text)
        self.assertIn("as Lea Leader", text)
        self._assert_untouched()

    def test_a_mail_scanner_that_asks_for_the_head_changes_nothing(self):
        answer = self._get(method="HEAD")
        self.assertEqual((answer.status_code, answer.content), (200, b""))
        self._assert_untouched()

    def test_no_other_way_of_asking_changes_anything(self):
        for method in ("OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"):
            with self.subTest(method):
                response = self._get(method=method)
                self.assertIn(response.status_code, (200, 405))
                self._assert_untouched()

    def test_the_page_is_small_and_asks_for_nothing_else(self):
        page = self._get()
        self.assertLess(len(page.content), 20_000)
        tree = html.fromstring(page.text)
        self.assertFalse(tree.xpath("//script | //img | //iframe | //@src"))
        self.assertEqual(tree.xpath("//link/@href"), ["data:,"], "no favicon either")
        self.assertNotRegex(page.text, r"@import|url\(")
        self.assertEqual(
            [urlsplit(href).path for href in tree.xpath("//a/@href")],
            [f"/odoo/helpdesk.ticket/{self.ticket.id}"],
        )

    def test_the_page_is_for_no_cache_no_robot_and_no_frame(self):
        for link in (self.link, f"{self.link}x"):
            headers = self._get(link).headers
            self.assertEqual(headers["Cache-Control"], "no-store")
            self.assertIn("noindex", headers["X-Robots-Tag"])
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"])
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])

    def test_the_link_logs_nobody_in(self):
        self._press()
        answer = self.url_open("/odoo", allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(urlsplit(answer.headers["Location"]).path, "/web/login")

    def test_the_page_speaks_the_persons_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env.ref("helpdesk_escalation.confirm_page").update_field_translations(
            "arch_db", {"fr_FR": {"I'm on it": "Je m'en occupe"}}
        )
        self.leader.lang = "fr_FR"
        tree = html.fromstring(self._get().text)
        self.assertEqual((tree.get("lang"), tree.get("dir")), ("fr-FR", "ltr"))
        self.assertEqual(tree.xpath("string(//button)"), "Je m'en occupe")

    def test_the_page_reads_from_right_to_left_where_people_do(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.leader.lang = "ar_001"
        tree = html.fromstring(self._get().text)
        self.assertEqual((tree.get("lang"), tree.get("dir")), ("ar-001", "rtl"))

    # ------------------------------------------------------------------
    # Pressing the button
    # ------------------------------------------------------------------

    def test_the_button_confirms_as_the_person_without_a_login(self):
        answer = self._press(minute=42)
        self.assertEqual(self._headline(answer), "Thank you, you are on it")
        self.assertEqual(self.incident.state, "confirmed")
        self.assertEqual(self.incident.confirmed_by_id, self.leader)
        self.assertEqual(self.incident.confirmed_via, "email")
        self.assertEqual((self.incident.confirmed_date - self.t0).seconds, 42 * 60)
        self.assertFalse(self.ticket.activity_ids, "the agent is left in peace")
        self.assertEqual(self._notes(self.ticket)[-1], "Lea Leader is on it.")

    def test_a_click_in_a_browser_will_do(self):
        press_once = """(() => {
            const button = document.querySelector("form button");
            if (button && !window.pressed) {
                window.pressed = true;
                button.click();
            }
            return document.querySelector("h1").textContent.includes("you are on it");
        })()"""
        self.browser_js(self.link, "console.log('test successful')", ready=press_once)
        self.env.invalidate_all()
        self.assertEqual(self.incident.confirmed_by_id, self.leader)
        self.assertEqual(self.incident.confirmed_via, "email")

    def test_a_second_click_is_thanked_and_changes_nothing(self):
        page = self._get()
        self._press(page=page, minute=42)
        first = self.incident.read()
        again = self._press(page=page, minute=50)
        self.assertEqual(self._headline(again), "Thank you, you are on it")
        later = self._get(minute=55)
        self.assertEqual(self._headline(later), "Thank you, you are on it")
        self.assertNotIn("<form", later.text)
        self.assertEqual(self.incident.read(), first)

    def test_who_comes_too_late_hears_who_is_on_it_and_since_when(self):
        page = self._get()
        with self._at(41):
            self.ticket.with_user(self.agent).action_escalation_confirm()
        self.leader.tz = "Asia/Kathmandu"
        there = self.incident.confirmed_date + timedelta(hours=5, minutes=45)
        for answer in (self._press(page=page, minute=42), self._get(minute=43)):
            self.assertEqual(answer.status_code, 200)
            self.assertIn("Anna Agent has been on it since ", self._headline(answer))
            self.assertIn(f"{there:%-I:%M}", self._headline(answer), "on their clock")
            self.assertNotIn("<form", answer.text)
        self.assertEqual(self.incident.confirmed_by_id, self.agent)
        self.assertEqual(self.incident.confirmed_via, "ticket")

    def test_an_answered_ticket_is_settled_and_never_reopened(self):
        page = self._get()
        self._staff_answers(self.ticket, 41)
        self._run(45)
        for answer in (self._press(page=page, minute=46), self._get(minute=47)):
            self.assertEqual(answer.status_code, 200)
            self.assertIn("Resolved at", self._headline(answer))
            self.assertIn("answered", self._headline(answer))
            self.assertNotIn("<form", answer.text)
        self.assertEqual(self.incident.state, "resolved")
        self.assertFalse(self.incident.confirmed_by_id)

    def test_the_kind_answer_outlives_lent_access(self):
        """The director may no longer read the ticket, and is thanked all the same."""
        link = self._get_directors_link()
        self.assertEqual(
            self._headline(self._get(link, minute=61)), "A client is waiting"
        )
        self._staff_answers(self.ticket, 62)
        self._run(65)
        self.assertFalse(self.ticket.with_user(self.director).has_access("read"))
        answer = self._get(link, minute=70)
        self.assertIn("Resolved at", self._headline(answer))
        self._assert_no_facts(answer)
        self.assertNotIn("/odoo/helpdesk.ticket/", answer.text, "they cannot open it")

    def _get_directors_link(self):
        self._run(60)
        return self._get_link(
            self.incident.notification_ids.filtered(
                lambda notification: notification.user_id == self.director
            )
        )

    def test_but_not_the_person(self):
        link = self._get_directors_link()
        self._staff_answers(self.ticket, 62)
        self._run(65)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        for values in (
            {"company_id": elsewhere.id, "company_ids": [Command.set(elsewhere.ids)]},
            {"active": False},
        ):
            self.director.write(values)
            self._assert_not_valid(self._get(link, minute=70))

    # ------------------------------------------------------------------
    # What a link still tells, by what became of it, its case and its person
    # ------------------------------------------------------------------

    def _lose(self, how):
        """Let the leader lose what the link stood on."""
        if how == "archived":
            self.leader.active = False
        elif how == "portal":
            self.leader.group_ids = self.env.ref("base.group_portal")
        elif how == "access":
            self.leader.group_ids = self.env.ref("base.group_user")
        elif how == "company":
            other = self.env["res.company"].create({"name": "Elsewhere"})
            self.leader.write(
                {"company_id": other.id, "company_ids": [Command.set(other.ids)]}
            )
        elif how == "client":
            self.ticket.partner_id = self.leader.partner_id
        elif how == "person deleted":
            self.notification.user_id = False
        elif how == "ticket deleted":
            self.ticket.unlink()
        self.env.flush_all()
        self.env.invalidate_all()

    def _become(self, state):
        if state == "confirmed":
            self.incident._confirm(self.agent, "ticket")
        elif state == "confirmed by the person":
            self.incident._confirm(self.leader, "email")
        elif state == "resolved":
            self._staff_answers(self.ticket, 41)
            self._run(42)

    STATES = ("active", "confirmed", "confirmed by the person", "resolved")

    def test_a_lost_link_tells_nothing_how_old_it_is_and_whatever_became_of_it(self):
        """One and the same page, as for a link that never was one."""
        never = self._get(f"{self.link[:-3]}AAA").text
        self.leader.lang = "en_US"
        for how in (
            "archived",
            "portal",
            "access",
            "company",
            "client",
            "person deleted",
            "ticket deleted",
        ):
            for state in self.STATES:
                with closing(self.env.cr.savepoint()) as savepoint:
                    self._become(state)
                    old = self._sign(self.notification, 1)
                    self._lose(how)
                    for link in (self.link, old):
                        with self.subTest(how, state=state, old=link == old):
                            answer = self._get(link, minute=45)
                            self.assertEqual(answer.status_code, 404)
                            self.assertEqual(answer.text, never)
                    savepoint.rollback()
                self.env.invalidate_all()

    def test_an_old_link_tells_nothing_about_the_case(self):
        """Neither what it is about nor what became of it."""
        pages = set()
        for state in self.STATES:
            with self.subTest(state), closing(self.env.cr.savepoint()) as savepoint:
                self._become(state)
                answer = self._get(self._sign(self.notification, 1), minute=45)
                self.assertEqual(answer.status_code, 200)
                self.assertEqual(self._headline(answer), "This link has expired")
                self._assert_no_facts(answer)
                pages.add(answer.text)
                savepoint.rollback()
            self.env.invalidate_all()
        self.assertEqual(len(pages), 1)

    def test_a_settled_case_is_thanked_for_without_facts(self):
        self._become("resolved")
        answer = self._get(minute=45)
        self.assertIn("Resolved at", self._headline(answer))
        self._assert_no_facts(answer)

    def test_a_confirmed_case_tells_who_is_on_it_and_no_more(self):
        self._become("confirmed")
        answer = self._get(minute=45)
        self.assertIn("Anna Agent has been on it since", self._headline(answer))
        for secret in (self.ticket.number, self.ticket.name, "Carla", "<form"):
            self.assertNotIn(secret, answer.text)

    def test_a_link_opens_nothing_for_whoever_is_logged_in(self):
        """Whoever holds it is themselves, with their own rights, however old it is."""
        self.ticket.message_subscribe(self.client.ids)
        people = [
            self._new_user("esc_clerk", "base.group_user"),
            self._new_user("esc_portal", "base.group_portal"),
            self._new_user("esc_employee", USER),
        ]
        self.ticket.partner_id = people[-1].partner_id
        for user in people:
            self.authenticate(user.login, user.login)
            for state in self.STATES:
                with closing(self.env.cr.savepoint()) as savepoint:
                    self._become(state)
                    for link in (self.link, self._sign(self.notification, 1)):
                        with self.subTest(user.login, state=state):
                            answer = self._get(link, minute=45)
                            self.assertEqual(answer.status_code, 404)
                            self.assertEqual(self._headline(answer), NOT_VALID)
                            self._assert_no_facts(answer)
                    savepoint.rollback()
                self.env.invalidate_all()

    # ------------------------------------------------------------------
    # Links that are no good
    # ------------------------------------------------------------------

    def test_a_link_expires_after_three_days(self):
        page = self._get()
        last = 30 + 72 * 60
        self.assertIn("<form", self._get(minute=last - 1).text)
        for answer in (
            self._get(minute=last + 1),
            self._press(page=page, minute=last + 1),
        ):
            self.assertEqual(self._headline(answer), "This link has expired")
            self.assertNotIn("<form", answer.text)
            self.assertIn(f"/odoo/helpdesk.ticket/{self.ticket.id}", answer.text)
        self._assert_untouched()

    def test_the_validity_of_links_can_be_set(self):
        self.env["res.config.settings"].create({"escalation_link_hours": 2}).execute()
        self._run(60)
        link = self._get_link(
            self.incident.notification_ids.filtered(
                lambda notification: notification.user_id == self.director
            )
        )
        self.assertIn("<form", self._get(link, minute=60 + 119).text)
        expired = self._get(link, minute=60 + 121)
        self.assertEqual(self._headline(expired), "This link has expired")

    def test_no_setting_of_the_validity_keeps_a_mail_from_going_out(self):
        for hours in (0, 8761, 2**31 - 1):
            with self.assertRaisesRegex(ValidationError, "at least one hour"):
                self.env["res.config.settings"].create(
                    {"escalation_link_hours": hours}
                ).execute()
        parameters = self.env["ir.config_parameter"]
        values = {
            "0": 1,
            "9" * 12: 365 * 24,
            "-1": 72,
            "²": 72,
            "three": 72,
        }
        for number, (value, hours) in enumerate(values.items()):
            with self.subTest(value):
                parameters.set_param("helpdesk_escalation.link_hours", value)
                self.assertEqual(self.notification._get_link_hours(), hours)
                line = self.notification.copy({"mail_id": False, "round": 2 + number})
                line._queue_mails()
                self.assertIn("/confirm/", line.mail_id.body_html)

    def test_links_that_are_not_ours_are_not_valid(self):
        token = self.link.rpartition("/")[2]
        other = self.notification.copy({"channel": "activity", "state": "skipped"})
        gone = self.notification.copy({"channel": "activity", "state": "skipped"})
        spliced = token[:50] + self._sign(other).rpartition("/")[2][50:]
        for name, link in {
            "cut off": self.link[:-6],
            "cut off to a letter": self.link[: -len(token) + 1],
            "longer": f"{self.link}AAAA",
            "forged": self.link[:-3] + ("AAA" if token[-3:] != "AAA" else "BBB"),
            "another's signature": f"{self.link[: -len(token)]}{spliced}",
            "another purpose": self._sign(self.notification, scope="mail.unsubscribe"),
            "unknown": self._sign(gone),
            "text": f"{self.link[: -len(token)]}hello",
            "a number": f"{self.link[: -len(token)]}{self.notification.id}",
            "no letters": f"{self.link[: -len(token)]}%F0%9F%94%A5%00%ff%27--",
            "long": f"{self.link[: -len(token)]}{'A' * 4000}",
        }.items():
            if name == "unknown":
                gone.unlink()
            with self.subTest(name):
                self._assert_not_valid(self._get(link))
                self._assert_not_valid(self._post(link))
        self._assert_untouched()

    def test_an_empty_link_leads_nowhere(self):
        empty = self.link.rpartition("/")[0]
        for link in (empty, f"{empty}/"):
            self.assertEqual(self._get(link).status_code, 404)

    def test_a_form_without_a_csrf_token_is_refused(self):
        self._get()
        for data in ({"x": "1"}, {"csrf_token": ""}, {"csrf_token": "0" * 40 + "o9"}):
            with self.subTest(data), mute_logger("odoo.http"), self._at(40):
                answer = self.url_open(self.link, data=data)
                self.assertEqual(answer.status_code, 400)
        self.env.invalidate_all()
        self._assert_untouched()

    def test_the_csrf_token_of_another_visitor_is_refused(self):
        page = self._get()
        self.opener.cookies.clear()
        with mute_logger("odoo.http"):
            answer = self._press(page=page)
        self.assertEqual(answer.status_code, 400)
        self._assert_untouched()

    # ------------------------------------------------------------------
    # Who presses it
    # ------------------------------------------------------------------

    def test_a_logged_in_colleague_confirms_as_themselves(self):
        self.authenticate("esc_agent", "esc_agent")
        page = self._get()
        self.assertIn("as Anna Agent", html.fromstring(page.text).text_content())
        self._press(page=page)
        self.assertEqual(self.incident.confirmed_by_id, self.agent)
        self.assertEqual(self.incident.confirmed_via, "email")

    def test_a_logged_in_colleague_who_may_not_see_the_ticket_does_not(self):
        self._new_user("esc_clerk", "base.group_user")
        self.authenticate("esc_clerk", "esc_clerk")
        self._assert_not_valid(self._get())
        self._assert_not_valid(self._post(self.link))
        self._assert_untouched()

    def test_who_is_logged_in_as_an_outsider_is_one_whatever_link_they_hold(self):
        """Whoever is logged in is recorded as themselves: a client is no staff."""
        self._new_user("esc_portal", "base.group_portal")
        self.authenticate("esc_portal", "esc_portal")
        self._assert_not_valid(self._get())
        self._assert_not_valid(self._post(self.link))
        self._assert_untouched()
        self._staff_answers(self.ticket, 41)
        self._assert_not_valid(self._get(minute=45))

    def test_an_employee_does_not_confirm_their_own_ticket(self):
        employee = self._new_user("esc_employee", USER)
        self.ticket.partner_id = employee.partner_id
        self.authenticate("esc_employee", "esc_employee")
        self._assert_not_valid(self._get())
        self._assert_not_valid(self._post(self.link))
        self._assert_untouched()

    def test_the_link_of_a_former_colleague_is_not_valid(self):
        page = self._get()
        portal = self.env.ref("base.group_portal").ids
        for values in (
            {"active": False},
            {"active": True, "group_ids": [Command.set(portal)]},
        ):
            with self.subTest(values):
                self.leader.write(values)
                self._assert_not_valid(self._get())
                self._assert_not_valid(self._press(page=page))
                self._assert_untouched()
        self._staff_answers(self.ticket, 41)
        self._assert_not_valid(self._get(minute=45))

    def test_the_link_of_a_person_who_lost_access_is_not_valid(self):
        page = self._get()
        self.leader.group_ids = self.env.ref("base.group_user")
        self._press(page=page)
        self._assert_untouched()

    def test_the_link_of_a_deleted_user_is_not_valid(self):
        self.notification.user_id = False
        self._assert_not_valid(self._get())
        self._assert_not_valid(self._post(self.link))
        self._assert_untouched()

    # ------------------------------------------------------------------
    # With the login required
    # ------------------------------------------------------------------

    def _require_login(self):
        self.env["res.config.settings"].create(
            {"escalation_link_login": True}
        ).execute()

    def test_a_login_can_be_required_and_leads_back_to_the_page(self):
        self._require_login()
        for minute in (40, 30 + 72 * 60 + 1):
            answer = self._get(minute=minute, allow_redirects=False)
            self.assertEqual(answer.status_code, 303)
            target = urlsplit(answer.headers["Location"])
            self.assertEqual(target.path, "/web/login")
        login = self._get(answer.headers["Location"])
        (form,) = html.fromstring(login.text).xpath("//form[@method='post']")
        form.fields["login"] = "esc_agent"
        form.fields["password"] = "esc_agent"
        with self._at(40):
            page = self.url_open("/web/login", data=dict(form.form_values()))
        self.assertEqual(urlsplit(page.url).path, self.link)
        self._press(page=page)
        self.assertEqual(self.incident.confirmed_by_id, self.agent)

    def test_without_the_required_login_the_button_does_nothing(self):
        page = self._get()
        self._require_login()
        answer = self._press(page=page)
        self.assertEqual(urlsplit(answer.url).path, "/web/login")
        self._assert_untouched()

    def test_a_portal_login_does_not_do_and_does_not_turn_in_circles(self):
        self._require_login()
        self._new_user("esc_portal", "base.group_portal")
        self.authenticate("esc_portal", "esc_portal")
        self._assert_not_valid(self._get())
        self._assert_untouched()

    def test_a_forged_link_asks_for_no_login(self):
        self._require_login()
        self._assert_not_valid(self._get(f"{self.link[:-3]}AAA"))
