"""A language model's server on this machine, which answers as it is told to."""

import json
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from odoo.tests.common import _super_send

from .common import EscalationCommon
from .server import HOST

SORTED = {
    "category": "unknown",
    "priority": "unknown",
    "team": "unknown",
    "tone": "Calm",
    "quote": "",
}

# Who may press these is tested in test_language_model.py.
SUMMARY_METHODS = {
    ("helpdesk.escalation.handover", "action_ai_leave"),
    ("helpdesk.escalation.handover", "action_ai_show"),
    ("helpdesk.escalation.handover", "action_ai_summarize"),
    ("helpdesk.escalation.handover", "action_ai_use"),
}


def completion(content, **more):
    """What a server answers, with some content of the model."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "whatever",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": content},
            }
        ],
        "usage": {"prompt_tokens": 90, "completion_tokens": 10, "total_tokens": 100},
        **more,
    }


class ModelServer:
    """Speaks OpenAI's protocol at ``url``, in a ``with`` statement.

    :ivar requests: the bodies it was sent, with their headers as ``headers``
    :ivar answer: called with the handler and the body; answers as it likes
    """

    def __init__(self):
        self.requests = []
        self.say({})
        self.closing = threading.Event()

    def __enter__(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                body = json.loads(self.rfile.read(length))
                headers = dict(self.headers)
                server.requests.append({**body, "path": self.path, "headers": headers})
                with suppress(OSError):
                    server.answer(self, body)

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer((HOST, 0), Handler)
        self.http.daemon_threads = True
        self.thread = threading.Thread(target=self.http.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_args):
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    @property
    def url(self):
        return f"http://{HOST}:{self.http.server_port}/v1"

    # How it answers ------------------------------------------------------------

    def send(self, handler, data, status=200, **headers):
        if not isinstance(data, bytes):
            data = json.dumps(data).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)

    def say(self, answer, **more):
        """Answer a question with some values, the others being unknown."""
        text = answer
        if isinstance(answer, dict):
            text = json.dumps({**SORTED, **answer})
        self.answer = lambda handler, body: self.send(handler, completion(text, **more))

    def reply(self, data, status=200, **headers):
        """Answer with anything."""
        self.answer = lambda handler, body: self.send(handler, data, status, **headers)

    def say_by_format(self, **by_format):
        """Answer according to the format that is asked for; None: fail with 500."""

        def answer(handler, body):
            style = body.get("response_format", {"type": "text"})["type"]
            text = by_format.get(style)
            if text is None:
                self.send(handler, {"error": {"message": "no grammar"}}, 500)
            else:
                self.send(handler, completion(text))

        self.answer = answer

    def hang(self):
        """Take the question and never answer."""
        self.answer = lambda handler, body: self.closing.wait(60)

    def drip(self):
        """Answer a byte at a time, and never end."""

        def answer(handler, body):
            handler.send_response(200)
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
            while not self.closing.wait(0.1):
                handler.wfile.write(b" ")

        self.answer = answer

    def pour(self):
        """Answer more than anybody would read."""

        def answer(handler, body):
            handler.send_response(200)
            handler.send_header("Content-Length", str(10**9))
            handler.end_headers()
            while not self.closing.is_set():
                handler.wfile.write(b'{"choices":' + b" " * 65536)

        self.answer = answer

    def hang_up(self):
        """Close the connection in the middle of an answer."""

        def answer(handler, body):
            handler.send_response(200)
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
            handler.wfile.write(b'{"choices": [')
            handler.wfile.flush()
            handler.connection.shutdown(socket.SHUT_RDWR)

        self.answer = answer


class ModelCommon(EscalationCommon):
    """A small helpdesk that asks a model, which answers as the test says."""

    @classmethod
    def _request_handler(cls, s, r, /, **kw):
        # Odoo would have a test wait ten seconds where a server does not answer.
        return _super_send(s, r, **kw)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.questions = cls.env["helpdesk.escalation.ai.request"]
        cls.proposals = cls.env["helpdesk.escalation.ai.proposal"]
        cls.job = cls.env.ref("helpdesk_escalation_ai.ir_cron_ask")
        cls.server = cls.enterClassContext(ModelServer())
        cls.hardware, cls.software = cls.env["helpdesk.ticket.category"].create(
            [{"name": "Hardware"}, {"name": "Software"}]
        )
        cls.engineering = cls.env["helpdesk.ticket.team"].create(
            {"name": "Engineering", "user_id": cls.leader.id}
        )
        cls._switch_on()

    def setUp(self):
        super().setUp()
        self.server.requests.clear()
        self.server.say({})

    @classmethod
    def _switch_on(cls, **values):
        """Set up the server as an administrator does."""
        settings = cls.env["res.config.settings"].create(
            {
                "escalation_ai_on": True,
                "escalation_ai_url": cls.server.url,
                "escalation_ai_model": "small",
                **{f"escalation_ai_{name}": value for name, value in values.items()},
            }
        )
        settings.execute()

    def _ask(self):
        """Let the real job ask what waits."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            result = self.job.method_direct_trigger()
        self.assertIs(result, True, "the job must never fail")
        self.env.invalidate_all()

    def _question(self, ticket):
        """The last question about a ticket."""
        return self.questions.search([("ticket_id", "=", ticket.id)], limit=1)

    def _proposed(self, ticket):
        """What is proposed for a ticket: {what: label}."""
        return {one.kind: one.label for one in ticket.escalation_ai_proposal_ids}

    def _sent(self):
        """What was sent last, as the model reads it."""
        return json.loads(self.server.requests[-1]["messages"][1]["content"])
