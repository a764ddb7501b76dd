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

import logging
import os
import shutil
import subprocess
import uuid
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import freezegun
import pytest

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.sql_db import close_db
from odoo.tests import BaseCase
from odoo.tools import config

from .support.cluster import Cluster
from .support.server import MailSink, OdooServer, filestore
from .support.torture import SEED, TORTURE

# How long a test takes is measured while its clock stands, too.
freezegun.configure(extend_ignore_list=["_pytest.timing"])

if not hasattr(BaseCase, "test_tags"):
    # Odoo tags the tests of its add-ons only; pytest-odoo reads the tags of all.
    BaseCase.test_tags = {"standard", "at_install"}

CORE = "helpdesk_escalation"
WINGS = (
    "ai",
    "analysis",
    "automation",
    "chat",
    "handover",
    "on_call",
    "personal",
    "sign_off",
    "webhook",
)
# The add-ons that the tests of a folder need; the other folders need all of these.
NEEDED = {"core": {CORE}, **{wing: {CORE, f"{CORE}_{wing}"} for wing in WINGS}}
INSTALLED = set(os.environ["ODOO_TEST_ADDONS"].split(","))


def is_installed(folder):
    """Whether the database has what the tests of a folder need."""
    if folder == "neighbours":
        # What only "make neighbours" has a database for.
        return bool(os.environ.get("NEIGHBOURS"))
    if folder == "model":
        # What only "make ai" has a server for.
        return bool(os.environ.get("MODEL_URL"))
    return NEEDED.get(folder, set.union(*NEEDED.values())) <= INSTALLED


def pytest_ignore_collect(collection_path):
    here = Path(__file__).parent
    if collection_path.parent == here and collection_path.is_dir():
        return None if is_installed(collection_path.name) else True
    return None


def pytest_collection_modifyitems(items):
    """Begin with the tests of real servers, so that none is the last to end."""
    items.sort(key=lambda item: item.path.parent.name != "system")


def pytest_report_header():
    return f"SEED={SEED}" + (" (long form)" if TORTURE else "")


# Logs -------------------------------------------------------------------------


# Whose warnings fail a test: ours, and beside them those of "make neighbours".
NEIGHBOURS = filter(None, os.environ.get("NEIGHBOURS", "").split(","))
LOUD = tuple(f"odoo.addons.{name}" for name in (CORE, *NEIGHBOURS))


class OurWarnings(logging.Handler):
    """Keeps what our own add-ons, and the neighbours, warn about."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        if record.name.startswith(LOUD):
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


@pytest.fixture(scope="session", autouse=True)
def own_filestore(load_registry):
    """Give each of several test processes files of its own, as it has a database.

    pytest-odoo lets them share one, where the one finds a file that the other has only
    begun to write.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    shared = filestore(os.environ["ODOO_TEST_NAME"])
    if not (worker and shared.is_dir()):
        yield
        return
    own = filestore(f"{shared.name}-{worker}")
    shutil.rmtree(own, ignore_errors=True)
    shutil.copytree(shared, own, copy_function=os.link)
    with patch.object(config, "filestore", return_value=str(own)):
        yield
    shutil.rmtree(own, ignore_errors=True)


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


@contextmanager
def copies():
    """A function that makes private copies, which are dropped at the end."""
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
def new_database():
    """A function that makes private copies of the freshly installed database.

    Or of another one, whose name it is given. They are dropped after the test. A copy
    takes about a second.
    """
    with copies() as create:
        yield create


@pytest.fixture(scope="module")
def module_database():
    """A private copy of the freshly installed database, for all tests of a module."""
    with copies() as create:
        yield create()


@pytest.fixture
def database(new_database):
    """The name of a private copy of the freshly installed database."""
    return new_database()


@pytest.fixture
def registry(database):
    """A registry of a private database, where transactions are real."""
    with pytest.MonkeyPatch.context() as patcher:
        # Otherwise Odoo runs its own tests while it loads.
        patcher.setitem(config._runtime_options, "test_enable", False)
        registry = Registry(database)
    yield registry
    Registry.delete(database)
    close_db(database)


@pytest.fixture
def begin(registry):
    """A function that begins a transaction of the system in a private database."""

    @contextmanager
    def transaction():
        with registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    return transaction


# Mail -------------------------------------------------------------------------


@pytest.fixture
def mail_sink():
    """A :class:`MailSink` that listens for the time of the test."""
    with MailSink() as sink:
        yield sink


# A real server ----------------------------------------------------------------


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
