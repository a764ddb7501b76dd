"""Talk to an OpenAI-compatible server, which may do anything: plain functions.

No database is open here: whoever waits holds nothing meanwhile.
"""

import json
import time
from collections import namedtuple
from urllib.parse import urlsplit

import requests

# What is longer is no chat completion of ours.
MAX_BYTES = 100_000
PATH = "/chat/completions"

# How a server is told to answer in JSON, the strictest first: some know only one.
FORMATS = ("json_schema", "json_object", "text")

Reply = namedtuple("Reply", ["status", "data", "seconds"])
Reply.__doc__ = """What a server answered.

:ivar status: of HTTP; 0 where it did not answer at all, or not in time
:ivar data: its JSON, parsed; None where it is none
:ivar seconds: how long that took
"""


def clean_url(url):
    """Return the address of an API as it is used; None where it cannot be one."""
    url = (url or "").strip().rstrip("/").removesuffix(PATH)
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return None
    is_fine = (
        parts.scheme in ("http", "https")
        and parts.hostname
        and port_fits
        and not (parts.username or parts.password or parts.query or parts.fragment)
        and url.isprintable()
        and " " not in url
    )
    return url if is_fine else None


def make_body(question, model, style):
    """Return the body of a request: nothing else is sent.

    :param Question question: what is asked
    :param str model: the name by which the server knows it
    :param str style: one of ``FORMATS``
    """
    body = {
        "model": model,
        "messages": [
            {"role": "system", "content": question.instructions},
            {"role": "user", "content": question.text},
        ],
        "temperature": 0,
        "max_tokens": question.max_tokens,
        "stream": False,
    }
    if style == "json_schema":
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {
                "name": "answer",
                "strict": True,
                "schema": question.schema,
            },
        }
    elif style == "json_object":
        body["response_format"] = {"type": "json_object", "schema": question.schema}
    return body


def post(url, key, body, seconds):
    """Send a request and read the answer, in so many seconds at most.

    It follows no redirect: what is sent goes to the address that was entered, and
    nowhere else. It raises nothing.

    :rtype: Reply
    """
    start, status = time.monotonic(), 0
    headers = {"Accept-Encoding": "identity"}
    if key:
        headers["Authorization"] = f"Bearer {key}"

    def end(status, data=None):
        return Reply(status, data, time.monotonic() - start)

    try:
        with requests.post(
            url + PATH,
            json=body,
            headers=headers,
            timeout=seconds,
            allow_redirects=False,
            stream=True,
        ) as response:
            status, read = response.status_code, bytearray()
            # Byte by byte: a larger piece would be waited for, however slowly it comes.
            for piece in response.iter_content(1):
                read += piece
                if len(read) > MAX_BYTES:
                    return end(status)
                if time.monotonic() - start > seconds:
                    return end(0)
        return end(status, json.loads(read))
    except (requests.RequestException, OSError):
        return end(0)
    except (ValueError, RecursionError):
        return end(status)
