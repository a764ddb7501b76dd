"""Calls addresses that people have entered: within limits, and only outside.

No address reaches the network behind the server, unless its host is allowed; nobody is
followed to another address; and whoever is slow is left.
"""

import queue
import socket
import threading
from collections import namedtuple
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from odoo.addons.helpdesk_escalation.tools.public_address import is_public

# To connect, and between two bytes of an answer.
STEP_SECONDS = 5
# For all of it.
CALL_SECONDS = 10
MAX_ADDRESS = 2000
DEFAULT_PORTS = {"http": 80, "https": 443}

Outcome = namedtuple("Outcome", ["status", "fault"])
Outcome.__doc__ = """What came of a call: the HTTP status, or a word for why there is
none: "unknown", "private", "timeout", "certificate" or "unreachable"."""

Address = namedtuple("Address", ["scheme", "host", "port", "target"])
Address.__doc__ = """The parts of an address; the target is the path with its query."""


class _PinnedAdapter(HTTPAdapter):
    """Goes to an address that was looked at, and expects the name's certificate."""

    def __init__(self, host):
        self._host = host
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        return super().init_poolmanager(
            *args, server_hostname=self._host, assert_hostname=self._host, **kwargs
        )


def parse_address(url):
    """Take an address apart.

    :return: the address, None where it is none that can be called
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").encode("idna").decode()
        port = parts.port or DEFAULT_PORTS[parts.scheme]
    except (KeyError, UnicodeError, ValueError):
        return None
    if not host or "@" in parts.netloc or len(url) > MAX_ADDRESS:
        return None
    if any(not character.isprintable() or character.isspace() for character in url):
        return None
    target = parts.path or "/"
    if parts.query:
        target = f"{target}?{parts.query}"
    return Address(parts.scheme, host, port, target)


def is_obviously_private(host):
    """Whether a host is in the own network, as far as its name tells."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not is_public(host)
    except ValueError:
        return False


def call(method, url, allowed_hosts, headers=None, body=None):
    """Call an address, for at most ``CALL_SECONDS``; it never raises.

    :param set allowed_hosts: hosts that may be in the own network, and without TLS
    :param bytes body: what to send
    :rtype: Outcome
    """
    answers = queue.SimpleQueue()

    def work():
        answers.put(_call(method, url, allowed_hosts, headers or {}, body))

    # Who sends byte by byte would hold on for ever, and a thread cannot be ended: it is
    # left to itself.
    threading.Thread(target=work, daemon=True).start()
    try:
        return answers.get(timeout=CALL_SECONDS)
    except queue.Empty:
        return Outcome(None, "timeout")


def _call(method, url, allowed_hosts, headers, body):
    try:
        address = parse_address(url)
        found = _look_up(address) if address else []
        if not found:
            return Outcome(None, "unknown")
        if address.host not in allowed_hosts and (
            address.scheme != "https" or not all(map(is_public, found))
        ):
            return Outcome(None, "private")
        return Outcome(_ask(method, address, found[0], headers, body), None)
    except requests.Timeout:
        return Outcome(None, "timeout")
    except requests.exceptions.SSLError:
        return Outcome(None, "certificate")
    except Exception:
        # What it says names the address, which may hold a secret.
        return Outcome(None, "unreachable")


def _look_up(address):
    """Return the IP addresses of a host, those of IPv4 first."""
    try:
        found = socket.getaddrinfo(address.host, address.port, proto=socket.IPPROTO_TCP)
    except OSError:
        return []
    found.sort(key=lambda one: one[0] != socket.AF_INET)
    return [one[4][0] for one in found]


def _ask(method, address, ip_address, headers, body):
    """Send a request to an IP address in the name of its host; return the status."""
    # By the IP address, as the name may mean another one the next time it is asked.
    host = f"[{ip_address}]" if ":" in ip_address else ip_address
    url = f"{address.scheme}://{host}:{address.port}{address.target}"
    name = f"[{address.host}]" if ":" in address.host else address.host
    if address.port != DEFAULT_PORTS[address.scheme]:
        name = f"{name}:{address.port}"
    with requests.Session() as session:
        # Neither a proxy nor somebody's password from the server's surroundings.
        session.trust_env = False
        session.mount("https://", _PinnedAdapter(address.host))
        with session.request(
            method,
            url,
            data=body,
            headers={**headers, "Host": name},
            timeout=STEP_SECONDS,
            allow_redirects=False,
            stream=True,
        ) as response:
            return response.status_code
