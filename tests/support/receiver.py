"""Another system on loopback: it keeps what it is sent, and answers as it is told."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

from .server import HOST


class Receiver:
    """Listens at ``url``, in a ``with`` statement.

    :ivar list got: what was sent, each with ``method``, ``path``, ``headers``, ``body``
        (bytes) and ``message`` (the parsed JSON)
    :ivar int status: what it answers; or a function of the request that returns it
    :ivar float patience: seconds it waits before it answers
    :ivar dict answer_headers: more headers to answer with
    :ivar bool drips: it sends its answer byte by byte, and never comes to an end
    """

    def __init__(self):
        self.got = []
        self.status = 200
        self.patience = 0
        self.answer_headers = {}
        self.drips = False

    def __enter__(self):
        self.server = ThreadingHTTPServer((HOST, 0), self._make_handler())
        self.server.daemon_threads = True
        self.url = f"http://{HOST}:{self.server.server_port}/hooks/s3cret-token"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.drips = False
        self.server.shutdown()
        self.server.server_close()

    @property
    def messages(self):
        return [request.message for request in self.got]

    @property
    def events(self):
        return [message["type"] for message in self.messages]

    def _make_handler(receiver):
        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request = SimpleNamespace(
                    method=self.command,
                    path=self.path,
                    headers=dict(self.headers),
                    body=body,
                    message=json.loads(body) if body else None,
                )
                receiver.got.append(request)
                time.sleep(receiver.patience)
                if receiver.drips:
                    self.drip()
                    return
                status = receiver.status
                self.send_response(status(request) if callable(status) else status)
                for name, value in receiver.answer_headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def drip(self):
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while receiver.drips:
                    self.wfile.write(b"x")
                    time.sleep(0.2)

            do_GET = do_POST = answer

            def log_message(self, *_args):
                pass

        return Handler
