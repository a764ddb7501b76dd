"""What the messages of a ticket tell whoever takes it over: plain functions.

The words that clients use to ask for a manager, and of those who cannot work, are
English ones; amounts of money are found in any language.
"""

import re
from dataclasses import dataclass

from odoo.addons.helpdesk_escalation.tools.mail_text import fold

from .own_words import split_sentences

CLIENT = "client"
STAFF = "staff"

MAX_SENTENCE = 400
MAX_ASKING = 2
MAX_IMPACT = 6
# Of a long thread, how it began and how it stands.
FIRST, LAST = 6, 30


@dataclass(frozen=True)
class Said:
    """One message: when in words, who, on which side, and what, as plain text."""

    moment: str
    name: str
    side: str
    text: str


@dataclass(frozen=True)
class Quote:
    """One sentence out of a message."""

    said: Said
    sentence: str


_RANK = (
    r"(?:senior\s+|line\s+|general\s+|service\s+|support\s+|customer\s+|shift\s+"
    r"|department(?:al)?\s+|direct\s+|immediate\s+|duty\s+){0,2}"
)
_BOSS = (
    r"(?:managers?|supervisors?|boss(?:es)?|superiors?|team\s?lead(?:er)?s?|directors?"
    r"|ceo|head\s+of\s+\w+|management|somebody\s+else|someone\s+else"
    r"|(?:some(?:one|body)|a\s+person)\s+(?:higher|senior|more\s+senior|in\s+charge"
    r"|responsible|with\s+(?:more\s+)?authority|who\s+(?:can|is|has|actually)))"
    r"(?!\s+(?:tool|app|software|console|role|rights|account|view|page|password|login"
    r"|portal|dashboard|system|module|report|function|group|licen[cs]e)s?\b)(?!['’-]\w)"
)
_THEIRS = r"(?!(?:my|our|his|her|their)\b)(?:your\s+|the\s+|an?\s+|any\s+|some\s+)?"
# "I want to speak to your manager", and its like.
ASKING = re.compile(
    rf"\b(?:speak|speaking|talk|talking|complain|connect|connected|transfer|transferred"
    rf"|refer|referred|put|pass(?:ed)?|forward(?:ed)?|write|call(?:ed)?|in\s+touch"
    rf"|contact|conversation|meeting|word)\b[^.?!]{{0,40}}?"
    rf"\b(?:to|with|through|from|by)\s+{_THEIRS}{_RANK}{_BOSS}"
    rf"|\b(?:want|need|demand|require|request|insist\s+on|ask(?:ing|ed)?\s+for|get\s+me"
    rf"|get|bring|call)\s+(?:to\s+see\s+)?(?:your|the|an?)\s+{_RANK}{_BOSS}"
    rf"|\bwho(?:'s|’s|\s+is)\s+(?:your\s+{_RANK}{_BOSS}|in\s+charge|responsible)"
    r"|\b(?:please|must|should|to\s+be|want\s+to|have\s+to|need\s+to|will)\s+"
    r"(?:be\s+)?escalated?\b|\bescalate\s+(?:this|it|that|my|our|the)\b"
    r"|\b(?:formal|official)\s+complaint\b"
    r"|\b(?:file|lodge|make|raise|submit)\s+a\s+complaint\b",
    re.IGNORECASE,
)

