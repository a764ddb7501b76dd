"""Where Odoo sends its SMS: a server on loopback that speaks as the real one does."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SmsServer:
    """Takes texts as Odoo's SMS service does, in a ``with`` statement.

    :ivar url: for the parameter ``sms.endpoint``
    :ivar texts: (number, text) of all that was taken
    :ivar answers: what is answered for a number instead of ``"success"``, such as
        ``"insufficient_credit"``
    :ivar is_broken: whether it answers nothing but an error of its own
    """

    def __init__(self):
        self.texts = []
        self.answers = {}
        self.is_broken = False

    def __enter__(self):
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                owner._take(self, json.loads(self.rfile.read(length)))

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()

    def _take(self, handler, request):
        if self.is_broken or handler.path != "/api/sms/3/send":
            handler.send_error(500)
            return
        results = []
        for message in request["params"]["messages"]:
            for number in message["numbers"]:
                state = self.answers.get(number["number"], "success")
                if state == "success":
                    self.texts.append((number["number"], message["content"]))
                results.append({"uuid": number["uuid"], "state": state, "credit": 1})
        answer = {"jsonrpc": "2.0", "id": request["id"], "result": results}
        content = json.dumps(answer).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)
