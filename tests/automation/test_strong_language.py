"""Strong language and wishes: what counts, and above all what does not."""

import json
import re
from pathlib import Path

import polib
import pytest
from psycopg2.errors import CheckViolation

from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

import odoo.addons
import odoo.addons.helpdesk_escalation_automation as automation
from odoo.addons.helpdesk_escalation_automation.tools.phrases import Text

from ..support.torture import scale
from ..support.triggers import TriggerCommon

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl", "pt")
DATA = Path(__file__).parent / "data"
# What the phrases were written with, and what was written when they were finished.
MESSAGES = json.loads((DATA / "messages.json").read_text())
UNSEEN = json.loads((DATA / "unseen.json").read_text())
FIGURES = re.compile(
    r"^\| [A-Z][a-z]+ \| (\d+) of (\d+) \| (\d+) of (\d+) \|$", re.MULTILINE
)
# So many of the neutral texts may be taken for what they are not.
MOST_FALSE_ALARMS = 0.005
# Single words say nothing about anybody's tone.
FEWEST_WORDS = 3
TAGS = re.compile(r"<[^>]*>")


def read_neutral_texts(language):
    """Read what Odoo's own screens say in a language: nobody is angry there."""
    texts = {}
    pattern = "*/i18n/*.pot" if language == "en" else f"*/i18n/{language}.po"
    for folder in odoo.addons.__path__:
        # Of every fourth add-on, always the same, to keep the suite short.
        for path in sorted(Path(folder).glob(pattern))[::4]:
            if path.parts[-3].startswith("helpdesk"):
                continue
            for entry in polib.pofile(str(path)):
                text = entry.msgid if language == "en" else entry.msgstr
                texts[TAGS.sub(" ", text)] = True
    return [text for text in texts if len(text.split()) >= FEWEST_WORDS]