_NUMBER = (
    r"(?:\d[\d.,']*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen"
    r"|twenty|thirty|forty|fifty|sixty|eighty|dozens?|hundreds?|thousands?|several|many"
    r"|half|both|all)"
)
_PEOPLE = (
    r"(?:people|persons?|users?|employees?|colleagues?|workers?|customers?|clients?"
    r"|agents?|students?|teachers?|patients?|nurses?|doctors?|drivers?|cashiers?"
    r"|visitors?|guests?|members?|technicians?|workstations?|shops?|stores?|sites?"
    r"|branches|offices|departments|locations|machines?|tills?|registers?)"
)
_AMOUNT = (
    r"(?:[€$£¥₹₽₺]|(?:EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CZK|CAD|AUD|INR|BRL)\b)\s?"
    r"\d[\d.,'\s]{0,15}"
    r"|\d[\d.,']{0,15}\s?(?:k|m|mio\.?|thousand|million)?\s?"
    r"(?:[€£¥₹₽₺$]|(?:EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CZK|CAD|AUD|INR|BRL|euros?"
    r"|dollars?|pounds?|francs?|crowns?)\b)"
)
_CANNOT = (
    r"(?:can\s?not|can['’]?t|could\s?n['’]?t|could\s+not|(?:is|are|am)\s+unable\s+to)"
)
# Of no use to anybody: how people feel about it.
_FEELINGS = (
    r"(?!\s+(?:believe|wait|understand|imagine|accept|thank|say|tell|remember|recall"
    r"|help\s+but|stress|express|see\s+why|complain|reach\s+you|agree))"
)
# What it does to the client: whose work stands still, how many, how much.
IMPACT = re.compile(
    rf"{_AMOUNT}"
    r"|\b(?:nobody|no[\s-]one|none\s+of\s+(?:us|our\s+\w+|the\s+\w+)|not\s+a\s+single"
    r"\s+\w+)\s+(?:here\s+|in\s+\w+\s+(?:\w+\s+)?)?(?:can|could|is\s+able|has\s+access"
    r"|gets|works|is\s+working)\b"
    r"(?!\s+(?:help|tell|answer|explain|say|give\s+me|reach)\b)"
    rf"|\b(?:we|i|they|staff|everyone|everybody|(?:our|my|the|all)\s+(?:\w+\s+)?\w+)\s+"
    rf"(?:still\s+|simply\s+|just\s+|also\s+)?{_CANNOT}\b{_FEELINGS}"
    rf"|\b{_NUMBER}(?:\s+of)?(?:\s+(?:our|the|my|these))?\s+(?:\w+\s+)?{_PEOPLE}\b"
    r"|\b(?:the\s+)?(?:whole|entire)\s+(?:team|company|office|department|shop|store|site"
    r"|warehouse|floor|school|hospital|factory|plant|building|line|branch|country)\b"
    r"|\b(?:stand(?:s|ing)?[\s-]?still|at\s+a\s+stand\s?still|production\s+(?:has\s+)?"
    r"stop\w*|(?:line|shop|store|warehouse|production|business|plant|site|website"
    r"|system|server)\s+(?:is|are|was|has\s+been|went)\s+(?:completely\s+|all\s+"
    r"|still\s+)?(?:down|stopped|closed|offline|blocked|dead|out))\b"
    r"|\b(?:los(?:e|es|ing|t))\s+(?:\w+\s+){0,3}(?:money|sales|orders?|customers?"
    r"|revenue|data|business|turnover|contracts?|hours?)\b"
    r"|\b(?:payroll|salaries|wages|deadline|penalt(?:y|ies)|fine\s+of)\b",
    re.IGNORECASE,
)


def find_asking(thread):
    """Return the sentences in which the client asks for somebody higher.

    :param list thread: of :class:`Said`, in time order
    :rtype: list[Quote]
    """
    return _find(thread, lambda sentence: ASKING.search(sentence), MAX_ASKING)


def find_impact(thread):
    """Return sentences of the client that say what it does to them, and to how many.

    :param list thread: of :class:`Said`, in time order
    :rtype: list[Quote]
    """
    return _find(
        thread,
        lambda sentence: IMPACT.search(sentence) and not ASKING.search(sentence),
        MAX_IMPACT,
    )


def _find(thread, is_meant, limit):
    found = {}
    for said in thread:
        if said.side != CLIENT:
            continue
        for sentence in split_sentences(said.text):
            if len(sentence) <= MAX_SENTENCE and is_meant(sentence):
                found.setdefault(fold(sentence), Quote(said, sentence))
    return list(found.values())[:limit]


def pair_tries(thread):
    """Put together what colleagues tried and what the client wrote next: its result.

    :param list thread: of :class:`Said`, in time order
    :return: pairs of a colleague's message and the client's, or None
    :rtype: list[tuple]
    """
    tries = []
    for said in thread:
        if said.side == STAFF:
            tries.append((said, None))
        elif tries and tries[-1][1] is None:
            tries[-1] = (tries[-1][0], said)
    return tries


def leave_out_middle(thread, first=FIRST, last=LAST):
    """Keep how a long thread began and how it stands.

    :return: the first ones, how many are left out, and the last ones
    """
    left_out = max(0, len(thread) - first - last)
    if not left_out:
        return thread, 0, []
    return thread[:first], left_out, thread[-last:]
