"""How phrases are found in a text: plain functions, quick whatever one sends."""

import time

from odoo.tests import BaseCase

from odoo.addons.helpdesk_escalation_automation.tools.phrases import (
    Phrases,
    Text,
    drop_inside,
    parse_phrase,
    strip_code_and_speech,
)


class TestPhrases(BaseCase):
    test_tags = {"standard", "at_install"}

    def _find(self, phrase, text, alternatives=False):
        read = Text(text)
        phrases = Phrases([(1, phrase)], alternatives)
        return [read.quote(hit) for hit in phrases.find(read)]

    def _assert_found(self, cases, alternatives=False):
        for phrase, text, expected in cases:
            with self.subTest(phrase, text=text):
                found = self._find(phrase, text, alternatives)
                self.assertEqual(found, [expected] if expected else [])

    def test_an_asterisk_stands_for_the_rest_of_a_word(self):
        self._assert_found(
            (
                ("refund*", "They REFUNDED it", "REFUNDED"),
                ("refund*", "Refund!", "Refund"),
                ("refund*", "prerefund", None),
                ("Rückerstatt*", "Rueckerstattung? RÜCKERSTATTUNG!", "RÜCKERSTATTUNG"),
                ("legal* action*", "what legal actions are left", "legal actions"),
                ("legal* action*", "legally, an action", None),
                (
                    "cancel* my contract",
                    "cancelling my contract",
                    "cancelling my contract",
                ),
                ("cancel* my contract", "cancelling all of my contract", None),
                ("cancel* my contract", "I cancel my contracts", None),
                ("don't*", "I don't know", "don't"),
                ("退款*", "我要退款!", "退款"),
            )
        )

    def test_three_dots_stand_for_up_to_three_words(self):
        self._assert_found(
            (
                ("cancel … contract", "cancel contract", "cancel contract"),
                (
                    "cancel ... contract",
                    "Cancel this\nbloody contract!",
                    "Cancel this bloody contract",
                ),
                ("cancel…contract", "cancel a b c contract", "cancel a b c contract"),
                ("cancel … contract", "cancel a b c d contract", None),
                ("cancel … contract", "I cancel. A contract is enclosed", None),
                ("a … b … c", "a x b y c", "a x b y c"),
                ("cancel my contract", "cancel this contract", None),
            )
        )

    def test_a_slash_separates_words_of_which_one_is_enough(self):
        phrase = "speak/talk to/with your … boss/chief*"
        self._assert_found(
            (
                (phrase, "I'll talk to your damn boss", "talk to your damn boss"),
                (phrase, "speak with your chiefs", "speak with your chiefs"),
                (phrase, "speak with a boss", None),
                ("don't/dont call", "I dont call, don't", "dont call"),
                ("don't/dont call", "don't call", "don't call"),
            ),
            alternatives=True,
        )
        self.assertEqual(self._find("24/7", "we are open 24/7"), ["24/7"])
        self.assertEqual(self._find("24/7", "24 hours"), [])

    def test_what_is_part_of_an_exception_does_not_count(self):
        text = Text("No refund needed. Where is my refund?")
        hits = Phrases([("x", "refund*")]).find(text)
        exceptions = Phrases([("y", "no refund needed")]).find(text)
        self.assertEqual(drop_inside(hits, exceptions), hits[1:])

    def test_nothing_is_left_of_a_phrase_without_words(self):
        for phrase in ("", "…", "!", "… / …", "*"):
            self.assertEqual(parse_phrase(phrase, True), [])
            self.assertEqual(self._find(phrase, "anything …"), [])

    def test_code_and_what_is_quoted_is_not_said_by_the_author(self):
        text = (
            'a ```idiot\nidiot``` b `idiot` c "you idiot" d „Idiot“ e «idiot» f “idiot”'
        )
        self.assertEqual(strip_code_and_speech(text).split(), list("abcdef"))
        # A mark that is not closed takes nothing away but what is code to the end.
        self.assertIn("idiot", strip_code_and_speech('it is 5" wide, idiot'))

    def test_it_is_quick_in_a_long_text(self):
        text = "can " * 15_000 + "cancel" * 10_000
        many = [(n, "can* " * 20 + f"… x{n} … contract") for n in range(300)]
        start = time.process_time()
        self.assertEqual(Phrases(many[:3]).find(Text(text)), [])
        self.assertEqual(Phrases(many[:30]).find(Text(text[:4_000])), [])
        strip_code_and_speech('"' * 30_000 + "`" * 30_000 + "“" * 30_000)
        self.assertLess(time.process_time() - start, 4)
