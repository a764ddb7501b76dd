"""The personal link of a mail: how it is written and read, and taken out of texts."""

import base64
import email
import email.policy
import logging
import re
from datetime import timedelta
from email.message import EmailMessage

from markupsafe import Markup, escape

from odoo import fields
from odoo.tools import hash_sign, verify_hash_signed

_logger = logging.getLogger(__name__)

LINK_SCOPE = "helpdesk_escalation.confirm"
CONFIRM_PATH = "/helpdesk_escalation/confirm"

# ----------------------------------------------------------------------
# Written and read
# ----------------------------------------------------------------------


def make_link(notification, hours):
    """Write the link with which its person confirms a case without a login (R10).

    It is a function, and no field or method: what templates are rendered on has no
    link. The secret that it is signed with is read with the rights of whoever asks.

    :param notification: a record as superuser
    :param int hours: how long it is valid
    :raise AccessError: when somebody else than the system asks
    """
    expires = fields.Datetime.now() + timedelta(hours=hours)
    # The moment of expiry is part of what is signed, so that the page can tell an old
    # link from a forged one.
    values = [notification.id, int(expires.timestamp()), notification._get_birth()]
    token = hash_sign(notification.env, LINK_SCOPE, values)
    base_url = (notification.get_base_url() or "").rstrip("/")
    return f"{base_url}{CONFIRM_PATH}/{token}"


def read_token(env, token):
    """Read what a link was signed with.

    :param env: an environment as superuser
    :return: the notification's id, the moment of expiry (Unix time) and the
        notification's birth; None when the link is forged or cut off
    """
    try:
        notification_id, expires, birth = verify_hash_signed(env, LINK_SCOPE, token)
    except Exception:
        # Whatever a stranger sends, the answer is "not valid".
        _logger.info("Unreadable escalation link")
        return None
    return notification_id, expires, birth


# ----------------------------------------------------------------------
# Taken out
# ----------------------------------------------------------------------

# Where a mail program breaks a long line, in text, HTML and encoded mails.
_BREAK = (
    r"(?:(?:=?\r?\n|<w?br\s*/?>)(?:[\s>|]|&gt;|&nbsp;|<w?br\s*/?>)*"
    r"|[\u200b\u00ad]|&shy;)"
)
# Letters as they are, and as gateways write them into links of their own.
_WRITTEN = {
    "_": r"(?:_|%(?:25)*5f|-5f|&#(?:95|x5f);)",
    "/": r"(?:/|\\/|%(?:25)*2f|-2f|_|&#(?:47|x2f);)",
}
_PATH = re.compile(
    f"{_BREAK}?".join(_WRITTEN.get(one, one) for one in f"{CONFIRM_PATH[1:]}/"),
    re.IGNORECASE,
)
_LINE_BREAK = re.compile(_BREAK)
_TOKEN_PART = re.compile(r"[\w%=-]*", re.ASCII)
_BEFORE = re.compile(r"[^\s\"'<>()\[\];,]*$")
_AFTER = re.compile(r"(?:&(?!gt;|lt;|quot;|nbsp;|#)|[^\s\"'<>()\[\]&])*")
_ATTRIBUTE = re.compile(r"""(\s[\w:-]+\s*=\s*)("[^"]*"|'[^']*')""")
# A part of a token of this many letters, or what is left without it, opens nothing.
_ENOUGH = 60


def strip_links(text, words):
    """Take the personal links out of a text, HTML or plain.

    :param str text: also as ``Markup``
    :param str words: what stands in the place of one
    """
    if not text or not _PATH.search(text):
        return text
    plain = _ATTRIBUTE.sub(
        lambda match: f'{match[1]}"#"' if _PATH.search(match[2]) else match[0],
        str(text),
    )
    if isinstance(text, Markup):
        words = str(escape(words))
    parts, done = [], 0
    while match := _PATH.search(plain, done):
        begin = match.start() - len(_BEFORE.search(plain[done : match.start()])[0])
        parts += [plain[done:begin], words]
        done = _find_end(plain, match.end())
    return type(text)("".join([*parts, plain[done:]]))


