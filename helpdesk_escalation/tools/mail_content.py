"""Whether a message says anything at all."""

import html
import re

from odoo.tools import is_html_empty

# What is seen without a word.
_SEEN = re.compile(r"<\s*(img|svg|video|audio|iframe|object|embed)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>|[\u200b\u200c\u200d\u2060\ufeff]")


def has_content(body):
    """Whether there is more to an HTML text than blanks and layout."""
    if is_html_empty(body):
        return False
    return bool(_SEEN.search(body) or _TAG.sub("", html.unescape(body)).strip())
