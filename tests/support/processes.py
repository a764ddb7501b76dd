"""Odoo processes that do one thing and end."""

import os
import re
import subprocess
import sys

TROUBLE = re.compile(r"^[-\d]+ [:,\d]+ \d+ (?:WARNING|ERROR|CRITICAL) .*", re.M)


def odoo(database, *args, code=None):
    """Let an Odoo process do something, and see that it has nothing to complain of."""
    command = [sys.executable, "-m", "odoo", *(["shell"] if code else [])]
    command += ["-d", database, "--no-http", "--stop-after-init", "--log-level=warn"]
    done = subprocess.run(
        [*command, *args],
        input=code,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "Traceback" not in done.stdout, done.stdout
    trouble = TROUBLE.findall(done.stdout)
    assert trouble == [], "\n".join(trouble)
