"""What a client newly wrote, and the words in it: plain functions of text."""

import re
import unicodedata
from itertools import islice

from lxml import etree

# Nobody writes more by hand: what comes after is not looked at.
MAX_HTML = 400_000
MAX_TAGS = 6_000
MAX_TEXT = 60_000
MAX_LINES = 2_000

BLOCKS = frozenset(
    "address article aside blockquote body br dd div dl dt fieldset figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table td th tr ul".split()
)
UNSEEN = frozenset(("head", "script", "style", "template", "title"))
QUOTE_CLASSES = frozenset(
    (
        "gmail_quote",
        "gmail_signature",
        "moz-cite-prefix",
        "moz-signature",
        "odoo_signature_wrapper",
        "protonmail_quote",
        "yahoo_quoted",
    )
)
# From here on, all is history.
REST_IDS = ("appendonsend", "divRplyFwdMsg", "stopSpelling")
QUOTED = "\0"

WROTE = re.compile(
    r"\b(wrote|schrieb|écrit|escribió|scritto|schreef|escreveu|skrev|napisał(\(a\))?|"
    r"kirjoitti|napsal(\(a\))?|írta|пишет|написал(а|\(а\))?)\s?[:：]$",
    re.IGNORECASE,
)
ORIGINAL = re.compile(r"^-{3,} ?\w[^-]{2,60} ?-{3,}$")
HEADER = re.compile(
    r"^\*?(from|von|de|da|van|od|från|fra|lähettäjä)\s?:", re.IGNORECASE
)
HEADERS = re.compile(
    r"^\*?(sent|date|to|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado|para|"
    r"asunto|inviato|data|a|oggetto|verzonden|aan|onderwerp|assunto|do|temat)\s?:",
    re.IGNORECASE,
)
REPLY = re.compile(
    r"^\s*(re|aw|antw|sv|vs|odp|rif|res|ref|tr|fwd?|wg|rv|enc|i|tr)\s?(\[\d+\])?\s?:",
    re.IGNORECASE,
)
CAPITAL_NOUNS = ("de", "lb")
BLANKS = re.compile(r"\s*\n\s*")
QUOTED_LINES = re.compile(r"^[>\0].*(?:\n[>\0].*)*", re.MULTILINE)
# Marks that stand on or under a letter: accents, points of Hebrew and Arabic.
MARKS = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u064b-\u065f\u0670]")
# Scripts without blanks are taken sign by sign.
WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff]|[^\\W\u3040-\u30ff\u3400-\u9fff]+")


def one_line(text):
    r"""Put a text into one line, as the headers of a mail must be.

    Whatever Python takes for the end of a line has the whole mail refused: ``\n``, a
    vertical tab, U+2028 and more. What is no text is returned as it is.
    """
    if not isinstance(text, str):
        return text
    return " ".join(filter(None, map(str.strip, text.splitlines())))


def within_sentence(label, language):
    """Write a label as it stands within a sentence; an abbreviation stays as it is.

    :param language: its language's code: nouns of some begin with a capital everywhere
    """
    if label.isupper() or (language or "").startswith(CAPITAL_NOUNS):
        return label
    return label.lower()


def fold(text):
    """Reduce a text to its words, blind to case, accents and punctuation."""
    text = unicodedata.normalize("NFKD", text).casefold()
    if not text.isascii():
        text = MARKS.sub("", unicodedata.normalize("NFKD", text))
    return " ".join(WORD.findall(text))


def find_words(text):
    """Return the words of a text as ``fold`` reduces them, each with where it stands.

    :return: word, beginning and end in the text
    :rtype: list[tuple[str, int, int]]
    """
    signs, places = [], []
    for place, sign in enumerate(text):
        folded = unicodedata.normalize("NFKD", sign).casefold()
        folded = MARKS.sub("", unicodedata.normalize("NFKD", folded))
        signs.append(folded)
        places += [place] * len(folded)
    return [
        (found[0], places[found.start()], places[found.end() - 1] + 1)
        for found in WORD.finditer("".join(signs))
    ]


def is_repeated_subject(subject, titles):
    """Whether nobody wrote a subject anew: it answers, passes on, or is the title."""
    subject = subject or ""
    return bool(REPLY.match(subject)) or fold(subject) in map(fold, titles)


def get_new_text(html, without=frozenset()):
    """Return what the author of a mail or message newly wrote.

    Left out are quoted and forwarded messages, signatures, and all that people do not
    see: attributes, styles, comments. It never raises, and takes no longer than the
    text is long.

    :param without: names of elements to leave out as well
    """
    if not html:
        return ""
    text = BLANKS.sub("\n", "".join(_walk(str(html)[:MAX_HTML], UNSEEN | without)))
    text = QUOTED_LINES.sub(QUOTED, text.strip())[:MAX_TEXT]
    return "\n".join(_drop_history(text.split("\n")[:MAX_LINES]))


def shorten(text, max_lines, max_length):
    """Return the beginning of a text; "…" at its end says that there is more."""
    kept = "\n".join(text.split("\n")[:max_lines])
    if len(kept) > max_length:
        kept = kept[:max_length]
        # Not in the middle of a word; some scripts have no blanks.
        blank = max(kept.rfind(" "), kept.rfind("\n"))
        if blank > max_length * 2 // 3:
            kept = kept[:blank]
    return text if kept == text else f"{kept.rstrip()}…"


def _walk(html, unseen):
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(html.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        root = None
    if root is None:
        return
    in_pre = 0
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in islice(walker, 2 * MAX_TAGS):
        tag = element.tag
        is_quote = _is_quote(element)
        if tag in BLOCKS:
            yield "\n"
        if event == "end":
            in_pre -= tag == "pre" and not is_quote
            text = element.tail
        elif tag in unseen:
            walker.skip_subtree()
            continue
        elif is_quote:
            yield f"\n{QUOTED}\n"
            if any(mark in element.get("id", "") for mark in REST_IDS):
                return
            walker.skip_subtree()
            continue
        else:
            in_pre += tag == "pre"
            text = element.text
        if text:
            yield text if in_pre else text.replace("\n", " ")


def _is_quote(element):
    if element.tag == "blockquote":
        return True
    attributes = element.attrib
    if not attributes:
        return False
    name = attributes.get("id", "")
    return bool(
        attributes.get("data-o-mail-quote")
        or name == "Signature"
        or any(mark in name for mark in REST_IDS)
        or not QUOTE_CLASSES.isdisjoint(attributes.get("class", "").split())
    )


def _drop_history(lines):
    """Leave out quoted lines, and all after a signature or the head of a quotation."""
    for place, line in enumerate(lines):
        if line.startswith(QUOTED):
            continue
        if line in ("--", "—") or ORIGINAL.match(line):
            return
        if len(line) < 400 and WROTE.search(line):
            if lines[place + 1 : place + 2] in ([QUOTED], []):
                # The quotation is marked: people also answer below it.
                continue
            return
        if HEADER.match(line):
            following = lines[place + 1 : place + 5]
            if sum(bool(HEADERS.match(near)) for near in following) >= 2:
                return
        yield line
