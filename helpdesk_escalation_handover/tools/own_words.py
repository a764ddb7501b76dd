"""What somebody said in a mail, without greetings and signatures: plain functions."""

import re

from odoo.addons.helpdesk_escalation.tools.mail_text import get_new_text

# How people end a mail, on a line of its own.
FAREWELL = re.compile(
    r"(with |mit |bien |cordiali |un |distinti )?"
    r"((kind|best|warm|warmest|kindest|many thanks and best) )?"
    r"(regards|wishes|greetings|sincerely|yours|yours (sincerely|faithfully|truly)"
    r"|sincerely yours|respectfully|br|kr|rgds|thanks|thank you|many thanks|thx|cheers"
    r"|thanks (and|&) (kind |best )?regards|thanks in advance|thank you in advance"
    r"|((freundlichen?|besten?|vielen?|liebe|herzliche) )?gr(ü|ue)(ß|ss)en?"
    r"|mfg|lg|vg|hochachtungsvoll|cordialement|salutations( distinguées)?|merci"
    r"|saludos( cordiales)?|saludo|atentamente|gracias|saluti|grazie"
    r"|vriendelijke groet(en)?|groet(en)?|mvg|atenciosamente|obrigad[oa])[\s,.!–-]*",
    re.IGNORECASE,
)
# These also stand in the middle of a text: only a name after them makes them the end.
ALSO_SAID = re.compile(
    r"(thanks|thank you|many thanks|thx|cheers|merci|gracias|grazie|obrigad|yours)",
    re.IGNORECASE,
)
MAX_SIGNATURE = 12
NAME = re.compile(r"[^\W\d_a-zß-ÿ][\w.'’-]*(\s+[^\W\d_a-zß-ÿ][\w.'’-]*){0,4}[\s,.]*")
POSTSCRIPT = re.compile(r"p\.?\s?s\.?\s?[:.,)]", re.IGNORECASE)
DEVICE = re.compile(
    r"(sent (from|with|using|via)|get outlook for|von meinem|gesendet (von|mit)"
    r"|envoyé (de|depuis)|enviado desde|inviato da|verzonden vanaf)\s.{2,60}",
    re.IGNORECASE,
)
DISCLAIMER = re.compile(
    r"(?=.{0,300}\b(e-?mail|message|communication)\b)(?=.{0,400}\bconfidential\b)"
    r"(?=.{0,600}\b(intended|recipients?|addressee)\b)",
    re.IGNORECASE,
)
# Mail programs wrap lines about here; what goes on in lower case is one sentence.
WRAPPED = 45
END_OF_SENTENCE = re.compile(r"[.!?…]+[\"'”’»)\]]*\s+")
ABBREVIATIONS = frozenset(
    "e.g. i.e. etc. approx. ca. mr. mrs. ms. dr. prof. no. nr. vs. st. inc. ltd. co. "
    "z.b. d.h. bzw. usw. evtl. ggf. max. min. tel. incl. excl. fig. p.m. a.m.".split()
)


def get_own_words(html):
    """Return what the author of a message said, as plain text.

    Without what is quoted, signatures, the line of a mobile phone and disclaimers;
    lines that a mail program has wrapped are joined. A postscript stays.
    """
    lines = _drop_signature(get_new_text(html).split("\n"))
    # Odoo keeps a plain-text mail so: only there a line is no paragraph.
    return "\n".join(_unwrap(lines) if "<pre" in str(html) else lines)


def split_sentences(text):
    """Yield the sentences of a text, each as it was written."""
    for line in text.split("\n"):
        start = 0
        for match in END_OF_SENTENCE.finditer(line):
            sentence = line[start : match.end()].strip()
            if sentence.rpartition(" ")[2].lstrip("(").casefold() in ABBREVIATIONS:
                continue
            yield sentence
            start = match.end()
        if line[start:].strip():
            yield line[start:].strip()


def shorten(text, length):
    """Cut a text at a word, and show that there is more."""
    if len(text) <= length:
        return text
    head = text[: length - 1]
    cut = max(head.rfind(" "), head.rfind("\n"))
    return head[: cut if cut > length / 2 else None].rstrip() + "…"


def _drop_signature(lines):
    signed = False
    for place, line in enumerate(lines):
        line = line.strip()
        if DISCLAIMER.match(line):
            return
        if POSTSCRIPT.match(line):
            signed = False
        if signed or not line or (len(line) < 80 and DEVICE.fullmatch(line)):
            continue
        if place and _is_farewell(line, lines[place + 1 :]):
            signed = True
            continue
        yield line


def _is_farewell(line, following):
    if len(line) > 60 or not FAREWELL.fullmatch(line):
        return False
    following = [near.strip() for near in following if near.strip()]
    if not following:
        return True
    if ALSO_SAID.match(line):
        return bool(NAME.fullmatch(following[0]))
    return len(following) <= MAX_SIGNATURE or bool(NAME.fullmatch(following[0]))


def _unwrap(lines):
    whole = ""
    for line in lines:
        goes_on = len(whole.rpartition("\n")[2]) >= WRAPPED and line[:1].islower()
        if whole and not (goes_on and whole[-1] not in ".!?:;"):
            yield whole
            whole = line
        else:
            whole = f"{whole} {line}".strip()
    if whole:
        yield whole
