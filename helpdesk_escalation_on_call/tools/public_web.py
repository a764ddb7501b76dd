"""Fetches what somebody names, from the internet alone: never from our own network."""

import http.client
import socket
import ssl
from urllib.parse import urljoin, urlsplit

from odoo.addons.helpdesk_escalation.tools.public_address import is_public

SECONDS = 10
MOST_REDIRECTS = 3
REDIRECTS = {301, 302, 303, 307, 308}
HTTPS_PORT = 443


class WebFault(Exception):
    """It cannot be fetched; ``args[0]`` says why, as a key for a sentence."""


class PublicConnection(http.client.HTTPSConnection):
    """Connects to the very address that was checked: no name changes meanwhile."""

    def connect(self):
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = [one[-1][0] for one in found]
        if not addresses or not all(map(is_public, addresses)):
            raise WebFault("private")
        plain = socket.create_connection((addresses[0], self.port), self.timeout)
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(plain, server_hostname=self.host)


def fetch(url, most):
    """Return what is at an https address.

    :param int most: bytes that it may have
    :rtype: bytes
    :raise WebFault: "https", "private", "size", "status" or "connection"
    """
    for _attempt in range(MOST_REDIRECTS + 1):
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.username:
            raise WebFault("https")
        try:
            answer, body = _get(parts, most)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise WebFault("connection") from error
        if answer.status in REDIRECTS:
            url = urljoin(url, answer.getheader("Location") or "")
            continue
        if answer.status != http.client.OK:
            raise WebFault("status")
        if len(body) > most:
            raise WebFault("size")
        return body
    raise WebFault("status")


def _get(parts, most):
    connection = PublicConnection(
        parts.hostname, parts.port or HTTPS_PORT, timeout=SECONDS
    )
    try:
        path = parts.path or "/"
        connection.request("GET", f"{path}?{parts.query}" if parts.query else path)
        answer = connection.getresponse()
        return answer, answer.read(most + 1)
    finally:
        connection.close()
