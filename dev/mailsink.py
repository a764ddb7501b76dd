"""A place for the demo's mail to go: an SMTP server that delivers to a folder, and a
web page to read it. Beside it a chat room, where Odoo posts as in Mattermost.

The mail catchers that people know are programs in Go, Ruby or Node, or run in Docker;
this is the web page on top of ``aiosmtpd``. Runs in the stack's Python, beside Odoo.

    mailsink.py FOLDER SMTP_PORT WEB_PORT
"""

import email
import email.policy
import html
import json
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}<style>
body {{ font: 15px/1.5 sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ border-bottom: 1px solid #ddd; padding: .4em .6em; text-align: left }}
iframe {{ border: 1px solid #ddd; height: 60vh; width: 100% }}
pre {{ white-space: pre-wrap }}
</style></head><body>{body}</body></html>"""
EMPTY = "<p>None so far. This page looks again by itself.</p>"
# The mail is untrusted: no script, no form, and links open in a new tab.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"


class Delivery:
    """Write each mail to the folder, the time in its name."""

    def __init__(self, folder):
        self.folder = folder

    async def handle_DATA(self, server, session, envelope):
        recipients = ", ".join(envelope.rcpt_tos)
        name = f"{time.time_ns()}.eml"
        partial = self.folder / f".{name}"
        partial.write_bytes(
            b"X-Envelope-To: " + recipients.encode() + b"\r\n" + envelope.content
        )
        partial.rename(self.folder / name)
        return "250 OK"


def read(path):
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def header(message, name):
    """A header as safe text, also when it is malformed."""
    try:
        return html.escape(str(message[name] or ""))
    except Exception:
        return "?"


def body(message, kind):
    part = message.get_body((kind,))
    try:
        return part.get_content() if part else None
    except (LookupError, ValueError):
        return part.get_payload()


class Pages(BaseHTTPRequestHandler):
    folder = None

    def do_POST(self):
        """Take what is posted in the chat room, in the form that Mattermost takes."""
        if not self.path.startswith("/hooks/"):
            return self.reply("No such room", status=404)
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        (self.folder / f"{time.time_ns()}.post").write_bytes(content)
        return self.reply("ok", kind="text/plain")

    def do_GET(self):
        name = self.path.strip("/").split("?")[0]
        if name == "chat":
            return self.reply(self.chat())
        stem, _dot, kind = name.partition(".")
        if not name:
            return self.reply(self.overview())
        path = self.folder / f"{stem}.eml"
        if not stem.isdigit() or not path.is_file():
            return self.reply("No such mail", status=404)
        if kind == "html":
            text = body(read(path), "html") or ""
            return self.reply(f'<base target="_blank">{text}', sandbox=True)
        if kind == "eml":
            return self.reply(path.read_text(errors="replace"), kind="text/plain")
        return self.reply(self.mail(stem, read(path)))

    def overview(self):
        rows = []
        for path in sorted(self.folder.glob("*.eml"), reverse=True)[:200]:
            message = read(path)
            when = time.strftime("%H:%M:%S", time.localtime(int(path.stem) / 1e9))
            subject = header(message, "Subject") or "(no subject)"
            rows.append(
                f"<tr><td>{when}</td><td>{header(message, 'X-Envelope-To')}</td>"
                f'<td><a href="/{path.stem}">{subject}</a></td></tr>'
            )
        table = "<tr><th>Time</th><th>To</th><th>Subject</th></tr>" + "".join(rows)
        count = len(list(self.folder.glob("*.post")))
        return PAGE.format(
            title="Mails",
            head='<meta http-equiv="refresh" content="5">',
            body=f'<p><a href="/chat">Chat room ({count})</a></p>'
            f"<h1>Mails ({len(rows)})</h1><table>{table}</table>"
            + ("" if rows else EMPTY),
        )

    def chat(self):
        """The latest posts at the top, with links that can be clicked."""
        posts = []
        for path in sorted(self.folder.glob("*.post"), reverse=True)[:200]:
            when = time.strftime("%H:%M:%S", time.localtime(int(path.stem) / 1e9))
            post = json.loads(path.read_bytes())
            text = html.escape(post.get("text", "")).replace("\r\n", "\n")
            text = re.sub(
                r"(https?://\S+)", r'<a href="\1" target="_blank">\1</a>', text
            )
            title, _newline, rest = text.partition("\n")
            name = html.escape(post.get("username", ""))
            posts.append(f"<pre><b>{name}</b> {when}\n<b>{title}</b>\n{rest}</pre><hr>")
        return PAGE.format(
            title="Chat room",
            head='<meta http-equiv="refresh" content="5">',
            body=f'<p><a href="/">All mails</a></p><h1>Chat room ({len(posts)})</h1>'
            + (
                "".join(posts) or "<p>None so far. This page looks again by itself.</p>"
            ),
        )

    def mail(self, stem, message):
        rows = "".join(
            f"<tr><th>{name}</th><td>{header(message, name)}</td></tr>"
            for name in ("From", "To", "X-Envelope-To", "Reply-To", "Subject", "Date")
        )
        if body(message, "html") is not None:
            text = f'<iframe sandbox="{SANDBOX}" src="/{stem}.html"></iframe>'
        else:
            text = f"<pre>{html.escape(body(message, 'plain') or '')}</pre>"
        return PAGE.format(
            title=header(message, "Subject"),
            head="",
            body=f'<p><a href="/">All mails</a> · <a href="/{stem}.eml">Source</a></p>'
            f"<table>{rows}</table><br>{text}",
        )

    def reply(self, text, status=200, kind="text/html", sandbox=False):
        data = text.encode(errors="replace")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if sandbox:
            self.send_header("Content-Security-Policy", f"sandbox {SANDBOX}")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


def main(folder, smtp_port, web_port):
    from aiosmtpd.controller import Controller

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    Controller(Delivery(folder), hostname="127.0.0.1", port=int(smtp_port)).start()
    Pages.folder = folder
    ThreadingHTTPServer(("127.0.0.1", int(web_port)), Pages).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