def _find_end(text, begin):
    """Find the end of a link whose token begins at a place of a text."""
    joined, end = "", begin
    first_end = None
    while True:
        part = _TOKEN_PART.match(text, end)
        joined += part[0]
        end = part.end()
        if first_end is None and len(joined) >= _ENOUGH:
            first_end = end
        if _is_whole(joined):
            break
        broken = _LINE_BREAK.match(text, end)
        if not broken or not _TOKEN_PART.match(text, broken.end())[0]:
            # It was cut off: then no word after it is taken along.
            end = first_end or end
            break
        end = broken.end()
    rest = _AFTER.match(text, end)[0]
    return end + len(rest.rstrip(".,;:!?"))


def _is_whole(token):
    """Whether this is all of a token: it ends with a list."""
    try:
        letters = token.replace("=", "")
        return base64.urlsafe_b64decode(f"{letters}===")[41:].endswith(b"]")
    except ValueError:
        return False


def strip_links_of_message(env, vals):
    """Take the personal links out of what a message is to say.

    :return: the values, in a copy where anything had to be taken out
    """
    body = vals.get("body")
    if not isinstance(body, str) or not _PATH.search(body):
        return vals
    return {**vals, "body": strip_links(body, _get_words(env))}


def _get_words(env):
    return env._("(personal link removed)")


def strip_links_of_mail(env, message_dict):
    """Take the personal links out of a mail that comes in, before it is filed.

    Whoever answers quotes the mail, with its link; and what is filed is read by many.

    :param dict message_dict: what Odoo's gateway made of the mail; changed in place
    """
    words = _get_words(env)
    for name in ("body", "subject"):
        if message_dict.get(name):
            message_dict[name] = strip_links(message_dict[name], words)
    attachments = message_dict.get("attachments") or []
    for number, attachment in enumerate(attachments):
        try:
            content = _strip_attachment(attachment[0], attachment[1], words)
        except Exception:
            # A file that cannot be read must not cost the mail.
            _logger.info("Unreadable file in an incoming mail", exc_info=True)
            continue
        if content is not attachment[1]:
            # A named tuple, or a plain one where another module has added it.
            make = getattr(type(attachment), "_make", tuple)
            attachments[number] = make((attachment[0], content, *attachment[2:]))


def _strip_attachment(name, content, words):
    """Take the links out of a forwarded mail or a text; other files stay as they are.

    :return: the very same content when there is none in it
    """
    if isinstance(content, EmailMessage):
        return _strip_message(content, words) or content
    is_text = isinstance(content, str)
    if (name or "").lower().endswith(".eml"):
        read = email.message_from_string if is_text else email.message_from_bytes
        changed = _strip_message(read(content, policy=email.policy.SMTP), words)
        if changed:
            return changed.as_string() if is_text else changed.as_bytes()
        return content
    if not is_text and (b"\0" in content or content.startswith(b"%PDF")):
        return content
    # Each byte is a letter of this encoding, so that all others come back as they were.
    text = content if is_text else content.decode("latin-1")
    stripped = strip_links(text, words)
    if stripped == text:
        return content
    return stripped if is_text else stripped.encode("latin-1", "replace")


def _strip_message(message, words):
    """Take the links out of the texts of a mail; None when there is none."""
    changed = False
    for part in message.walk():
        if part.is_multipart() or part.get_content_maintype() != "text":
            continue
        text = part.get_content()
        stripped = strip_links(text, words)
        if stripped == text:
            continue
        changed = True
        kept = {
            header: part[header]
            for header in ("Content-Disposition", "Content-ID")
            if part[header]
        }
        part.set_content(stripped, subtype=part.get_content_subtype())
        for header, value in kept.items():
            part[header] = value
    return message if changed else None
