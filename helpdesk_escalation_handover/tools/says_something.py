"""Whether a text says anything: plain functions of text, in any language."""

import re

from odoo.addons.helpdesk_escalation.tools.mail_text import fold

# Scripts without blanks say in one sign what takes others about three.
SIGN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
SIGN_LENGTH = 3
# Of what is looked at; more than this says something in any case.
MAX_LENGTH = 2000


def says_something(text, length, one_word=False):
    """Whether a text says something: "x", "-", "..." and "test test" do not.

    Counted is what is made of letters and digits, so that nobody fills up with dots.

    :param int length: how many characters it takes at least
    :param bool one_word: whether a single word is enough, such as "none"
    """
    words = fold((text or "")[:MAX_LENGTH]).split()
    if not any(len(word) > 1 or SIGN.match(word) for word in words):
        return False
    if not one_word and len(set(words)) < 2:
        return False
    said = " ".join(words)
    return len(said) + (SIGN_LENGTH - 1) * len(SIGN.findall(said)) >= length
