"""R10, S9: who replies "on it" to their own mail is on it, and nobody else is."""

import re
from email.message import EmailMessage
from email.utils import make_msgid
from unittest.mock import patch

import pytest
from lxml import html

from odoo import Command, fields
from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from odoo.addons.helpdesk_escalation.tools.mail_reply import make_reply_mark

from ..support.common import USER, EscalationCommon, new_test_user
from ..support.incoming import IncomingMail
from .test_mail_gateway import AUTOMATIC

INCIDENT = "helpdesk.escalation.incident"
HINT = "You can also reply"
# As their programs send it, above what they quote.
PROGRAMS = {
    "Gmail": '<div dir="ltr">On it</div><br><div class="gmail_quote">'
    '<div dir="ltr" class="gmail_attr">On Sun, Nov 29 Desk wrote:<br></div>'
    '<blockquote class="gmail_quote">Carla has been waiting</blockquote></div>',
    "Outlook": '<html><body><div class="elementToProof">I’m on it.</div>'
    '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Desk<br>'
    "<b>Sent:</b> Sunday<br><b>To:</b> Lea<br><b>Subject:</b> Waiting</div></body>",
    "Apple Mail": "<html><body>I am on it!<br><div><br><blockquote type='cite'><div>On "
    "29 Nov 2026, Desk wrote:</div></blockquote></div></body></html>",
    "iPhone": '<html><body dir="auto">  ON IT 👍 <br><div dir="ltr"><br>Sent from my '
    "iPhone</div><div><br><blockquote type='cite'>x</blockquote></div></body></html>",
    "Thunderbird": '<html><body><p>"on it"</p><div class="moz-cite-prefix">On 29.11. '
    'Desk wrote:</div><blockquote type="cite">x</blockquote></body></html>',
}
SOMETHING_ELSE = [
    "I am in a meeting.",
    "I'm not on it.",
    "On it?",
    "Is anybody on it",
    "Hello,\n\non it",
    "> on it\n\nWho?",
    "on it, as soon as I am back on Monday",
    "",
    "👍",
]


