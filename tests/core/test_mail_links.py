"""A personal link comes back: whoever answers a mail quotes it, gateways wrap it."""

import base64
import re
from email.message import EmailMessage
from email.utils import make_msgid
from urllib.parse import quote

from markupsafe import Markup

from odoo.addons.helpdesk_escalation.tools.mail_links import make_link, strip_links

from ..support.common import EscalationCommon
from ..support.incoming import IncomingMail

GONE = "(personal link removed)"


class MailLinksCommon(IncomingMail, EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._new_ticket(0)

    def setUp(self):
        super().setUp()
        self._run(31)
        self.incident = self._incident(self.ticket)
        self.line = self.incident.notification_ids.filtered("mail_id")
        (self.link,) = re.findall(
            r'href="([^"]*/confirm/[^"]*)"', self.line.mail_id.body_html
        )
        self.token = self.link.rpartition("/")[2]

    def _ways_to_write(self):
        """The link as it comes back, by who has changed it on the way."""
        outlook = "https://eur01.safelinks.protection.outlook.com/?url="
        encoded = quote(self.link, safe="")
        proofpoint = self.link.replace("-", "-2D").replace("_", "-5F")
        proofpoint = proofpoint.replace(":", "-3A").replace("/", "_")
        middle = len(self.link) - len(self.token) + 30
        return {
            "as it is": self.link,
            "at the end of a sentence": f"See {self.link}.",
            "in brackets": f"<{self.link}>",
            "Outlook": f"{outlook}{encoded}&data=05%7C01%7C&reserved=0",
            "Outlook twice": f"{outlook}{quote(outlook + encoded, safe='')}",
            "Proofpoint 2": f"https://urldefense.proofpoint.com/v2/url?u={proofpoint}"
            "&d=DwMF&c=x",
            "Proofpoint 3": f"https://urldefense.com/v3/__{self.link}__;!!AbC!x$",
            "Google": f"https://www.google.com/url?q={encoded}&sa=D",
            "Barracuda": f"https://linkprotect.cudasvc.com/url?a={encoded.lower()}&c=E",
            "broken in the token": f"> {self.link[:middle]}\n> {self.link[middle:]}\n",
            "broken after the path": self.link.replace("confirm/", "confirm/\n"),
            "broken in the path": self.link.replace("escalation", "esca\n> lation"),
            "small letters": self.link.replace("confirm", "CONFIRM"),
        }

    def _mail(self, sender, text=None, html=None, **headers):
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = headers.pop("To", self.address)
        mail["Subject"] = "Re: printer"
        mail["Message-Id"] = make_msgid(domain="acme.example")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text or "I have no time.")
        if html:
            mail.add_alternative(html, subtype="html")
        return mail

    def _file(self, mail):
        """Hand a mail in; return the message that came of it."""
        with self.mock_mail_gateway():
            message = self._receive(mail.as_string())
        self.assertEqual(len(message), 1, "no mail is ever lost")
        return message

    def _assert_clean(self, text):
        """Nothing with which anybody could put the link together again is left."""
        letters = re.sub(r"[\s>]|&gt;|<[^>]*>", "", str(text))
        self.assertNotIn(self.token[-24:], letters)
        self.assertNotIn(self.token[16:40], letters)

    def _assert_filed_without(self, message):
        record = self.env[message.model].browse(message.res_id)
        self._assert_clean(message.body)
        self._assert_clean(message.subject)
        for attachment in message.attachment_ids:
            self._assert_clean(attachment.raw.decode("utf-8", "replace"))
        for name, field in record._fields.items():
            if field.type in ("char", "text", "html") and field.store:
                self._assert_clean(record[name])


