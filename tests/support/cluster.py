"""A PostgreSQL server of the test's own, to be ill-treated without harm to others."""

import getpass
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psycopg2

CONF = """
listen_addresses = ''
unix_socket_directories = '{folder}'
max_connections = 200
wal_level = minimal
max_wal_senders = 0
fsync = off
# So that the tests can tell what was committed before what.
track_commit_timestamp = on
"""


class Cluster:
    """The server and its folder.

    :ivar folder: where it listens, for PGHOST
    :ivar log: the path of its log
    """

    def __init__(self):
        self.binaries = Path(os.path.realpath(shutil.which("initdb"))).parent
        self.folder = Path(tempfile.mkdtemp(prefix="escalation-pg-"))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody", "nogroup")
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8"]
        options += ["--locale=C", "--locale-provider=builtin", "--no-sync"]
        self._run("initdb", "-D", self.data, "--builtin-locale=C.UTF-8", *options)
        with (self.data / "postgresql.auto.conf").open("w") as conf:
            conf.write(CONF.format(folder=self.folder))
        self.start()
        with closing(self._connect("postgres")) as connection:
            connection.autocommit = True
            user = os.environ.get("PGUSER") or getpass.getuser()
            connection.cursor().execute(f'CREATE ROLE "{user}" LOGIN SUPERUSER')

    def _unprivileged(self):
        """Return what runs a command as somebody whom PostgreSQL lets run it.

        For root that is nobody, who keeps the right to reach folders that are closed
        to others.
        """
        if os.geteuid() != 0:
            return []
        rights = "-all,+dac_override"
        return [
            *("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"),
            *("--securebits=+no_setuid_fixup", f"--inh-caps={rights}"),
            f"--ambient-caps={rights}",
        ]

    def _run(self, command, *args):
        done = subprocess.run(
            [*self._unprivileged(), self.binaries / command, *args],
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": "/"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert not done.returncode, f"{command}: {done.stdout}"

    def _connect(self, name):
        return psycopg2.connect(host=str(self.folder), dbname=name, user="postgres")

    def load(self, source, environment):
        """Take a database over from another server, under the same name.

        :param dict environment: how libpq reaches that server
        """
        with closing(self._connect("postgres")) as connection:
            connection.autocommit = True
            connection.cursor().execute(
                f'CREATE DATABASE "{source}" TEMPLATE template0'
            )
        with subprocess.Popen(
            ["pg_dump", source], env=environment, stdout=subprocess.PIPE
        ) as dump:
            subprocess.run(
                ["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, source],
                env={**os.environ, "PGHOST": str(self.folder), "PGPORT": "5432"},
                stdin=dump.stdout,
                check=True,
            )
        assert not dump.returncode

    def start(self):
        options = ["-D", self.data, "-l", self.log, "-w", "-t", "60"]
        self._run("pg_ctl", *options, "start")

    def restart(self, mode="fast", pause=0):
        """Stop the server and start it again.

        :param str mode: "fast" cuts the connections, "immediate" is a crash
        :param float pause: how many seconds it is away
        """
        self._run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")
        time.sleep(pause)
        self.start()

    def kill_connections(self, name):
        """End all connections to a database, as an administrator does."""
        with closing(self._connect("postgres")) as connection:
            connection.autocommit = True
            connection.cursor().execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = %s",
                [name],
            )

    def remove(self):
        self._run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.folder)
