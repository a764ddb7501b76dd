import hashlib
import re
from collections import namedtuple

from odoo import models

from odoo.addons.helpdesk_escalation.tools.mail_text import (
    get_new_text,
    is_repeated_subject,
)

from ..tools.phrases import (
    CODE_TAGS,
    SENTENCE_END,
    Phrases,
    Text,
    drop_inside,
    strip_code_and_speech,
)
from .hits import TriggerHit

# What makes strong language out of phrases: one of weight 2, or two of weight 1.
ENOUGH = 2
# Capitals are loud, together with an exclamation mark, from so many words.
LOUD_WORDS = 3
LOUD = re.compile(r"[^\W\d_]{2,}")
# Messages read and searched at a time.
SCAN_SIZE = 200

Reader = namedtuple("Reader", ["prepare", "look", "signature"])
Reader.__doc__ = """How a trigger reads what a client wrote.

:ivar prepare: from a message's HTML to the plain text that is looked at
:ivar look: from a ``Text`` to ``Finding``
:ivar signature: changes with what is looked for, so that messages are read again
"""

Finding = namedtuple("Finding", ["detail", "hits"])
Finding.__doc__ = """What a trigger sees in a text: what the cause says of it, None when
it does not fire, and where the phrases stand, also those that are not enough."""


class HelpdeskEscalationTrigger(models.Model):
    """Triggers that read what clients newly wrote, each message once.

    A kind that does has ``_get_reader_<kind>``, and ``_find_causes_<kind>`` that calls
    ``_find_in_words``.
    """

    _inherit = "helpdesk.escalation.trigger"

    def _find_causes_keyword(self, plan, candidates, searched):
        """Look for the words and phrases that the trigger lists."""
        return self._find_in_words(candidates, searched)

    def _find_causes_strong(self, plan, candidates, searched):
        """Look for strong language."""
        return self._find_in_words(candidates, searched)

    def _find_causes_wish(self, plan, candidates, searched):
        """Look for what clients ask for or threaten with."""
        return self._find_in_words(candidates, searched)

    def _find_in_words(self, candidates, searched):
        """Read what waiting clients wrote and nobody has read for these triggers.

        :param list searched: gets the messages that were read
        :rtype: list[TriggerHit]
        """
        by_policy = self.grouped(lambda trigger: trigger.policy_id.id)
        candidates = [one for one in candidates if one.policy_id in by_policy]
        if not candidates:
            return []
        readers = {trigger: trigger._get_reader() for trigger in self}
        signatures = {
            policy_id: hashlib.sha256(
                repr([(one.id, readers[one].signature) for one in of_policy]).encode()
            ).hexdigest()[:16]
            for policy_id, of_policy in by_policy.items()
        }
        policies = {
            candidate.ticket_id: candidate.policy_id for candidate in candidates
        }
        found = []
        after = (0, 0)
        while True:
            messages = self._read_messages(candidates, signatures, after, SCAN_SIZE)
            for ticket_id, message_id, subject, body, titles in messages:
                if message_id and is_repeated_subject(subject, titles):
                    subject = ""
                policy_id = policies[ticket_id]
                texts = {}
                for trigger in by_policy[policy_id]:
                    reader = readers[trigger]
                    if reader.prepare not in texts:
                        words = f"{subject or ''}\n{reader.prepare(body)}"
                        texts[reader.prepare] = Text(words)
                    detail = reader.look(texts[reader.prepare]).detail
                    if detail:
                        found.append(
                            TriggerHit(
                                ticket_id, trigger.kind, trigger, message_id, detail
                            )
                        )
                searched.append((ticket_id, message_id, signatures[policy_id]))
            if len(messages) < SCAN_SIZE:
                return found
            after = messages[-1][:2]

    # ------------------------------------------------------------------
    # How each kind reads
    # ------------------------------------------------------------------

    def _get_reader(self):
        """Return how the trigger reads, None where it looks at other things.

        :rtype: Reader | None
        """
        self.ensure_one()
        get_reader = getattr(self, f"_get_reader_{self.kind}", None)
        return get_reader and get_reader()

    def _get_reader_keyword(self):
        written = self._get_phrases()
        exceptions = self._get_exceptions()
        phrases = Phrases(enumerate(written))
        unless = Phrases(enumerate(exceptions))

        def look(text):
            hits = drop_inside(phrases.find(text), unless.find(text))
            found = [written[number] for number in sorted({hit.key for hit in hits})]
            return Finding(", ".join(found[:3]) or None, hits)

        return Reader(get_new_text, look, [written, exceptions])

    def _get_reader_strong(self):
        book = self.env["helpdesk.escalation.phrase"]._get_book("strong")

        def look(text):
            hits = _choose(text, _find(book, text))
            weight = sum(hit.key for hit in hits)
            shown = [
                self.env._("“%(words)s”", words=text.quote(hit))
                for hit in hits
                if weight >= ENOUGH - 1
            ]
            if weight == ENOUGH - 1 and _is_loud(text.text):
                weight = ENOUGH
                shown.append(self.env._("in capitals"))
            return Finding(", ".join(shown[:3]) if weight >= ENOUGH else None, hits)

        return Reader(_get_own_words, look, book.signature)

    def _get_reader_wish(self):
        phrase = self.env["helpdesk.escalation.phrase"]
        wishes = phrase._get_wishes() if self.wish in (False, "any") else [self.wish]
        books = {wish: phrase._get_book(wish) for wish in wishes}

        def look(text):
            hits = {wish: _find(book, text) for wish, book in books.items()}
            detail = None
            for wish, of_wish in hits.items():
                clear = [hit for hit in of_wish if hit.key >= ENOUGH]
                if clear and not detail:
                    detail = f"{wish}: “{text.quote(clear[0])}”"
            return Finding(detail, sorted(sum(hits.values(), [])))

        return Reader(_get_own_words, look, [book.signature for book in books.values()])


def _get_own_words(html):
    """Return what the author newly said themselves: no code, nothing in quotes."""
    return strip_code_and_speech(get_new_text(html, CODE_TAGS))


def _find(book, text):
    hits = book.phrases.find(text)
    return drop_inside(hits, book.exceptions.find(text)) if hits else hits


def _choose(text, hits):
    """Return what counts: the heaviest of what overlaps, and each phrase once."""
    chosen, seen = [], set()
    for hit in sorted(hits, key=lambda hit: (-hit.key, hit.start - hit.end, hit.start)):
        words = tuple(text.words[hit.start : hit.end])
        if words not in seen and drop_inside([hit], chosen):
            seen.add(words)
            chosen.append(hit)
    return sorted(chosen)


def _is_loud(text):
    """Whether a sentence is in capitals and ends with an exclamation mark."""
    for sentence in SENTENCE_END.split(text):
        if sentence.rstrip().endswith("!"):
            words = LOUD.findall(sentence)
            loud = sum(word.isupper() for word in words)
            if loud >= LOUD_WORDS and 2 * loud > len(words):
                return True
    return False