class TestLinksThatComeIn(MailLinksCommon):
    def test_a_reply_that_quotes_the_mail_is_filed_without_its_link(self):
        quoted = self.line.mail_id.body_html
        message = self._file(
            self._mail(
                self.leader.email_formatted,
                html=f"<p>I am in a meeting.</p><blockquote>{quoted}</blockquote>",
                To=self.line.mail_id.reply_to,
                References=self.line.mail_id.message_id,
            )
        )
        self.assertEqual(message.model, "helpdesk.escalation.incident")
        self._assert_filed_without(message)
        self.assertIn("I am in a meeting.", message.body)
        self.assertIn("I'm on it", message.body, "the words stay")
        self.assertIn(f"/odoo/helpdesk.ticket/{self.ticket.id}", message.body)

    def test_however_the_link_was_changed_on_the_way(self):
        for way, written in self._ways_to_write().items():
            with self.subTest(way, part="text"):
                message = self._file(
                    self._mail(
                        self.leader.email_formatted,
                        text=f"Hello!\n\n{written}\n\nRegards, Lea",
                        To=self.line.mail_id.reply_to,
                        References=self.line.mail_id.message_id,
                    )
                )
                self._assert_filed_without(message)
                self.assertIn(GONE, message.body)
                self.assertIn("Hello!", message.body)
                self.assertIn("Regards, Lea", message.body)
            if "\n" in written or "<" in written:
                continue
            href = written.rpartition(" ")[2].replace("&", "&amp;")
            with self.subTest(way, part="html"):
                message = self._file(
                    self._mail(
                        self.leader.email_formatted,
                        html=f"<p>Hello!</p><p>Press <a href='{href}'>here</a>, "
                        f"{href}</p><p>Regards, Lea</p>",
                        References=self.line.mail_id.message_id,
                    )
                )
                self._assert_filed_without(message)
                self.assertIn("here", message.body)
                self.assertIn("Regards, Lea", message.body)

    def test_wherever_it_is_filed(self):
        """In a ticket, a new ticket with its description, and on a contact."""
        on_ticket = self._client_writes(self.ticket, 32)
        on_contact = self.client.message_post(body="Hello", message_type="comment")
        for model, references in (
            ("helpdesk.ticket", on_ticket.message_id),
            ("res.partner", on_contact.message_id),
            ("helpdesk.ticket", None),
        ):
            with self.subTest(model, references=references):
                headers = {"References": references} if references else {}
                if model == "res.partner":
                    headers["To"] = self.line.mail_id.reply_to
                message = self._file(
                    self._mail(
                        self.client.email_formatted,
                        html=f"<p>What is <a href='{self.link}'>this</a>?</p>",
                        **headers,
                    )
                )
                self.assertEqual(message.model, model)
                self._assert_filed_without(message)
                self.assertIn("What is", message.body)
        self.assertNotEqual(message.res_id, self.ticket.id)

    def test_a_forwarded_mail_and_other_files(self):
        original = self._mail(
            self.leader.email_formatted,
            text=f"Press {self.link}",
            html=f"<a href='{self.link}'>I'm on it</a>",
        )
        for part in original.iter_parts():
            # As some write the parts of a mail: nobody sees the link in it.
            text = part.get_content()
            part.set_content(text, subtype=part.get_content_subtype(), cte="base64")
        mail = self._mail(self.leader.email_formatted, text="See the mail.")
        mail.add_attachment(original, filename="forwarded.eml")
        mail.add_attachment(
            original.as_bytes(), "application", "octet-stream", filename="saved.eml"
        )
        mail.add_attachment(f"Press {self.link}", filename="notes.txt")
        picture = b"\x89PNG\0" + self.link.encode()
        mail.add_attachment(picture, "image", "png", filename="a.png")
        message = self._file(mail)
        files = {file.name: file.raw for file in message.attachment_ids}
        for name in ("forwarded.eml", "saved.eml"):
            text = files.pop(name).decode()
            for part in text, *map(self._decode, re.split(r"\n\s*\n", text)):
                self._assert_clean(part)
        self.assertIn(GONE, files["notes.txt"].decode())
        self._assert_clean(files["notes.txt"].decode())
        self.assertEqual(files["a.png"], picture, "what is no text stays as it was")

    def _decode(self, text):
        try:
            return base64.b64decode(text).decode("utf-8", "replace")
        except ValueError:
            return ""

    def test_the_original_that_is_kept_has_no_link_either(self):
        mail = self._mail(self.leader.email_formatted, html=f"<p>{self.link}</p>")
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(
                None, mail.as_string(), save_original=True
            )
        message = self.env["mail.message"].search([], order="id desc", limit=1)
        original = message.attachment_ids.filtered(
            lambda file: file.name == "original_email.eml"
        )
        self.assertIn(b"Message-Id", original.raw)
        self._assert_clean(original.raw.decode().replace("=\n", ""))

    def test_a_file_that_cannot_be_read_costs_no_mail(self):
        mail = self._mail(self.leader.email_formatted, text=f"See {self.link}")
        mail.add_attachment(
            b"Content-Type: text/plain; charset=nonsense\n\n\xff confirm",
            "application",
            "octet-stream",
            filename="broken.eml",
        )
        message = self._file(mail)
        self._assert_filed_without(message)
        self.assertIn("broken.eml", message.attachment_ids.mapped("name"))

    def test_whoever_pastes_their_link_into_a_chatter_keeps_it_for_themselves(self):
        for message_type in ("comment", "notification", "email", "email_outgoing"):
            with self.subTest(message_type):
                message = self.env["mail.message"].create(
                    {
                        "model": self.incident._name,
                        "res_id": self.incident.id,
                        "message_type": message_type,
                        "body": Markup("<p>Press <a href='%s'>here</a></p>")
                        % self.link,
                    }
                )
                self._assert_clean(message.body)
                message.body = Markup("<p>%s</p>") % self.link
                self._assert_clean(message.body)

    def test_the_copy_in_the_chatter_has_no_link_whatever_the_mails_type(self):
        for message_type in ("user_notification", "email_outgoing", "email", "comment"):
            with self.subTest(message_type):
                mail = self.env["mail.mail"].create(
                    {
                        "model": self.line._name,
                        "res_id": self.line.id,
                        "message_type": message_type,
                        "body": self.line.mail_id.body_html,
                        "body_html": self.line.mail_id.body_html,
                    }
                )
                message = mail.mail_message_id
                self.assertEqual(message.model, "helpdesk.escalation.incident")
                self._assert_clean(message.body)
                self.assertIn(self.token, mail.body_html, "the mail itself has it")


