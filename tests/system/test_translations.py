"""The add-ons' words in other languages: all there, and nothing lost on the way."""

import csv
import io
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import polib

from odoo.tests import TransactionCase
from odoo.tools.translate import trans_export

from ..conftest import INSTALLED

REPO = Path(__file__).parents[2]
# What the OCA's check wants empty, and ``make terms`` comments on.
SAME = "the same as in English"
LANGUAGES = {"de", "es", "fr", "it", "nl", "pl", "pt", "pt_BR"}
PLACEHOLDER = re.compile(
    r"%\(\w+\)[sd]|%[sd%]|\$\{[^}]*\}|\{\{.*?\}\}|\{\w*\}", re.DOTALL
)
TAG = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)
# What of a tag is for people, and so translated.
SHOWN = re.compile(r"\s(title|aria-label|alt|placeholder|confirm)=\"[^\"]*\"")
BLANKS = (" ", "\n")
# The words on a button may grow, but on a card they must fit beside each other.
SHORT, MOST_GROWTH = 12, 16


@cache
def read(path):
    return {entry.msgid: entry for entry in polib.pofile(str(path))}


def is_same(entry):
    return not entry.msgstr and SAME in entry.comment.splitlines()


def catalogues():
    for addon in sorted(INSTALLED):
        path = REPO / addon / "i18n" / f"{addon}.pot"
        yield path, path.with_name


def pairs():
    """Yield where a translation is from, the English and the other words."""
    for catalogue, beside in catalogues():
        for language in sorted(LANGUAGES):
            path = beside(f"{language}.po")
            for term, entry in read(path).items():
                if not is_same(entry):
                    yield f"{catalogue.stem} {language}", term, entry.msgstr


def get_marks(text):
    """What must be the same in each language: placeholders and tags."""
    tags = (SHOWN.sub("", " ".join(tag.split())) for tag in TAG.findall(text))
    return Counter(PLACEHOLDER.findall(text)) + Counter(tags)


def get_ends(text):
    return text[:1] in BLANKS, text[-1:] in BLANKS


class TestTranslations(TransactionCase):
    def test_the_terms_for_translators_are_those_of_the_code(self):
        exported = io.BytesIO()
        trans_export(False, sorted(INSTALLED), exported, "csv", self.env)
        terms = defaultdict(set)
        for row in csv.DictReader(io.StringIO(exported.getvalue().decode())):
            terms[row["module"]].add(row["src"])
        everywhere = set().union(*terms.values())
        for catalogue, _beside in catalogues():
            with self.subTest(catalogue.stem):
                known = set(read(catalogue))
                # What several share is exported for one of them, in one go.
                lacking, gone = terms[catalogue.stem] - known, known - everywhere
                self.assertFalse(lacking | gone, "out of date: make terms")

    def test_every_term_is_there_in_every_language(self):
        for catalogue, beside in catalogues():
            for language in sorted(LANGUAGES):
                with self.subTest(f"{catalogue.stem} {language}"):
                    translated = read(beside(f"{language}.po"))
                    self.assertEqual(sorted(translated), sorted(read(catalogue)))
                    lacking = [
                        term
                        for term, entry in translated.items()
                        if not (entry.msgstr.strip() or is_same(entry)) or entry.fuzzy
                    ]
                    self.assertFalse(lacking)

    def _assert_none(self, is_broken):
        """Name the translations that are broken, all at once."""
        self.assertFalse([pair for pair in pairs() if is_broken(*pair[1:])])

    def test_no_placeholder_and_no_tag_is_lost(self):
        self._assert_none(lambda term, words: get_marks(term) != get_marks(words))

    def test_the_order_of_placeholders_without_a_name_stays(self):
        bare = re.compile(r"%[sd]").findall
        self._assert_none(lambda term, words: bare(term) != bare(words))

    def test_each_fits_to_what_stands_beside_it(self):
        self._assert_none(lambda term, words: get_ends(term) != get_ends(words))

    def test_what_is_short_stays_short(self):
        # Small letters begin a piece of a sentence.
        short = {
            term
            for catalogue, _beside in catalogues()
            for term, entry in read(catalogue).items()
            if len(term) <= SHORT and term[:1].isupper()
            if any(",arch_db:" in place for place, _line in entry.occurrences)
        }
        self._assert_none(
            lambda term, words: term in short and len(words) > len(term) + MOST_GROWTH
        )
