"""A PostgreSQL server of the test's own, to be ill-treated without harm to others."""

import getpass
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from dev import cluster

SETTINGS = {
    "wal_level": "minimal",
    "max_wal_senders": 0,
    # So that the tests can tell what was committed before what.
    "track_commit_timestamp": "on",
}


class Cluster(cluster.Cluster):
    """The server that the stack has, once more."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="escalation-pg-"))
        super().__init__(
            binaries=Path(os.path.realpath(shutil.which("initdb"))).parent,
            data=self.folder / "data",
            role=os.environ.get("PGUSER") or getpass.getuser(),
            settings=SETTINGS,
        )
        self.start()

    def load(self, source, environment):
        """Take a database over from another server, under the same name.

        :param dict environment: how libpq reaches that server
        """
        self.sql(f'CREATE DATABASE "{source}" TEMPLATE template0')
        here = {"PGHOST": str(self.sockets), "PGPORT": cluster.PORT}
        with subprocess.Popen(
            ["pg_dump", source], env=environment, stdout=subprocess.PIPE
        ) as dump:
            subprocess.run(
                ["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, source],
                env={**os.environ, **here},
                stdin=dump.stdout,
                check=True,
            )
        assert not dump.returncode

    def remove(self):
        try:
            self.stop("immediate")
        finally:
            shutil.rmtree(self.folder)
