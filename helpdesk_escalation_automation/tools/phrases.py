"""Phrases that are looked for in what people write: plain functions of words.

In a phrase an asterisk stands for the end of a word, three dots for up to three words
in between, and, where that is wanted, a slash parts words of which one is enough::

    refund*   cancel … contract   speak/talk to/with your manager
"""

import re
from collections import defaultdict, namedtuple
from itertools import islice

from odoo.addons.helpdesk_escalation.tools.mail_text import find_words, fold

MAX_BETWEEN = 3
MAX_DOTS = 3
# A message holds no more that is of interest to anybody.
MAX_WORDS = 10_000
MAX_HITS = 100

DOTS = frozenset(("…", "..."))
# A sentence ends here: three dots do not reach beyond it.
SENTENCE_END = re.compile(r"(?<=[.!?;:。！？])(?=\s)")
CODE = re.compile(r"`[^`\n]{1,300}`")
SPEECH = re.compile(
    r'"[^"\n]{1,300}"|“[^”\n]{1,300}”|„[^“”\n]{1,300}[“”]|«[^»\n]{1,300}»'
)
CODE_TAGS = frozenset(("code", "kbd", "samp"))

Hit = namedtuple("Hit", ["start", "end", "key"])
Hit.__doc__ = """A phrase that was found: its first word, the word after its last one,
and what it is known by."""


class Text:
    """A text reduced to its words, as phrases are looked for in it."""

    def __init__(self, text):
        self.text = text
        self.words = []
        # The words that begin a sentence.
        self.begins = set()
        for sentence in SENTENCE_END.split(text):
            self.begins.add(len(self.words))
            self.words += fold(sentence).split()
        del self.words[MAX_WORDS:]

    def get_places(self, hits):
        """Return where hits stand in the text: pairs of beginning and end."""
        words = find_words(self.text)
        return [(words[hit.start][1], words[hit.end - 1][2]) for hit in hits]

    def quote(self, hit):
        """Return a hit as it was written, on one line."""
        [(start, end)] = self.get_places([hit])
        return " ".join(self.text[start:end].split())


class Phrases:
    """A list of phrases, all of which are looked for in one walk over the words."""

    def __init__(self, phrases, alternatives=False):
        """
        :param phrases: pairs of what a hit is known by, and the phrase
        :param bool alternatives: whether a slash parts words of which one is enough
        """
        self._whole = defaultdict(list)
        self._beginnings = defaultdict(list)
        for key, phrase in phrases:
            parts = parse_phrase(phrase, alternatives)
            rest = tuple(part and Part(part) for part in parts[1:])
            for words in parts[0] if parts else ():
                entry = (words, rest, key)
                first = words[0]
                if first.endswith("*"):
                    self._beginnings[first[:-1]].append(entry)
                else:
                    self._whole[first].append(entry)
        self._lengths = sorted({len(beginning) for beginning in self._beginnings})

    def find(self, text):
        """Return the hits in a text, in order; one that begins where another does too.

        :param Text text: what to look at
        :rtype: list[Hit]
        """
        return list(islice(self._find(text), MAX_HITS))

    def _find(self, text):
        words = text.words
        for place, word in enumerate(words):
            entries = self._whole.get(word, ())
            for length in self._lengths:
                begun = self._beginnings.get(word[:length])
                if begun:
                    entries = [*entries, *begun]
            for first, parts, key in entries:
                end = _match_words(words, place, first)
                end = end and _match_parts(text, end, parts)
                if end:
                    yield Hit(place, end, key)


class Part:
    """What may come at a place of a phrase; most of it is whole words."""

    def __init__(self, options):
        self.words = frozenset(
            option[0]
            for option in options
            if len(option) == 1 and not option[0].endswith("*")
        )
        self.others = [
            option
            for option in options
            if len(option) > 1 or option[0] not in self.words
        ]


def parse_phrase(phrase, alternatives=False):
    """Take a phrase apart.

    :return: a list of the words to come, each a list of alternatives of one or more
        words; None where up to three words may come between
    """
    parts = []
    for written in phrase.replace("…", " … ").replace("...", " … ").split():
        if written in DOTS:
            if parts and parts[-1] is not None:
                parts.append(None)
            continue
        options = written.split("/") if alternatives else [written]
        options = [_parse_word(option) for option in options]
        options = [option for option in options if option]
        if options:
            parts.append(options)
    while parts and parts[-1] is None:
        parts.pop()
    return parts


def _parse_word(word):
    words = tuple(fold(word).split())
    if words and word.endswith("*"):
        words = (*words[:-1], f"{words[-1]}*")
    return words


def _match_words(words, place, wanted):
    """Return where words end that begin at a place, None where they do not."""
    end = place + len(wanted)
    if end > len(words):
        return None
    for word, one in zip(words[place:end], wanted, strict=True):
        if not (word.startswith(one[:-1]) if one[-1] == "*" else word == one):
            return None
    return end


def _match_parts(text, place, parts):
    """Return where the rest of a phrase ends that begins at a place, else None."""
    if not parts:
        return place
    if parts[0] is None:
        for between in range(MAX_BETWEEN + 1):
            if place + between in text.begins:
                return None
            end = _match_parts(text, place + between, parts[1:])
            if end:
                return end
        return None
    words, part = text.words, parts[0]
    if place < len(words) and words[place] in part.words:
        end = _match_parts(text, place + 1, parts[1:])
        if end:
            return end
    for wanted in part.others:
        end = _match_words(words, place, wanted)
        end = end and _match_parts(text, end, parts[1:])
        if end:
            return end
    return None


def drop_inside(hits, exceptions):
    """Leave out the hits that an exception has a word of."""
    return [
        hit
        for hit in hits
        if not any(one.start < hit.end and hit.start < one.end for one in exceptions)
    ]


def strip_code_and_speech(text):
    """Leave out what the author has not said: code, and what they quote in marks."""
    text = "\n".join(text.split("```")[::2])
    return SPEECH.sub(" ", CODE.sub(" ", text))
