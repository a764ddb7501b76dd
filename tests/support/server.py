"""A real Odoo server, its mail and its database, for tests and benchmarks."""

import email
import email.policy
import json
import logging
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import psycopg2
from aiosmtpd.controller import Controller

from odoo.tools import config

HOST = "127.0.0.1"


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def filestore(name):
    return Path(config["data_dir"], "filestore", name)


def query(database, statement, *args):
    """Run a statement in a database of its own connection, return its rows."""
    with closing(psycopg2.connect(dbname=database)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, args)
            return cursor.fetchall() if cursor.description else None


def keep_jobs_out(database, *but):
    """Let some jobs run when told to, and no others: nothing happens in between."""
    query(
        database,
        "UPDATE ir_cron SET nextcall = now() + interval '1 year', active = id IN "
        "(SELECT res_id FROM ir_model_data WHERE model = 'ir.cron' "
        "AND module || '.' || name IN %s)",
        but,
    )
    query(database, "DELETE FROM ir_cron_trigger")


class MailSink:
    """Collects the mail that is sent to ``port``, in a ``with`` statement.

    :ivar messages: parsed mails, the recipients of the envelope as a list in
        ``envelope_to``
    :ivar refuse: an SMTP answer such as ``"550 no such user"`` to give to each
        mail instead of taking it
    """

    def __init__(self):
        self.messages = []
        self.refuse = None
        self.port = free_port()

    def __enter__(self):
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        self.controller = Controller(self, hostname=HOST, port=self.port)
        self.controller.start()
        return self

    def __exit__(self, *_error):
        self.controller.stop()

    async def handle_DATA(self, server, session, envelope):
        if self.refuse:
            return self.refuse
        message = email.message_from_bytes(
            envelope.content, policy=email.policy.default
        )
        message.envelope_to = list(envelope.rcpt_tos)
        self.messages.append(message)
        return "250 OK"

    def wait(self, count, timeout=30):
        """Return the mails once there are ``count`` of them, else fail."""
        deadline = time.monotonic() + timeout
        while len(self.messages) < count:
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"{len(self.messages)} mails after {timeout} s, expected {count}"
                )
            time.sleep(0.05)
        return self.messages


class OdooServer:
    """An Odoo process on a database, its cron running in one thread.

    :ivar url: where it listens
    :ivar log: the path of its log
    :ivar timeout: how many seconds an answer may take
    """

    timeout = 60

    def __init__(self, database, smtp_port, log, *args):
        self.database = database
        self.log = log
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        command = [sys.executable, "-m", "odoo", "-d", database]
        command += [f"--db-filter=^{database}$", f"--http-port={self.port}"]
        command += ["--smtp=localhost", f"--smtp-port={smtp_port}"]
        command += ["--max-cron-threads=1", *args]
        with open(log, "ab") as stream:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_up(self, timeout=60):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/web/health", timeout=30):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"Odoo did not start:\n{self.log_text()[-3000:]}")

    def log_text(self):
        return Path(self.log).read_text(errors="replace")

    def wait_for_log(self, text, timeout=30):
        """Wait until the log holds a text, return the log."""
        deadline = time.monotonic() + timeout
        while text not in self.log_text():
            if time.monotonic() > deadline:
                raise AssertionError(f"{text!r} not in:\n{self.log_text()[-3000:]}")
            time.sleep(0.1)
        return self.log_text()

    def call(self, model, method, *args, login="admin", password=None, **kwargs):
        """Call a public method by RPC, as a user that logs in."""
        password = password or login
        uid = self.rpc("common", "login", self.database, login, password)
        assert uid, f"{login} cannot log in"
        return self.rpc(
            "object",
            "execute_kw",
            *(self.database, uid, password, model, method, args, kwargs),
        )

    def rpc(self, service, method, *args):
        params = {"service": service, "method": method, "args": args}
        request = urllib.request.Request(
            f"{self.url}/jsonrpc",
            json.dumps({"jsonrpc": "2.0", "params": params}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=self.timeout) as response:
            answer = json.load(response)
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["debug"])
        return answer["result"]

    def wake_cron(self):
        """Let the cron look for due jobs now instead of within a minute."""
        query("postgres", "SELECT pg_notify('cron_trigger', %s)", self.database)

    def make_due(self, xmlid):
        """Let the cron run a job when it looks next; return the job's id."""
        module, name = xmlid.split(".")
        ((job,),) = query(
            self.database,
            "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' "
            "- interval '1 second' FROM ir_model_data data "
            "WHERE data.module = %s AND data.name = %s AND data.model = 'ir.cron' "
            "AND data.res_id = ir_cron.id RETURNING ir_cron.id",
            module,
            name,
        )
        return job

    def run_cron(self, xmlid, timeout=60):
        """Make a job due, and wait until the server's cron has run it."""
        job = self.make_due(xmlid)
        deadline = time.monotonic() + timeout
        while query(
            self.database,
            "SELECT 1 FROM ir_cron WHERE id = %s "
            "AND nextcall <= now() AT TIME ZONE 'UTC'",
            job,
        ):
            if time.monotonic() > deadline:
                raise AssertionError(f"{xmlid} did not run within {timeout} s")
            self.wake_cron()
            time.sleep(0.2)

    def stop(self, kill=False):
        """End the server, as an administrator would or (kill) as a crash would."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
