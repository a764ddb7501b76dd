"""What a mail server says of a mail that it could not deliver (RFC 3464)."""

from email.utils import parseaddr

from odoo.tools import email_normalize
from odoo.tools.mail import email_re

# Whom servers of old write as, which send no report that a program can read.
POSTMASTERS = frozenset(("mailer-daemon", "postmaster"))
MAX_REASON = 300


def get_delivery_failure(message):
    """Read a report on delivery.

    A server also says that a mail is late (``Action: delayed``) or that it arrived, and
    a receipt that it was read: none of these is a failure.

    :param email.message.EmailMessage message: a mail that Odoo takes for a bounce
    :return: the addresses that could not be reached, normalized, and why; None when
        nothing has failed
    :rtype: tuple[set[str], str] | None
    """
    fields = [
        part
        for part in message.walk()
        if part.get_content_maintype() != "multipart"
        and (part.get("Final-Recipient") or part.get("Action"))
    ]
    if not fields:
        return _get_plain_failure(message)
    failed = [part for part in fields if _is_failed(part)]
    if not failed:
        return None
    addresses = {
        email_normalize(str(part.get(name, "")).partition(";")[2].strip())
        for part in failed
        for name in ("Final-Recipient", "Original-Recipient")
    }
    reasons = [
        str(part.get("Diagnostic-Code") or part.get("Status") or "") for part in failed
    ]
    return addresses - {False}, _shorten(next(filter(None, reasons), ""))


def _is_failed(part):
    action = str(part.get("Action") or "").strip().lower()
    if action:
        return action == "failed"
    return str(part.get("Status") or "").strip().startswith("5")


def _get_plain_failure(message):
    """Take for a failure what a server wrote for people only."""
    sender = parseaddr(str(message.get("From") or ""))[1]
    is_receipt = any(
        part.get_content_type() == "message/disposition-notification"
        for part in message.walk()
    )
    if is_receipt or sender.partition("@")[0].lower() not in POSTMASTERS:
        return None
    text = message.get_body(("plain", "html"))
    found = email_re.findall(text.get_content()) if text else []
    addresses = {email_normalize(address) for address in found}
    return addresses - {False}, _shorten(str(message.get("Subject") or ""))


def _shorten(reason):
    kind, semicolon, text = reason.partition(";")
    # "smtp; 550 5.1.1 …": the code's kind says nothing to people.
    reason = text if semicolon and " " not in kind.strip() else reason
    return " ".join(reason.split())[:MAX_REASON]
