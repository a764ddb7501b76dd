"""The way out to other servers: nowhere into the network behind this one.

Whose address it is, a name may lead anywhere, and to another place a moment later. So
it is at the connection itself that is asked where it goes, by Python's own audit events
(PEP 578), and only for what is sent within ``open_passage``.
"""

import ipaddress
import logging
import re
import socket
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit
from urllib.request import getproxies

from odoo.addons.helpdesk_escalation.tools.public_address import is_public

# What a service has answered, in the words of apprise.
_ANSWER = re.compile(r"\berror=(\d{3})\b")
# They write addresses into the log, and what is wrong with them.
_TALKATIVE = ("apprise", "requests", "urllib3.connectionpool")


class Passage:
    """What may be reached while something is sent, and what came of it.

    :ivar networks: networks that may be reached though they are private
    :ivar bool is_refused: whether a connection was refused
    :ivar int status: the last answer of a service that was not what it should be
    """

    def __init__(self, networks):
        self.networks = networks
        self.is_refused = False
        self.status = None

    def check(self, address):
        """Refuse a connection to what is not public.

        :raise OSError: which ends the connection like any other fault
        """
        try:
            found = ipaddress.ip_address(address[0])
        except (ValueError, TypeError, IndexError):
            # A socket of this very machine.
            found = None
        if found and (
            is_public(found) or any(found in network for network in self.networks)
        ):
            return
        self.is_refused = True
        raise OSError("Not a public address")


def read_hosts(text):
    """Read a list of hosts and networks.

    :param str text: names, addresses or networks, separated by commas or spaces
    :return: the names and the networks
    :raise ValueError: where a part is neither; it names that
    """
    names, networks = [], []
    for part in re.split(r"[\s,;]+", text or ""):
        try:
            if part:
                networks.append(ipaddress.ip_network(part, strict=False))
        except ValueError:
            if not re.fullmatch(r"(?=.*[a-z])[a-z0-9_-]+(\.[a-z0-9_-]+)*", part, re.I):
                raise ValueError(part) from None
            names.append(part)
    return names, networks


def resolve(name):
    """Return the addresses of a name as networks; none where there are none."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [ipaddress.ip_network(entry[4][0].partition("%")[0]) for entry in found]


_open = ContextVar("helpdesk_escalation_chat_passage", default=None)
_is_watching = []


def _watch():
    """Look at connections from now on: those of an open passage alone."""
    if _is_watching:
        return
    _is_watching.append(True)

    def hook(event, args, get=_open.get):
        if event == "socket.connect":
            passage = get()
            if passage:
                passage.check(args[1])

    sys.addaudithook(hook)
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_keep_quiet)


def _keep_quiet(record):
    """Keep what is sent out of the log, but for what the service has answered."""
    passage = _open.get()
    if passage is None:
        return True
    try:
        answer = _ANSWER.search(record.getMessage())
    except Exception:
        answer = None
    if answer:
        passage.status = int(answer[1])
    return False


@contextmanager
def open_passage(hosts):
    """Let the code within reach public addresses, and log nothing of it.

    The proxies that the server is told to use are reached wherever they are.

    :param str hosts: names and networks that may be reached though they are private
    """
    names, networks = read_hosts(hosts)
    names += filter(None, (urlsplit(proxy).hostname for proxy in getproxies().values()))
    for name in names:
        networks += resolve(name)
    _watch()
    passage = Passage(networks)
    token = _open.set(passage)
    try:
        yield passage
    finally:
        _open.reset(token)
