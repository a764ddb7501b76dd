"""What the suite needs of pytest: "make test" gives it a database and a real Odoo.

Most tests are ordinary Odoo test classes. For what only shows with a running server
(its cron, two servers at once, real mail) there are fixtures for plain functions:

    def test_it_mails(database, mail_sink, odoo_server):
        server = odoo_server(database)
        server.call("helpdesk.ticket", "create", [{...}])
        server.run_cron("helpdesk_escalation.ir_cron_escalate")
        (mail,) = mail_sink.wait(1)
        assert mail["Subject"] == "..."

A record that our own add-ons log at WARNING or above fails the test it happens in;
where it is expected, catch it with ``assertLogs`` or ``mute_logger``.
"""

import email
import email.policy
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest

from odoo.tests import BaseCase
from odoo.tools import config

from .support.cluster import Cluster
from .support.torture import SEED, TORTURE

if not hasattr(BaseCase, "test_tags"):
    # Odoo tags the tests of its add-ons only; pytest-odoo reads the tags of all.
    BaseCase.test_tags = {"standard", "at_install"}

HOST = "127.0.0.1"
CORE = "helpdesk_escalation"
# The add-ons that the tests of a folder need; those that are missing need all of them.
NEEDED = {
    "core": {CORE},
    **{
        wing: {CORE, f"{CORE}_{wing}"}
        for wing in ("analysis", "automation", "handover", "sign_off")
    },
}
ALL = {
    path.parent.name
    for path in Path(__file__).parents[1].glob(f"{CORE}*/__manifest__.py")
}
INSTALLED = set(os.environ["ODOO_TEST_ADDONS"].split(","))


def is_installed(folder):
    """Whether the database has what the tests of a folder need."""
    if folder == "neighbours":
        # What only "make neighbours" has a database for.
        return bool(os.environ.get("NEIGHBOURS"))
    return NEEDED.get(folder, ALL) <= INSTALLED


def pytest_ignore_collect(collection_path):
    here = Path(__file__).parent
    if collection_path.parent == here and collection_path.is_dir():
        return None if is_installed(collection_path.name) else True
    return None


def pytest_report_header():
    return f"SEED={SEED}" + (" (long form)" if TORTURE else "")


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


# Logs -------------------------------------------------------------------------


class OurWarnings(logging.Handler):
    """Keeps what our own add-ons warn about."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        if record.name.startswith("odoo.addons.helpdesk_escalation"):
            self.lines.append(
                f"{record.levelname} {record.name}: {self.format(record)}"
            )


@pytest.fixture(autouse=True)
def our_warnings():
    handler = OurWarnings()
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    if handler.lines:
        pytest.fail("logged unexpectedly:\n" + "\n".join(handler.lines), pytrace=False)


# Databases --------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster():
    """A PostgreSQL server of the module's own, with the freshly installed database.

    All that the module's tests and their servers do goes there.
    """
    with private_cluster() as cluster:
        yield cluster


@contextmanager
def private_cluster():
    cluster = Cluster()
    try:
        with pytest.MonkeyPatch.context() as patcher:
            elsewhere = dict(os.environ)
            patcher.setenv("PGHOST", str(cluster.sockets))
            patcher.setenv("PGPORT", "5432")
            cluster.load(os.environ["ODOO_TEST_SOURCE"], elsewhere)
            yield cluster
    finally:
        cluster.remove()


def filestore(name):
    return Path(config["data_dir"], "filestore", name)


@pytest.fixture
def new_database():
    """A function that makes private copies of the freshly installed database.

    Or of another one, whose name it is given. They are dropped after the test. A copy
    takes about a second.
    """
    names = []

    def create(source=os.environ["ODOO_TEST_SOURCE"]):
        name = f"{os.environ['ODOO_TEST_NAME']}_{uuid.uuid4().hex[:8]}"
        names.append(name)
        subprocess.run(["createdb", "-T", source, name], check=True)
        if filestore(source).is_dir():
            shutil.copytree(filestore(source), filestore(name), copy_function=os.link)
        return name

    yield create
    for name in names:
        subprocess.run(["dropdb", "--if-exists", "--force", name], check=True)
        shutil.rmtree(filestore(name), ignore_errors=True)


@pytest.fixture
def database(new_database):
    """The name of a private copy of the freshly installed database."""
    return new_database()


def query(database, statement, *args):
    """Run a statement in a database of its own connection, return its rows."""
    with closing(psycopg2.connect(dbname=database)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, args)
            return cursor.fetchall() if cursor.description else None


# Mail -------------------------------------------------------------------------


class MailSink:
    """Collects the mail that is sent to ``port``.

    :ivar messages: parsed mails, the recipients of the envelope as a list in
        ``envelope_to``
    :ivar refuse: an SMTP answer such as ``"550 no such user"`` to give to each
        mail instead of taking it
    """

    def __init__(self):
        self.messages = []
        self.refuse = None
        self.port = free_port()

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


@pytest.fixture
def mail_sink():
    """A :class:`MailSink` that listens for the time of the test."""
    from aiosmtpd.controller import Controller

    logging.getLogger("mail.log").setLevel(logging.WARNING)
    sink = MailSink()
    controller = Controller(sink, hostname=HOST, port=sink.port)
    controller.start()
    yield sink
    controller.stop()


# A real server ----------------------------------------------------------------


class OdooServer:
    """An Odoo process on a database, its cron running in one thread.

    :ivar url: where it listens
    :ivar log: the path of its log
    """

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
        uid = self._rpc("common", "login", self.database, login, password)
        assert uid, f"{login} cannot log in"
        return self._rpc(
            "object",
            "execute_kw",
            *(self.database, uid, password, model, method, args, kwargs),
        )

    def _rpc(self, service, method, *args):
        params = {"service": service, "method": method, "args": args}
        request = urllib.request.Request(
            f"{self.url}/jsonrpc",
            json.dumps({"jsonrpc": "2.0", "params": params}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["debug"])
        return answer["result"]

    def wake_cron(self):
        """Let the cron look for due jobs now instead of within a minute."""
        query("postgres", "SELECT pg_notify('cron_trigger', %s)", self.database)

    def run_cron(self, xmlid, timeout=60):
        """Make a job due, and wait until the server's cron has run it."""
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


@pytest.fixture
def odoo_server(request, mail_sink, tmp_path):
    """A function that starts an :class:`OdooServer` and waits until it answers.

    ``odoo_server(database, *args)``: the arguments are Odoo's. Its mail goes to
    ``mail_sink``. Several may run at once, also on the same database.
    """
    servers = []

    def start(database, *args):
        log = tmp_path / f"odoo-{len(servers)}.log"
        server = OdooServer(database, mail_sink.port, log, *args)
        servers.append(server)
        server.wait_until_up()
        return server

    yield start
    for server in servers:
        server.stop()
