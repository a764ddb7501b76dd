"""Where words are kept, and how people are taken out of them."""

import re
from html import escape
from typing import NamedTuple

REMOVED = "***"


class Words(NamedTuple):
    """Fields of a model in which people have written, or are named (S16)."""

    model: str
    # Emptied when their time is over, and with the person whose ticket it is.
    fields: tuple = ()
    # Figures that happen to name people: only the name is taken out.
    named: tuple = ()
    # By what they grow old: the path to incidents, or the field with a moment.
    incidents: str = ""
    moment: str = ""
    # Whose they are: the paths to the ticket, and to the users they tell of.
    ticket: str = "ticket_id"
    users: tuple = ()
    company: str = "ticket_id.company_id"
    # Whose own words they are, on whosever ticket: the path to a contact.
    author: str = ""
    # Of notifications, which have a time of their own.
    of_notifications: bool = False
    # Which of the model's records, as a domain.
    domain: tuple = ()


class Mask:
    """Takes somebody's names and addresses out of texts."""

    def __init__(self, names, addresses):
        """
        :param names: as they are written, in upper and lower case
        :param addresses: of mail or telephone, however they are written
        """
        # As they may stand anywhere, for a search.
        self.wanted = sorted(_spell([*names, *addresses]))
        self._patterns = [
            re.compile(rf"(?<!\w)(?:{'|'.join(_prepare(words))})(?!\w)", flags)
            for words, flags in ((names, 0), (addresses, re.IGNORECASE))
            if _prepare(words)
        ]

    def clean(self, text):
        """Return a text without them; the same text where they are not in it."""
        for pattern in self._patterns:
            text = pattern.sub(REMOVED, text)
        return text


def _spell(words):
    """Return words as they are written, and as they stand in HTML."""
    words = {word.strip() for word in words if word and word.strip()}
    return words.union(*({escape(w), escape(w, quote=False)} for w in words))


def _prepare(words):
    """Return patterns of words; the longest come first."""
    return [re.escape(word) for word in sorted(_spell(words), key=len, reverse=True)]