class TestStrippingLinks(MailLinksCommon):
    def test_nothing_else_is_taken_along(self):
        after = "\nRegards\nLea"
        whole = strip_links(f"Press {self.link}{after}", GONE)
        self.assertEqual(whole, f"Press {GONE}{after}")
        cut_off = strip_links(f"Press {self.link[:-6]}{after}", GONE)
        self.assertEqual(cut_off, f"Press {GONE}{after}")
        two = strip_links(f"{self.link}, {self.link}; done", GONE)
        self.assertEqual(two, f"{GONE}, {GONE}; done")

    def test_texts_without_a_link_stay_the_very_same(self):
        for text in (
            "",
            None,
            "helpdesk escalation: please confirm / decline",
            "https://example.com/helpdesk_escalation/config",
            Markup("<p>A &lt; B</p>"),
        ):
            self.assertIs(strip_links(text, GONE), text)

    def test_markup_stays_markup(self):
        stripped = strip_links(Markup("<p>%s</p>") % self.link, "<none>")
        self.assertEqual(stripped, Markup("<p>&lt;none&gt;</p>"))
        self.assertIsInstance(stripped, Markup)

    def test_a_long_text_takes_no_time(self):
        text = f"{'helpdesk_escalation/confirm ' * 20000}{self.link}"
        self.assertEqual(strip_links(text, GONE).count(GONE), 1)

    def test_every_link_that_is_written_is_found(self):
        for hours in range(1, 50):
            link = make_link(self.line, hours)
            self.assertEqual(strip_links(f"a {link}\nb", GONE), f"a {GONE}\nb")
