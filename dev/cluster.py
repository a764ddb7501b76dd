"""The one starter of a PostgreSQL server, for the stack and for tests of their own.

Nothing ready-made fits. The server is the binaries of a wheel, whose own Python makes a
user of the system and opens folders to everybody when root starts it, and what else is
on PyPI for tests refuses root. The stack runs as anybody, root too, below any folder,
and its tests need a server that they may kill. The suite imports this as
``dev.cluster`` in another Python than the stack's commands do, so it imports nothing
else of ``dev/``.
"""

import hashlib
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

SUPERUSER = "postgres"
PORT = "5432"
SOCKET = f".s.PGSQL.{PORT}"
MAJOR_VERSION = "18"
# Nobody's data are worth a wait for the disk. That is as safe as ever when the server
# is killed, and only loses data when the machine is.
SETTINGS = {"listen_addresses": "", "max_connections": 200, "fsync": "off"}


class ClusterError(Exception):
    """The server, or a statement for it, failed; the output of the command."""


def run(*command):
    """Run a command, return what it says."""
    command = [str(part) for part in command]
    done = subprocess.run(
        command,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": "/"},
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ClusterError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def is_server(pid):
    """Whether a process is a server, and not only what its parent left of one."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    name, state = re.search(r"Name:\s*(.*)\n(?:.*\n)*?State:\s*(.)", status).groups()
    return "postgres" in name and state != "Z"


class Cluster:
    """A PostgreSQL server with a folder of its own, which it makes when it starts.

    :param Path binaries: the folder of ``initdb``, ``pg_ctl`` and ``psql``
    :param Path data: the server's folder
    :param role: the database user that it has for those who work with it
    :param settings: of the server, beside the common ones
    :ivar sockets: the folder where it listens, for PGHOST
    :ivar log: the path of its log
    """

    def __init__(self, binaries, data, role, settings):
        self.binaries = binaries
        self.data = data
        self.role = role
        self.settings = {**SETTINGS, **settings}
        self.sockets = data
        if len(str(data / SOCKET)) >= 100:
            # The path of a socket has to be short.
            name = hashlib.sha256(str(data).encode()).hexdigest()[:12]
            self.sockets = Path(f"/tmp/odoo-stack-{os.geteuid()}-{name}")
        self.log = data / "log"

    # Starting and stopping -----------------------------------------------------

    def is_running(self):
        if not (self.sockets / SOCKET).exists():
            return False
        return not subprocess.run(
            [self.binaries / "pg_isready", "-q", "-h", self.sockets, "-p", PORT],
            check=False,
        ).returncode

    def is_complete(self):
        """Whether its folder is there, of this version of PostgreSQL."""
        version = self.data / "PG_VERSION"
        return version.is_file() and version.read_text().strip() == MAJOR_VERSION

    def create(self):
        """Make its folder anew, which is there when it is complete."""
        new = self.data.with_name(f"{self.data.name}.new")
        for folder in (new, self.data):
            if folder.exists():
                shutil.rmtree(folder)
        self._own(new)
        self._run(
            "initdb",
            f"--pgdata={new}",
            f"--username={SUPERUSER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-sync",
        )
        new.rename(self.data)

    def start(self):
        if not self.is_complete():
            self.create()
        self._own(self.sockets)
        settings = {**self.settings, "unix_socket_directories": self.sockets}
        with (self.data / "postgresql.auto.conf").open("w") as conf:
            conf.writelines(f"{name} = '{settings[name]}'\n" for name in settings)
        self._forget_dead_server()
        self._control("-l", self.log, "-t", "60", "start")
        if not self.sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{self.role}'"):
            self.sql(f'CREATE ROLE "{self.role}" LOGIN SUPERUSER')

    def stop(self, mode="fast"):
        """Stop the server.

        :param mode: "fast" cuts the connections, "immediate" is a crash
        """
        self._control("-m", mode, "stop")

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    def _forget_dead_server(self):
        """Remove the locks of a server that was killed, if its number lives on."""
        lock = self.data / "postmaster.pid"
        if not lock.exists():
            return
        pid = lock.read_text().split()[0]
        for _attempt in range(20):
            if not is_server(pid):
                for path in (lock, self.sockets / f"{SOCKET}.lock"):
                    path.unlink(missing_ok=True)
                return
            if self.is_running():
                return
            time.sleep(0.5)

    # Working with it -----------------------------------------------------------

    def sql(self, statement, database="postgres"):
        """Run a statement as the superuser, return its rows as one text."""
        return run(
            self.binaries / "psql",
            *("-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement, "-d", database),
            *("-h", self.sockets, "-p", PORT, "-U", SUPERUSER),
        )

    # The user that it runs as --------------------------------------------------

    def _control(self, *args):
        self._run("pg_ctl", "-D", self.data, "-w", *args)

    def _run(self, command, *args):
        run(*self._get_unprivileged(), self.binaries / command, *args)

    def _get_unprivileged(self):
        """What to put before a command of the server, which refuses to be root.

        Root's server runs as the user nobody. It keeps one right of root, to reach
        folders below one that is closed to others (as temporary folders are).
        """
        if os.geteuid() != 0:
            return []
        if not shutil.which("setpriv"):
            raise ClusterError(
                "PostgreSQL does not run as root, and setpriv (util-linux) is "
                "missing: run as another user"
            )
        rights = "-all,+dac_override"
        command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        folders = {self.binaries, *self.binaries.parents, *self.data.parents}
        if not all(path.stat().st_mode & 0o005 == 0o005 for path in folders):
            command += ["--securebits=+no_setuid_fixup", f"--inh-caps={rights}"]
            command += [f"--ambient-caps={rights}"]
        return command

    def _own(self, folder):
        """Make a folder that is only the server's."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody", "nogroup")
