"""Odoo processes that do one thing and end."""

import os
import re
import subprocess
import sys

TROUBLE = re.compile(r"^[-\d]+ [:,\d]+ \d+ (?:WARNING|ERROR|CRITICAL) .*", re.M)


def odoo(database, *args, code=None, known="$^"):
    """Let an Odoo process do something, and see that it has nothing to complain of.

    :param str known: what it complains of also without us
    """
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
    trouble = [
        line for line in TROUBLE.findall(done.stdout) if not re.search(known, line)
    ]
    assert trouble == [], "\n".join(trouble)
