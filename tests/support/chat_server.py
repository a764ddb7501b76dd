"""A chat service on this machine, that keeps what is posted to it.

It answers what real ones answer: well, not at all, too late, or with a refusal.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        server = self.server
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        server.posts.append(
            {
                "path": self.path,
                "headers": dict(self.headers),
                "text": body.decode(),
            }
        )
        # Chosen before it waits: an answer that nobody waits for any more is not to
        # take the next test's.
        status = server.statuses.pop(0) if server.statuses else server.status
        headers = dict(server.headers)
        if server.before_answer:
            server.before_answer()
        if server.delay:
            time.sleep(server.delay)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args):
        pass


class ChatServer(ThreadingHTTPServer):
    """What it gets is in ``posts``, the latest last; see ``payloads`` for the JSON.

    :ivar int status: what it answers, after those in ``statuses``
    :ivar float delay: seconds before it answers
    :ivar before_answer: called with a message in its hands
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.posts = []
        self.statuses = []
        self.headers = {}
        self.status = 200
        self.delay = 0
        self.before_answer = None

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exception):
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """Whoever did not wait for the answer has hung up."""

    @property
    def host(self):
        return f"127.0.0.1:{self.server_port}"

    @property
    def payloads(self):
        return [json.loads(post["text"]) for post in self.posts]

    @property
    def texts(self):
        """All that people read, a text a post."""
        return [
            "\n".join(_read_words(payload)).replace("\r\n", "\n")
            for payload in self.payloads
        ]


def _read_words(value):
    """Find the words in what Slack, Mattermost, ntfy and Gotify get."""
    if isinstance(value, list):
        return [words for part in value for words in _read_words(part)]
    if not isinstance(value, dict):
        return []
    words = [value[name] for name in ("title", "text", "message") if value.get(name)]
    return words + _read_words(value.get("attachments"))
