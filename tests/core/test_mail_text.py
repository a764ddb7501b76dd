"""What a client newly wrote: plain functions, quick whatever one sends."""

import time

from odoo.tests import BaseCase

from odoo.addons.helpdesk_escalation.tools.mail_text import (
    find_words,
    fold,
    get_new_text,
    shorten,
)


def contains(text, phrase):
    return f" {phrase} " in f" {text} "


class TestWords(BaseCase):
    test_tags = {"standard", "at_install"}

    def test_answers_below_and_between_quotations_count(self):
        for html in (
            "<pre>On Mon, Anna wrote:\n> no refund\nBut I want one, lawyer!</pre>",
            "<div>Anna wrote:</div><blockquote>refund</blockquote><p>lawyer</p>",
            "<p>lawyer</p><div id='appendonsend'></div><p>refund</p>",
            "<div>lawyer</div><hr/><div id='divRplyFwdMsg'>x</div><div>refund</div>",
            "<p>lawyer</p><p>Von: A</p><p>Gesendet: B</p><p>An: C</p><p>refund</p>",
            "<pre>lawyer\n----- Ursprüngliche Nachricht -----\nrefund</pre>",
        ):
            with self.subTest(html):
                text = fold(get_new_text(html))
                self.assertTrue(contains(text, "lawyer"))
                self.assertFalse(contains(text, "refund"))

    def test_what_looks_like_a_heading_but_is_none_counts(self):
        html = "<p>From: now on I want a refund</p><p>My friend wrote: refund!</p>"
        self.assertTrue(contains(fold(get_new_text(html)), "i want a refund"))

    def test_whole_words_only(self):
        self.assertFalse(contains(fold("refunds, prerefund"), "refund"))
        self.assertTrue(contains(fold("(Refund)!"), "refund"))
        self.assertTrue(contains(fold("L'Été à Zürich"), "ete a zurich"))

    def test_what_is_long_is_shortened_between_words_where_there_are_any(self):
        for text, shown in (
            ("Short", "Short"),
            ("One\nTwo", "One\nTwo"),
            ("One\nTwo\nThree", "One\nTwo…"),
            ("Two or three words", "Two or three…"),
            ("Donaudampfschifffahrt", "Donaudampfschi…"),
            ("火" * 20, "火" * 14 + "…"),
        ):
            with self.subTest(text):
                self.assertEqual(shorten(text, 2, 14), shown)

    def test_words_are_found_where_they_stand(self):
        text = "Où est l'Été à ZÜRICH? ½ naïve, I\u0307stanbul 退款!"
        words = find_words(text)
        self.assertEqual([word for word, _start, _end in words], fold(text).split())
        shown = [text[start:end] for _word, start, end in words]
        self.assertEqual(shown[:6], ["Où", "est", "l", "Été", "à", "ZÜRICH"])
        self.assertEqual(shown[-2:], ["退", "款"])

    def test_elements_can_be_left_out(self):
        html = "<p>Why <code>kill -9</code> now?</p>"
        self.assertEqual(get_new_text(html), "Why kill -9 now?")
        self.assertEqual(get_new_text(html, {"code"}), "Why  now?")

    def test_a_megabyte_of_anything_takes_no_time(self):
        size = 1_000_000
        for name, html in {
            "words": "<p>" + "word " * (size // 5),
            "accents": "<p>" + "é̀x " * (size // 4),
            "depth": "<div>" * (size // 5),
            "tags": "<b>a</b> " * (size // 9),
            "quotation": "<pre>" + "> quoted\n" * (size // 9),
            "blank lines": "<pre>" + "\n" * size,
            "headers": "<pre>" + "from:\n" * (size // 6),
            "attributions": "<pre>" + "wrote:\n" * (size // 7),
            "dashes": "<pre>" + ("-" * 300 + " a\n") * (size // 303),
            "one line": "<pre>" + "a" * size,
            "entities": "<p>" + "&gt;" * (size // 4),
            "not closed": "<" * size,
        }.items():
            with self.subTest(name):
                took = min(self._measure(html) for _try in range(3))
                self.assertLess(took, 0.2, name)

    def _measure(self, html):
        start = time.process_time()
        fold(get_new_text(html))
        return time.process_time() - start

    def test_nothing_raises(self):
        for html in (None, False, "", " ", "<", "\0", "<!-- -->", "\ud800", "<?x ?>"):
            get_new_text(html)
