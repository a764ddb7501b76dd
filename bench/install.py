"""Installing on a helpdesk that is full and at work: how long, and who has to wait.

The median of a quiet machine says nothing about an installation at noon. So a bystander
works meanwhile, in another process, which is this file run by itself:

    python -m bench.install DATABASE

Every 100 ms it writes on a ticket as Odoo does (a follower is mailed), writes on
another record, edits an old message, reads a list, and, in SQL alone, inserts a
message. It knows nothing of the addon, as a server that was there before. When its
input ends it prints, as JSON, the longest time of each, in seconds.
"""

import json
import select
import subprocess
import sys
import time
from pathlib import Path

from psycopg2 import errors

from odoo.tools import config

from . import odoo_db
from .measure import row

REPO = Path(__file__).resolve().parent.parent

# How long the bystander is watched before there is an installation.
QUIET_SECONDS = 3
PAUSE = 0.1
INSTALL_LIMIT = 20
WORKS = {
    "post": "Posting on a ticket",
    "post_elsewhere": "Posting on a contact",
    "edit": "Editing an old message",
    "read": "Reading a list of tickets",
    "insert": "Inserting a message, in SQL alone",
}


class Bystander:
    """The process of the bystander."""

    def __init__(self, database):
        self.process = subprocess.Popen(
            [sys.executable, "-m", __name__, database],
            cwd=REPO,
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


# The bystander ------------------------------------------------------------------


def works(env):
    """What is done, each in a transaction of its own."""
    tickets = env["helpdesk.ticket"].search([], limit=500, order="id desc")
    agents = tickets.user_id
    partner = agents[0].partner_id
    messages = env["mail.message"].search(
        [("model", "=", "helpdesk.ticket"), ("message_type", "=", "comment")],
        limit=500,
    )
    tickets.message_subscribe(partner.ids)
    env.cr.commit()

    def post(env, turn):
        ticket = tickets[turn % len(tickets)].with_env(env)
        ticket.with_user(ticket.user_id).message_post(
            body="On it", message_type="comment", subtype_xmlid="mail.mt_comment"
        )

    def post_elsewhere(env, turn):
        partner.with_env(env).message_post(body="Called back")

    def edit(env, turn):
        messages[turn % len(messages)].with_env(env).write({"body": f"Edit {turn}"})

    def read(env, turn):
        env["helpdesk.ticket"].search_read([], ["name", "partner_id"], limit=80)

    def insert(env, turn):
        env.cr.execute(
            "INSERT INTO mail_message (model, res_id, message_type, create_date) "
            "VALUES ('helpdesk.ticket', %s, 'notification', now())",
            [tickets[turn % len(tickets)].id],
        )

    return [post, post_elsewhere, edit, read, insert]


def main(database):
    with odoo_db.environment(database, mail_notify_force_send=False) as env:
        todo = works(env)
        longest = {work.__name__: 0 for work in todo}
        for turn, work in enumerate([*todo, *todo]):
            work(env, turn)
            env.cr.commit()
        print("ready", flush=True)
        turn = 0
        while not select.select([sys.stdin], [], [], PAUSE)[0]:
            turn += 1
            for work in todo:
                start = time.perf_counter()
                try:
                    work(env, turn)
                    env.flush_all()
                    env.cr.commit()
                except (errors.SerializationFailure, errors.DeadlockDetected):
                    # Odoo's server tries again by itself.
                    env.cr.rollback()
                longest[work.__name__] = max(
                    longest[work.__name__], time.perf_counter() - start
                )
    print(json.dumps({"longest": longest, "turns": turn}))


if __name__ == "__main__":
    config.parse_config([], setup_logging=False)
    main(sys.argv[1])
