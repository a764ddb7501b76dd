"""The personal mark by which the reply to a mail is known to be its person's."""

import re
from urllib.parse import urlsplit

from odoo.tools import consteq, hmac
from odoo.tools.mail import unfold_references

from .mail_text import fold, get_new_text

REPLY_SCOPE = "helpdesk_escalation.reply"
_MARK = re.compile(r"^<helpdesk-escalation-answer-(\d{1,10})-([0-9a-f]{32})@")
# More of them stand in no mail: each costs a look into the database.
_MAX_MARKS = 32
_MAX_ID = 2**31 - 1
# "On it?" asks somebody else.
_QUESTION = re.compile("[?\uff1f\u061f\u037e]")


def make_reply_mark(notification):
    """Write what mail programs repeat among the *References* of a reply (R10).

    It is in the mail alone, as the link is. The mail's own Message-Id would not do: it
    is kept, and read by all who see the case.

    :param notification: a record as superuser
    """
    host = urlsplit(notification.get_base_url() or "").hostname or "localhost"
    sign = _sign(notification)
    return f"<helpdesk-escalation-answer-{notification.id}-{sign}@{host}>"


def read_reply_marks(notifications, references):
    """Find the notifications whose mails a mail answers, the last one first.

    :param notifications: the model as superuser
    :param str references: the header of the mail
    """
    found = notifications.browse()
    for reference in reversed(unfold_references(references or "")[-_MAX_MARKS:]):
        mark = _MARK.match(reference.strip())
        if not mark or not 0 < int(mark[1]) <= _MAX_ID:
            continue
        notification = notifications.browse(int(mark[1])).exists()
        if notification and consteq(_sign(notification), mark[2]):
            found |= notification
    return found


def _sign(notification):
    # Its birth, too: after a backup was restored numbers are given again.
    values = (notification.id, notification._get_birth())
    return hmac(notification.env, REPLY_SCOPE, values)[:32]


def get_first_words(html):
    """Return the first line that somebody newly wrote in a mail, reduced to its words.

    Empty for a question.
    """
    line = get_new_text(html).strip().partition("\n")[0]
    return "" if _QUESTION.search(line) else fold(line)