class WordsCommon(TriggerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.strong = cls._add_trigger("strong")
        cls.wish = cls._add_trigger("wish")

    def _look(self, trigger, text):
        reader = trigger._get_reader()
        return reader.look(Text(reader.prepare(f"<p>{text}</p>"))).detail


class TestMeasured(WordsCommon):
    def test_the_labelled_messages_are_told_apart(self):
        for language, texts in MESSAGES["strong"].items():
            for text in texts:
                with self.subTest(text, language=language):
                    self.assertTrue(self._look(self.strong, text))
        for language, pairs in MESSAGES["wish"].items():
            for wish, text in pairs:
                with self.subTest(text, language=language):
                    detail = self._look(self.wish, text) or ""
                    self.assertEqual(detail.partition(":")[0], wish)
        for kind in ("neutral", "thanks", "thanks_and_more"):
            for language, texts in MESSAGES[kind].items():
                for text in texts:
                    with self.subTest(text, language=language):
                        self.assertFalse(self._look(self.strong, text))
                        self.assertFalse(self._look(self.wish, text))

    def test_the_figures_in_the_docs_are_those_of_unseen_sentences(self):
        """A list that was changed for them would have to be measured with new ones."""
        readme = Path(automation.__file__).parent / "readme" / "USAGE.md"
        figures = [tuple(map(int, row)) for row in FIGURES.findall(readme.read_text())]
        measured = []
        for language in LANGUAGES:
            row = []
            for kind, trigger in (("strong", self.strong), ("wish", self.wish)):
                texts = UNSEEN[kind][language]
                row += [
                    sum(bool(self._look(trigger, one)) for one in texts),
                    len(texts),
                ]
            measured.append(tuple(row))
            for text in UNSEEN["neutral"][language]:
                with self.subTest(text, language=language):
                    self.assertFalse(self._look(self.strong, text))
                    self.assertFalse(self._look(self.wish, text))
        self.assertEqual(figures, measured)

    def test_only_thanks_is_told_from_thanks_with_a_request(self):
        phrases = self.env["helpdesk.escalation.phrase"]
        for kind, expected in (("thanks", True), ("thanks_and_more", False)):
            for language, texts in MESSAGES[kind].items():
                for text in texts:
                    with self.subTest(text, language=language):
                        self.assertIs(phrases._is_only_thanks(text), expected)
        for kind in ("neutral", "strong"):
            for texts in MESSAGES[kind].values():
                for text in texts:
                    with self.subTest(text):
                        self.assertFalse(phrases._is_only_thanks(text))

    @pytest.mark.torture
    def test_neutral_texts_raise_next_to_no_alarm_in_any_language(self):
        """Odoo's own translated texts, with the phrases of all languages at once."""
        phrases = self.env["helpdesk.escalation.phrase"]
        for language in LANGUAGES:
            texts = read_neutral_texts(language)
            self.assertGreater(len(texts), 3_000, language)
            texts = texts[:: scale(4, 1)]
            most = len(texts) * MOST_FALSE_ALARMS
            found = [text for text in texts if self._look(self.strong, text)]
            wishes = [text for text in texts if self._look(self.wish, text)]
            thanks = [
                text
                for text in texts
                if "thank" not in text.lower() and phrases._is_only_thanks(text)
            ]
            with self.subTest(language, texts=len(texts)):
                self.assertLess(len(found), most, found[:10])
                self.assertLess(len(wishes), most, wishes[:10])
                self.assertLess(len(thanks), most, thanks[:10])


class TestStrongLanguage(WordsCommon):
    def test_the_cause_shows_what_was_seen(self):
        ticket = self._new_ticket(0)
        message = self._write_words(
            ticket, 1, "<p>You are useless <b>IDIOTS</b>!!! Fed up.</p>"
        )
        self._run(2)
        self.assertEqual(
            self._causes(ticket),
            ["Strong language: “You are useless IDIOTS”, “Fed up”"],
        )
        self.assertEqual(self._incident(ticket).cause_ids.message_id, message)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_mild_words_count_in_twos_or_in_capitals_with_an_exclamation_mark(self):
        for text, expected in (
            ("That is ridiculous.", None),
            ("That is ridiculous. Ridiculous!", None),
            ("That is ridiculous and useless.", "“ridiculous”, “useless”"),
            ("THAT IS RIDICULOUS!", "“RIDICULOUS”, in capitals"),
            ("THAT IS RIDICULOUS", None),
            ("WHERE IS MY ORDER? I AM WAITING!!!", None),
            ("The SAP ERP API is ridiculous!", None),
        ):
            with self.subTest(text):
                self.assertEqual(self._look(self.strong, text), expected)

    def test_what_others_said_does_not_count(self):
        ticket = self._new_ticket(0)
        for body in (
            "<p>See below</p><blockquote>You idiots</blockquote>",
            "<p>It prints <code>you idiots</code></p>",
            "<p>It says: “You are idiots”</p>",
            "<pre>Yes\nOn Monday Anna wrote:\n> you idiots</pre>",
            "<pre>```\nyou idiots\n```\nis in the log</pre>",
        ):
            self._write_words(ticket, 1, body)
        self._run(2)
        self.assertFalse(ticket.escalation_incident_ids)

    def test_phrases_can_be_edited_and_what_waits_is_read_again(self):
        ticket = self._new_ticket(0)
        self._write_words(ticket, 1, "<p>Potzblitz, you nincompoops</p>")
        self._run(2)
        self.assertFalse(ticket.escalation_incident_ids)
        phrase = self.env["helpdesk.escalation.phrase"].create(
            {"topic": "strong", "phrase": "nincompoop*/blockhead*"}
        )
        self._run(3)
        self.assertEqual(self._causes(ticket), ["Strong language: “nincompoops”"])
        phrase.active = False
        self.assertFalse(self._look(self.strong, "nincompoops"))

    def test_an_exception_takes_a_phrase_away(self):
        self.assertTrue(self._look(self.strong, "pathetic"))
        self.env["helpdesk.escalation.phrase"].create(
            {"topic": "strong", "phrase": "sympathetic/pathetic fallacy", "weight": 0}
        )
        self.assertFalse(self._look(self.strong, "the pathetic fallacy"))
        self.assertTrue(self._look(self.strong, "pathetic"))

    def test_bad_phrases_are_refused_with_a_reason(self):
        phrases = self.env["helpdesk.escalation.phrase"]
        for phrase in ("…", "a", "(a+)+$", "ab*", "x*y", "a … b … c … d … e", "!" * 9):
            with self.subTest(phrase), self.assertRaises(ValidationError):
                phrases.create({"topic": "strong", "phrase": phrase})
        with self.assertRaises(ValidationError):
            phrases.create({"topic": "strong", "phrase": "word " * 100})
        for weight, refused in (
            (-1, CheckViolation),
            (3, CheckViolation),
            (2**40, ValidationError),
        ):
            with (
                self.subTest(weight),
                mute_logger("odoo.sql_db"),
                self.assertRaises(refused),
                self.env.cr.savepoint(),
            ):
                phrases.create({"topic": "strong", "phrase": "bad", "weight": weight})


class TestWish(WordsCommon):
    def test_the_cause_says_which_wish_and_in_which_words(self):
        ticket = self._new_ticket(0)
        self._write_words(ticket, 1, "<p>Let me speak to your manager, now.</p>")
        self._run(2)
        self.assertEqual(
            self._causes(ticket),
            ["Wish: asks for a manager or a call: “speak to your manager”"],
        )

    def test_a_trigger_may_be_for_one_wish_only(self):
        self.wish.wish = "law"
        self.assertFalse(self._look(self.wish, "Let me speak to your manager"))
        self.assertEqual(
            self._look(self.wish, "See you in court"), "law: “See you in court”"
        )
        self.assertEqual(self.wish.display_name, "Wish: threatens with a lawyer")

    def test_a_wish_in_the_title_of_a_ticket_counts(self):
        ticket = self._new_ticket(0, name="Third time I write")
        self._run(1)
        self.assertEqual(
            self._causes(ticket), ["Wish: has said it several times: “Third time I”"]
        )


class TestKeywords(TriggerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trigger = cls._add_trigger(
            "keyword",
            keywords="refund*, cancel … contract",
            unless_words="no refund needed\nhow … cancel",
        )

    def _find(self, text):
        ticket = self._new_ticket(0, name="Hello")
        self._write_words(ticket, 0, f"<p>{text}</p>")
        self._run(1)
        return ticket.escalation_incident_ids.mapped("cause_text")

    def test_words_may_come_between(self):
        cause = ["Keyword: cancel … contract"]
        self.assertEqual(self._find("I cancel this damned contract"), cause)

    def test_what_is_part_of_an_unless_phrase_does_not_count(self):
        self.assertEqual(self._find("No refund needed"), [])
        self.assertEqual(self._find("How do I cancel a contract?"), [])
        cause = ["Keyword: refund*"]
        self.assertEqual(self._find("No refund needed? I want a REFUND"), cause)

    def test_a_changed_unless_searches_anew(self):
        self.trigger.unless_words = "partial refund"
        ticket = self._new_ticket(0, name="Partial refund")
        self._run(1)
        self.assertFalse(ticket.escalation_incident_ids)
        self.trigger.unless_words = False
        self._run(2)
        self.assertEqual(self._causes(ticket), ["Keyword: refund*"])

    def test_bad_unless_words_are_refused(self):
        for words in ("re*fund", "a … b … c … d … e", "(x)", "?"):
            with self.subTest(words), self.assertRaises(ValidationError):
                self.trigger.unless_words = words


class TestTryIt(WordsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keyword = cls._add_trigger("keyword", keywords="refund*")

    def _try(self, trigger, user=None, **values):
        known = {name: trigger[name] for name in ("kind", "keywords", "wish")}
        triggers = trigger.browse().with_user(user or self.manager)
        return triggers.new({**known, **values}).try_result

    def test_a_text_is_judged_and_the_words_are_marked(self):
        result = self._try(self.keyword, try_text="I want <my> refunds\nnow")
        self.assertIn("Fires: Keyword: refund*", result)
        self.assertIn("I want &lt;my&gt; <mark>refunds</mark><br/>now", result)
        result = self._try(self.strong, try_text="That is ridiculous")
        self.assertIn("not enough by itself", result)
        self.assertIn("<mark>ridiculous</mark>", result)
        self.assertIn("Does not fire.", self._try(self.wish, try_text="Hello"))
        self.assertFalse(self._try(self.keyword))

    def test_it_sees_what_is_not_saved_yet(self):
        result = self._try(self.keyword, keywords="lawyer", try_text="My Lawyer")
        self.assertIn("<mark>Lawyer</mark>", result)
        self.assertEqual(self.keyword.keywords, "refund*")

    def test_trying_keeps_nothing(self):
        self.keyword.with_user(self.manager).write(
            {"try_text": "refund", "try_messages": True}
        )
        self.env.invalidate_all()
        self.assertFalse(self.keyword.try_text or self.keyword.try_result)
        self.assertFalse(self.env["helpdesk.escalation.keyword.scan"].search([]))

    def test_on_the_last_messages_only_what_the_user_may_read_is_shown(self):
        team = self.env["helpdesk.ticket.team"].create({"name": "Secret"})
        seen, hidden = (
            self._new_ticket(0, name=name, team_id=team_id, user_id=False)
            for name, team_id in (("Open", self.team.id), ("Closed", team.id))
        )
        self._write_words(seen, 1, "<p>My refund, please</p>")
        self._write_words(hidden, 1, "<p>A secret refund</p>")
        self._staff_answers(seen, 2)
        everything = self._try(self.keyword, try_messages=True)
        self.assertIn("My <mark>refund</mark>, please", everything)
        self.assertIn("A secret <mark>refund</mark>", everything)
        result = self._try(self.keyword, user=self.agent, try_messages=True)
        self.assertIn("My <mark>refund</mark>, please", result)
        self.assertNotIn("secret", result)