class ReplyCommon(IncomingMail, EscalationCommon):
    """The leader was mailed at minute 30, and the mail was sent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._new_ticket(0)

    def setUp(self):
        super().setUp()
        self.sent = self._mail_sent(30)
        self.incident = self._incident(self.ticket)
        self.line = self.incident.notification_ids.filtered(
            lambda line: line.channel == "email"
        )

    def _mail_sent(self, minute):
        """Let a run write one mail, and the queue send it; as the person gets it."""
        self._run(minute)
        with self.mock_mail_gateway():
            self.env["mail.mail"].process_email_queue()
            (sent,) = self._mails
        return sent

    def _reply(self, body="On it.", sender=None, minute=31, sent=None, **headers):
        """Let somebody, the leader by default, reply to the mail."""
        sent = sent or self.sent
        mail = EmailMessage()
        mail["From"] = sender or self.leader.email_formatted
        mail["To"] = headers.pop("To", sent["reply_to"])
        mail["Subject"] = headers.pop("Subject", f"Re: {sent['subject']}")
        mail["Message-Id"] = make_msgid(domain="helpdesk.example")
        headers.setdefault("In_Reply_To", sent["message_id"])
        headers.setdefault("References", f"{sent['references']} {sent['message_id']}")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(body)
        if body.startswith("<"):
            mail.set_content(body, subtype="html")
        moment = fields.Datetime.add(self.t0, minutes=minute)
        with self.mock_datetime_and_now(moment), self.mock_mail_gateway():
            message = self._receive(mail.as_string())
        self.env.invalidate_all()
        self.assertEqual(len(message), 1, "no mail is ever lost")
        return message

    def _assert_filed_on_incident(self, message):
        self.assertEqual((message.model, message.res_id), (INCIDENT, self.incident.id))
        self.assertTrue(message.is_internal)

    def _assert_confirmed(self, person=None):
        self.assertEqual(self.incident.state, "confirmed")
        self.assertEqual(self.incident.confirmed_by_id, person or self.leader)
        self.assertEqual(self.incident.confirmed_via, "email")

    def _assert_untouched(self):
        self.assertEqual(self.incident.state, "active")
        self._assert_nobody_is_written_to()

    def _answers(self):
        """What was written to whom by us since the mail."""
        return self.env["mail.mail"].search(
            [("message_type", "=", "user_notification"), ("model", "=", False)]
        )

    def _assert_nobody_is_written_to(self):
        self.assertFalse(self._answers())

    def _assert_answered(self, *words):
        """The leader gets one short mail, in which these words stand."""
        answer = self._answers()
        self.assertEqual(len(answer), 1)
        self.assertEqual(answer.recipient_ids, self.leader.partner_id)
        self.assertIn("Auto-Submitted", answer.headers)
        text = html.fromstring(answer.body_html).text_content()
        for word in words:
            self.assertIn(word, text)
        return answer


class TestWhoRepliesIsOnIt(ReplyCommon):
    def test_as_if_they_had_pressed_the_button(self):
        message = self._reply("On it.\n\n> Carla has been waiting")
        self._assert_confirmed()
        self._assert_filed_on_incident(message)
        self.assertIn("esc_leader is on it.", self._notes(self.ticket)[-1])
        self._assert_nobody_is_written_to()
        self._run(60)
        self.assertNotIn((self.director, "email"), self._told(self.ticket))

    def test_with_whatever_program(self):
        for program, body in PROGRAMS.items():
            with self.subTest(program):
                self._reply(body)
                self._assert_confirmed()
                self.incident.with_user(self.leader).action_release()

    def test_twice_is_once(self):
        self._reply()
        self._reply()
        self._assert_confirmed()
        self.assertEqual(len(self.incident.confirmation_ids), 0)
        self._assert_nobody_is_written_to()

    def test_the_mail_says_so_in_the_words_of_the_settings(self):
        self.assertIn(HINT, self.sent["body"])
        self.assertIn("“on it”", self.sent["body"])
        self.env["res.config.settings"].create(
            {"escalation_reply_words": " bin dran , Übernehme ich,"}
        ).execute()
        sent = self._mail_sent(60)
        self.assertIn("“bin dran”", sent["body"])
        self._reply("On it")
        self._assert_untouched()
        self._reply("ÜBERNEHME  ich!")
        self._assert_confirmed()

    def test_english_counts_in_every_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.leader.lang = "de_DE"
        self._reply()
        self._assert_confirmed()

    def test_in_a_mail_without_a_template(self):
        self.env.ref("helpdesk_escalation.mail_template_escalation").unlink()
        with mute_logger(
            "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_notification_mail"
        ):
            sent = self._mail_sent(60)
        self.assertIn(HINT, sent["body"])
        self._reply(sent=sent, sender=self.director.email_formatted)
        self._assert_confirmed(self.director)


class TestWhoseReplyConfirmsNothing(ReplyCommon):
    def test_who_says_something_else(self):
        for body in SOMETHING_ELSE:
            with self.subTest(body):
                message = self._reply(body)
                self._assert_filed_on_incident(message)
                self._assert_untouched()

    def test_a_forged_sender_without_the_mail(self):
        """Whoever sees the case can read the Message-Id of the mail, and no more."""
        shown = self.line.mail_message_id.with_user(self.agent)
        self.assertEqual(shown.message_id, self.sent["message_id"])
        thread = self.sent["references"].split()[0]
        for references in (
            self.sent["message_id"],
            f"{thread} {self.sent['message_id']}",
        ):
            with self.subTest(references):
                self._reply(References=references)
                self._assert_untouched()

    def test_a_forged_mark(self):
        mark = make_reply_mark(self.line)
        self.assertIn(mark, self.sent["references"])
        sign = re.search(r"-([0-9a-f]{32})@", mark)[1]
        for forged in (
            mark.replace(sign, "0" * 32),
            mark.replace(f"-{self.line.id}-", f"-{self.line.id + 1}-"),
            mark.replace(f"-{self.line.id}-", "-2147483648-"),
            mark.replace(f"-{self.line.id}-", "-0-"),
            mark.replace(sign, sign[:8]),
            "<helpdesk-escalation-answer-\u0661-x>",
        ):
            with self.subTest(forged):
                references = self.sent["references"].replace(mark, forged)
                self._reply(References=f"{references} {self.sent['message_id']}")
                self._assert_untouched()

    def test_the_mark_of_another_of_the_same_number(self):
        """A backup was restored, and the number was given again."""
        self._date(self.line, -5)
        self._reply()
        self._assert_untouched()

    def test_to_whom_the_mail_was_forwarded(self):
        for user in self.agent + self.manager:
            with self.subTest(user.login):
                message = self._reply(sender=user.email_formatted)
                self._assert_filed_on_incident(message)
                self._assert_untouched()

    def test_a_stranger_and_the_client(self):
        for sender in ("lea@nowhere.example", self.client.email_formatted):
            with self.subTest(sender):
                message = self._reply(sender=sender)
                self.assertEqual(message.model, "helpdesk.ticket")
                self._assert_untouched()

    def test_two_senders_at_once(self):
        self._reply(sender=f"{self.leader.email}, mallory@nowhere.example")
        self._assert_untouched()

    def test_what_answers_by_itself(self):
        for headers in AUTOMATIC:
            headers = {name.capitalize(): value for name, value in headers.items()}
            with self.subTest(**headers):
                self._reply(**headers)
                self._assert_untouched()

    def test_whose_sender_our_own_server_doubts(self):
        self._reply(Authentication_Results="mx.helpdesk.example; dkim=none; dmarc=fail")
        self._assert_untouched()

    def test_who_has_left_or_may_not_see_it(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        for change in (
            {"active": False},
            {
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
            },
            {"group_ids": [Command.set(self.env.ref("base.group_portal").ids)]},
        ):
            with self.subTest(**change), self.env.cr.savepoint() as savepoint:
                self.leader.write(change)
                self._reply()
                self._assert_untouched()
                savepoint.rollback()
                self.env.invalidate_all()

    def test_who_has_become_the_client(self):
        self.ticket.partner_id = self.leader.partner_id
        self._reply()
        self._assert_untouched()

    def test_where_one_must_log_in(self):
        self.env["ir.config_parameter"].set_param(
            "helpdesk_escalation.link_login", "True"
        )
        self.assertNotIn(HINT, self._mail_sent(60)["body"])
        self._reply()
        self._assert_untouched()

    def test_no_hint_where_answers_do_not_come_to_odoo(self):
        self.env.company.alias_domain_id = False
        self.assertNotIn(HINT, self._mail_sent(60)["body"])

    def test_no_hint_in_a_test_mail(self):
        with self.mock_mail_gateway():
            self.policy.with_user(self.manager).action_test_on_me()
        for mail in self._mails:
            self.assertNotIn(HINT, mail["body"])
            self.assertNotIn("helpdesk-escalation-answer", mail["references"] or "")


class TestWhoCameTooLate(ReplyCommon):
    def test_hears_who_is_on_it(self):
        self.incident.with_user(self.agent).action_confirm()
        message = self._reply()
        self._assert_filed_on_incident(message)
        self._assert_confirmed_by_agent()
        self._assert_answered("esc_agent has been on it since", "nothing left for you")

    def _assert_confirmed_by_agent(self):
        self.assertEqual(self.incident.confirmed_by_id, self.agent)
        self.assertEqual(self.incident.confirmed_via, "dashboard")

    def test_hears_that_it_is_over(self):
        self._staff_answers(self.ticket, 31)
        self._reply(minute=32)
        self.assertEqual(self.incident.state, "resolved")
        self._assert_answered("Resolved at", "answered")

    def test_hears_that_it_was_too_long_ago(self):
        self._reply(minute=30 + 73 * 60)
        self.assertEqual(self.incident.state, "active")
        self._assert_answered("has confirmed nothing", "Open the ticket in Odoo")

    def test_hears_it_in_their_language_and_time(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.leader.write({"lang": "de_DE", "tz": "Asia/Tokyo"})
        self.incident.with_user(self.agent).action_confirm()
        with patch.object(
            self.env.registry["helpdesk.escalation.incident"],
            "_get_page_title",
            lambda incident, *args: f"{incident.env.lang} {incident.env.tz}",
        ):
            self._reply()
        self._assert_answered("de_DE Asia/Tokyo")

    def test_and_that_leads_to_nothing_more(self):
        """Two machines that answer each other would never end."""
        self.incident.with_user(self.agent).action_confirm()
        self._reply()
        answer = self._assert_answered("esc_agent")
        self.assertNotIn("helpdesk-escalation", answer.references)
        self.assertNotIn(self.mail_alias_domain.catchall_email, answer.reply_to)
        with self.mock_mail_gateway():
            answer.send()
            (sent,) = self._mails
        references = f"{sent['references']} {sent['message_id']}"
        with self.mock_mail_gateway():
            self._receive(
                self._raw(
                    self.leader.email_formatted,
                    To=self.sent["reply_to"],
                    body="On it.",
                    References=references,
                )
            )
        self.assertFalse(self._answers() - answer)


class TestReplyToDigest(ReplyCommon):
    def setUp(self):
        self.others = [self._new_ticket(0, name=f"Fire {n}") for n in range(6)]
        super().setUp()
        self.incidents_of_all = self.incidents.search([])

    def test_it_confirms_none_and_says_so(self):
        self.assertIn("tickets are waiting", self.sent["subject"])
        self.assertNotIn(HINT, self.sent["body"])
        self._reply()
        self.assertEqual(set(self.incidents_of_all.mapped("state")), {"active"})
        self._assert_answered("has confirmed nothing", "about several tickets")


class TestMarkIsKeptNowhere(ReplyCommon):
    def test_once_the_mail_is_sent(self):
        mark = make_reply_mark(self.line)
        self._run(31)
        self._reply("I am in a meeting.\n\n> Carla", Cc=self.agent.email)
        for message in self.env["mail.message"].search([]):
            for name, field in message._fields.items():
                if field.store and field.type in ("char", "text", "html"):
                    self.assertNotIn(mark, str(message[name]))
        self.assertFalse(self.env["mail.mail"].search([("references", "ilike", mark)]))

    def test_what_tells_colleagues_of_the_reply_has_none(self):
        note = self.env.ref("mail.mt_note")
        self.incident.message_subscribe(self.agent.partner_id.ids, note.ids)
        self._reply("I am in a meeting.")
        told = self.env["mail.mail"].search([]) - self.line.mail_id
        self.assertIn(self.agent.partner_id, told.recipient_ids)
        for mail in told:
            self.assertNotIn("escalation-answer", mail.references or "")


class TestReplyWords(EscalationCommon):
    def _set(self, words):
        self.env["res.config.settings"].create(
            {"escalation_reply_words": words}
        ).execute()

    def test_what_cannot_be_meant_is_refused_in_a_sentence(self):
        for words, sentence in (
            (", ,", "Enter at least one reply word"),
            ("on it, !!!", "has no letters"),
            ("on it?", "A question confirms nothing"),
            (",".join(f"word{n}" for n in range(51)), "the limit is 50"),
        ):
            with (
                self.subTest(words),
                self.assertRaisesRegex(ValidationError, sentence),
                self.env.cr.savepoint(),
            ):
                self._set(words)

    def test_empty_means_the_standard_ones(self):
        self._set("mine")
        self.assertEqual(self.notifications._get_reply_words(), ["mine"])
        self._set("")
        self.assertEqual(self.notifications._get_reply_words()[0], "on it")

    def test_what_was_written_into_the_parameter_by_hand_does_no_harm(self):
        self.env["ir.config_parameter"].set_param(
            "helpdesk_escalation.reply_words", "  ,\n,!"
        )
        self.assertEqual(self.notifications._get_reply_words(), ["!"])


class TestFaultWhileSomebodyReplies(ReplyCommon):
    def _fault(self, method, error):
        return patch.object(self.env.registry["mail.thread"], method, error)

    def test_the_mail_is_filed_all_the_same(self):
        def python_error(*args):
            raise ValueError("a fault of ours")

        def database_error(*args):
            self.env.cr.execute("SELECT 1/0")

        for model, method in (
            ("mail.thread", "_escalation_find_confirmed"),
            ("helpdesk.escalation.notification", "_register_reply"),
            ("helpdesk.escalation.notification", "_confirm_by_reply"),
        ):
            for error in (python_error, database_error):
                with (
                    self.subTest(method, error=error.__name__),
                    mute_logger(
                        "odoo.sql_db",
                        "odoo.addons.helpdesk_escalation.models.mail_thread_reply",
                        "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_delivery",
                    ),
                    patch.object(self.env.registry[model], method, error),
                ):
                    self._assert_filed_on_incident(self._reply())
                    self.assertEqual(self.incident.state, "active")

    def test_and_what_was_kept_confirms_with_the_next_run(self):
        def python_error(*args):
            raise ValueError("a fault of ours")

        with (
            mute_logger(
                "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_delivery"
            ),
            patch.object(self.registry[INCIDENT], "_confirm", python_error),
        ):
            self._reply()
        self.assertEqual(self.incident.state, "active")
        self._run(60)
        self._assert_confirmed()
        self.assertNotIn((self.director, "email"), self._told(self.ticket))
        self.assertFalse(self.env["helpdesk.escalation.delivery"].search([]))


# Another connection ---------------------------------------------------------------


@pytest.fixture
def mailed(begin):
    """A function that begins a transaction in a database whose leader was mailed."""
    with begin() as env:
        leader = new_test_user(env, "leader", USER, email="leader@helpdesk.example")
        step = {"recipient": "user", "user_ids": leader.ids, "channel": "email"}
        policy = env["helpdesk.escalation.policy"].create(
            {"name": "At once", "step_ids": [(0, 0, {"delay": 0, **step})]}
        )
        ticket = env["helpdesk.ticket"].create(
            {
                "name": "The printer is on fire",
                "description": "Smoke",
                "escalation_policy_id": policy.id,
            }
        )
        ticket.message_post(
            author_id=False,
            body="Please help",
            email_from="carla@acme.example",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
        )
    with begin() as env:
        env["helpdesk.escalation.engine"]._cron_escalate()
    return begin


def reply_by_mail(env):
    line = env["helpdesk.escalation.notification"].search([("channel", "=", "email")])
    raw = IncomingMail._raw(
        "leader@helpdesk.example",
        To="catchall@helpdesk.example",
        body="On it",
        References=f"{line.mail_id.references} {line.mail_message_id.message_id}",
    )
    env["mail.thread"].message_process(None, raw)
    env.flush_all()


def state_of(env):
    return env[INCIDENT].search([]).state


def test_a_reply_does_not_wait_for_who_is_at_work_and_is_kept(mailed):
    with mailed() as holder:
        holder[INCIDENT].search([]).lock_for_update()
        with mailed() as env:
            env.cr.execute("SET LOCAL lock_timeout = '20s'")
            reply_by_mail(env)
    with mailed() as env:
        assert state_of(env) == "active"
        env["helpdesk.escalation.engine"]._cron_escalate()
    with mailed() as env:
        assert state_of(env) == "confirmed"


def test_a_reply_that_meets_a_change_is_kept(mailed):
    with mailed() as env:
        assert state_of(env) == "active"
        with mailed() as other:
            other[INCIDENT].search([]).error = "Just put off"
        with mute_logger("odoo.sql_db"):
            reply_by_mail(env)
    with mailed() as env:
        env["helpdesk.escalation.engine"]._cron_escalate()
    with mailed() as env:
        assert state_of(env) == "confirmed"
