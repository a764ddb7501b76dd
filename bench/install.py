"""Installing on a helpdesk that is full and at work: how long, and who has to wait."""

import json
import subprocess
import sys
import time
from pathlib import Path

import odoo_db
from measure import row

# How long the bystander is watched before there is an installation.
QUIET_SECONDS = 3
INSTALL_LIMIT = 20
WORKS = {
    "post": "Posting on a ticket",
    "post_elsewhere": "Posting on a contact",
    "edit": "Editing an old message",
    "read": "Reading a list of tickets",
    "insert": "Inserting a message, in SQL alone",
}


class Bystander:
    """The other process of ``bystander.py``."""

    def __init__(self, database):
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("bystander.py"), database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("the bystander did not start")

    def stop(self):
        output, _errors = self.process.communicate("stop\n")
        return json.loads(output)


def measure(database, modules):
    """Install on a database, which has the addon afterwards, and read old messages."""
    ((tickets, messages),) = odoo_db.sql(
        database,
        "SELECT (SELECT COUNT(*) FROM helpdesk_ticket), "
        "(SELECT COUNT(*) FROM mail_message)",
    )
    bystander = Bystander(database)
    time.sleep(QUIET_SECONDS)
    quiet = bystander.stop()["longest"]
    seconds, told = install(database, modules)
    what = f"Install on {tickets:,} open tickets and {messages:,} messages"
    rows = [
        row(what, f"{seconds:.0f} s", f"{INSTALL_LIMIT} s", seconds <= INSTALL_LIMIT)
    ]
    rows += [
        row(
            f"{title} meanwhile, {told['turns']} times: the longest",
            f"{told['longest'][name]:.2f} s (without an install {quiet[name]:.2f} s)",
            "until it ends",
            told["longest"][name] <= seconds,
        )
        for name, title in WORKS.items()
    ]
    seconds, meanwhile = read(database)
    ((judged,),) = odoo_db.sql(
        database, "SELECT COUNT(*) FROM mail_message WHERE escalation_party IS NOT NULL"
    )
    rows.append(
        row("Afterwards, until old messages are read", f"{seconds:.0f} s, {judged:,}")
    )
    rows += [
        row(
            f"{title} meanwhile, {meanwhile['turns']} times: the longest",
            f"{meanwhile['longest'][name]:.2f} s",
            "1 s",
            meanwhile["longest"][name] <= 1,
        )
        for name, title in WORKS.items()
    ]
    return rows


def install(database, modules):
    """Install while somebody works; return how long it took, and what they tell."""
    bystander = Bystander(database)
    start = time.perf_counter()
    try:
        odoo_db.run_odoo(database, "-i", ",".join(modules))
        seconds = time.perf_counter() - start
    finally:
        told = bystander.stop()
    return seconds, told


def read(database):
    """Let the job read old messages while somebody works."""
    bystander = Bystander(database)
    start = time.perf_counter()
    try:
        odoo_db.read_messages(database)
        seconds = time.perf_counter() - start
    finally:
        told = bystander.stop()
    return seconds, told
