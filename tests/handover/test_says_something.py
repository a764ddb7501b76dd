"""What a required part may not be: a letter, a dash, the same word again."""

from odoo.tests import BaseCase

from odoo.addons.helpdesk_escalation_handover.tools.says_something import (
    says_something,
)


class TestSaysSomething(BaseCase):
    test_tags = {"standard", "at_install"}

    def test_what_says_nothing(self):
        for text in (
            None,
            "",
            " \n",
            "x",
            "-",
            ".",
            "...",
            "- - -",
            "--------------------",
            "x x x x x x x x x x",
            "a.b.c.d.e.f.g.h.i.j",
            "asap",
            "see ticket"[:3],
            "asdfasdfasdfasdf",
            "test test test test",
            "Printer, printer: PRINTER!",
            "no idea",
        ):
            with self.subTest(text):
                self.assertFalse(says_something(text, 10))

    def test_what_says_something(self):
        for text in (
            "does not work",
            "Printer 3 is on fire",
            "The log says: “0x42”.",
            "Drucker streikt",
            "Принтер горит",
            "打印机不工作",
            "プリンタが動かない",
        ):
            with self.subTest(text):
                self.assertTrue(says_something(text, 10))

    def test_dots_do_not_make_a_text_longer(self):
        self.assertFalse(says_something("no idea" + "." * 50, 20))
        self.assertFalse(says_something("no - - - - - - - - - idea", 20))

    def test_none_is_an_answer_where_one_word_is_enough(self):
        for text in "none", "No", "无变化", "SAP":
            with self.subTest(text):
                self.assertTrue(says_something(text, 2, one_word=True))
        for text in "x", "-", ".", "?", "n", "":
            with self.subTest(text):
                self.assertFalse(says_something(text, 2, one_word=True))

    def test_a_megabyte_takes_no_time(self):
        self.assertTrue(says_something("a word " * 200_000, 1000))
