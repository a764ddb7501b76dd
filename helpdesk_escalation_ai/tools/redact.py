"""Leave out of a text who wrote it and how they are reached: plain functions."""

import re

# So many names are looked for at most: a ticket knows a few.
MAX_NAMES = 300
# Shorter parts of names are words: "De", "Al".
MIN_PART = 3

NAME, ADDRESS, NUMBER, LINK = "[name]", "[address]", "[number]", "[link]"

_LINK = re.compile(r"(?:\bhttps?://|\bwww\.)[^\s<>\"]+", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"']{1,64}@[^\s@<>()\[\],;\"']{1,255}")
# Seven digits and more: phone numbers, and what else is somebody's number.
_NUMBER = re.compile(r"(?<!\w)\+?\(?\d(?:[ ()./\-–]{0,3}\d){6,40}(?!\w)")
_CLOSING = re.compile(
    r"^\W*(?:(?:with\s+)?(?:(?:kind|best|warm|many)(?:est)?\s+)+(?:regards?|wishes)"
    r"|regards|sincerely(?:\s+yours)?|yours\s+(?:sincerely|faithfully|truly)|cheers"
    r"|(?:mit\s+)?(?:freundlichen?|besten?|vielen?|liebe|viele|herzliche)\s+"
    r"(?:gr(?:ü|ue)(?:ß|ss)en?)|mfg|lg|cordialement|bien\s+(?:cordialement|à\s+vous)"
    r"|salutations|(?:un\s+)?saludos?(?:\s+cordial(?:es)?)?|atentamente"
    r"|cordiali\s+saluti|distinti\s+saluti|met\s+vriendelijke\s+groet(?:en)?"
    r"|z\s+poważaniem|pozdrawiam|atenciosamente|cumprimentos)\W*$",
    re.IGNORECASE,
)
_GREETING = (
    r"(?:dear|hi|hello|hey|good\s+(?:morning|afternoon|evening)|hallo|guten\s+(?:tag"
    r"|morgen|abend)|sehr\s+geehrte[rs]?|liebe[rs]?|bonjour|ch(?:er|ère)s?|hola"
    r"|estimad[oa]s?|buenos\s+d[ií]as|buongiorno|gentile|beste|geachte|dzień\s+dobry"
    r"|caro|prezad[oa]s?)"
)
# A few words and a comma, or a name: what says more is part of the message.
_SALUTATION = re.compile(
    rf"^\W*{_GREETING}"
    r"(?:(?:\s+(?:(?:mr|mrs|ms|dr|prof|ing)\.|[^\s,.?!:]+)){0,6}\s*,"
    r"|(?:\s+(?:mr|mrs|ms|herr|frau|m|mme|sr|sra)\.?)?(?:\s+[^\s,.?!:]+)?\s*[!:.]?)"
    r"\s*$",
    re.IGNORECASE,
)


def redact(text, names=(), places=(), keep_names=False, keep_addresses=False):
    """Return a text without what would tell who wrote it, as far as that is known.

    The line that greets and all after the one that takes leave go with the names. A
    name that nothing on the ticket knows stays: no list could hold all of them.

    :param names: of people and companies
    :param places: streets, postcodes and the like
    :param bool keep_names: names, greetings and signatures may stay
    :param bool keep_addresses: links, email addresses, numbers and places may stay
    """
    if not keep_addresses:
        text = _LINK.sub(LINK, text)
        text = _EMAIL.sub(ADDRESS, text)
        text = _replace(text, places, ADDRESS)
        text = _NUMBER.sub(NUMBER, text)
    if not keep_names:
        text = _replace("\n".join(_drop_courtesies(text.split("\n"))), names, NAME)
    return text.strip()


def split_names(full_names):
    """Return names with their parts, the longest first: all by which one is called."""
    found = set()
    for name in full_names:
        name = " ".join((name or "").split())
        parts = [*name.split(), *re.split(r"[\s,;/()-]+", name)]
        found |= {part for part in (name, *parts) if len(part) >= MIN_PART}
    return sorted(found, key=lambda name: (-len(name), name))[:MAX_NAMES]


def _replace(text, words, mark):
    words = [re.escape(word.strip()) for word in words if word and word.strip()]
    if not words:
        return text
    return re.sub(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", mark, text, flags=re.I)


def _drop_courtesies(lines):
    for place, line in enumerate(lines):
        if len(line) > 80:
            yield line
        elif _CLOSING.match(line):
            return
        elif place or not _SALUTATION.match(line):
            yield line
