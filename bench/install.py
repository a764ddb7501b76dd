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
    """Install on a database, which has the addon afterwards."""
    ((tickets, messages),) = odoo_db.sql(
        database,
        "SELECT (SELECT COUNT(*) FROM helpdesk_ticket), "
        "(SELECT COUNT(*) FROM mail_message)",
    )
    before = Bystander(database)
    time.sleep(QUIET_SECONDS)
    quiet = before.stop()["longest"]
    bystander = Bystander(database)
    start = time.perf_counter()
    try:
        odoo_db.run_odoo(database, "-i", ",".join(modules))
        seconds = time.perf_counter() - start
    finally:
        told = bystander.stop()
    ((judged,),) = odoo_db.sql(
        database, "SELECT COUNT(*) FROM mail_message WHERE escalation_party IS NOT NULL"
    )
    longest = told["longest"]
    names = {
        "post": "Posting on a ticket",
        "post_elsewhere": "Posting on a contact",
        "edit": "Editing an old message",
        "read": "Reading a list of tickets",
        "insert": "Inserting a message, in SQL alone",
    }
    what = f"Install on {tickets:,} open tickets and {messages:,} messages"
    rows = [row(what, f"{seconds:.0f} s, {judged:,} messages judged")]
    for name, title in names.items():
        rows.append(
            row(
                f"{title} meanwhile, {told['turns']} times: the longest",
                f"{longest[name]:.2f} s (without an install {quiet[name]:.2f} s)",
                "1 s",
                longest[name] <= 1,
            )
        )
    return rows
