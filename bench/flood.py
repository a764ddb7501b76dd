"""Ten thousand tickets fall due at once on a real server, while people work with it.

What no run in this process shows: the job's time limit, the server's memory, and how
long others wait for an answer.
"""

import re
import statistics
import tempfile
import threading
import time
from pathlib import Path

from odoo.fields import Command

from tests.support.server import MailSink, OdooServer

from . import odoo_db
from .measure import row

# What Odoo grants a job before it ends the process: its limit_time_real_cron.
TIME_LIMIT = 120
JOB = "Helpdesk: escalate waiting tickets"
JOB_XMLID = "helpdesk_escalation.ir_cron_escalate"


class Server(OdooServer):
    """An Odoo process on a database, its cron running in one thread."""

    timeout = 300

    def read_list(self):
        """A simple request: what the list of tickets asks for."""
        start = time.perf_counter()
        self.rpc(
            "object",
            "execute_kw",
            *(self.database, 2, "admin", "helpdesk.ticket", "search_read"),
            *([[]], {"fields": ["name", "partner_id"], "limit": 80}),
        )
        return time.perf_counter() - start

    def memory(self):
        """Megabytes: the most it ever had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def prepare(database, count):
    """Let the clients of some tickets wait too long; return whom it concerns."""
    with odoo_db.environment(database) as env:
        policy = env["helpdesk.escalation.policy"].create(
            {
                "name": "Flood",
                "step_ids": [
                    Command.create({"delay": 0, "recipient": "responsible"}),
                    Command.create(
                        {"delay": 1, "recipient": "team_leader", "channel": "email"}
                    ),
                ],
            }
        )
        # Of the other jobs, Odoo's digest counts a million messages for minutes.
        jobs = env.ref(JOB_XMLID) + env.ref("mail.ir_cron_mail_scheduler_action")
        (env["ir.cron"].search([]) - jobs).active = False
        env.flush_all()
        # A policy of the ticket's own counts whenever the wait began. The client has
        # the last word on every other ticket.
        env.cr.execute(
            """
            UPDATE helpdesk_ticket SET escalation_policy_id = %s
             WHERE id IN (SELECT id FROM helpdesk_ticket
                           WHERE id %% 2 = 1 ORDER BY id LIMIT %s)
            """,
            [policy.id, count],
        )
        env.cr.commit()
    odoo_db.vacuum(database)


def measure(database, count):
    prepare(database, count)
    with tempfile.TemporaryDirectory() as folder, MailSink() as mailbox:
        server = Server(database, mailbox.port, Path(folder, "odoo.log"))
        try:
            server.wait_until_up(120)
            return _measure(server, count)
        finally:
            server.stop()


def _measure(server, count):
    for _warm_up in range(3):
        server.read_list()
    before = [server.read_list() for _time in range(20)]
    memory_before = server.memory()
    latencies = []
    done = threading.Event()

    def people():
        while not done.wait(0.2):
            latencies.append(server.read_list())

    worker = threading.Thread(target=people)
    start = time.perf_counter()
    server.make_due(JOB_XMLID)
    worker.start()
    try:
        while not _all_told(server.database, count):
            if time.perf_counter() - start > 1800:
                raise RuntimeError(server.log_text()[-3000:])
            server.wake_cron()
            time.sleep(1)
        seconds = time.perf_counter() - start
    finally:
        done.set()
        worker.join()
    log = server.log_text()
    loops, durations = zip(*_jobs(log), strict=True)
    ((mails, told),) = odoo_db.sql(
        server.database,
        "SELECT COUNT(DISTINCT mail_id), COUNT(*) "
        "FROM helpdesk_escalation_notification "
        "WHERE channel = 'email' AND queued_date IS NOT NULL",
    )
    ((people_told,),) = odoo_db.sql(
        server.database,
        "SELECT COUNT(DISTINCT user_id) FROM helpdesk_escalation_notification "
        "WHERE channel = 'email'",
    )
    bad = [
        line
        for line in log.splitlines()
        if re.search(" (WARNING|ERROR) ", line) and "deprecated" not in line
    ]
    return [
        row(
            f"{count:,} tickets due at once: all incidents, activities, mails written",
            f"{seconds:.0f} s, {count / seconds:.0f} a second, "
            f"{sum(loops)} runs in {len(loops)} calls of the job, {len(bad)} warnings",
        ),
        row(
            "The longest call of the job",
            f"{max(durations):.0f} s",
            f"{TIME_LIMIT} s",
            max(durations) <= TIME_LIMIT,
        ),
        row(
            "The server's memory at its peak",
            f"{server.memory():.0f} MB (before {memory_before:.0f} MB)",
        ),
        row(
            f"Mails for {told:,} tickets to {people_told} people",
            f"{mails} digests",
            "digests",
            mails * 5 < told,
        ),
        row(
            f"A request meanwhile, {len(latencies)} times",
            f"median {1000 * statistics.median(latencies):.0f} ms, longest "
            f"{1000 * max(latencies):.0f} ms (before: "
            f"{1000 * statistics.median(before):.0f} ms)",
        ),
    ]


def _all_told(database, count):
    ((opened, unwritten),) = odoo_db.sql(
        database,
        "SELECT (SELECT COUNT(*) FROM helpdesk_escalation_incident), "
        "(SELECT COUNT(*) FROM helpdesk_escalation_notification "
        "WHERE channel = 'email' AND state = 'pending' AND queued_date IS NULL)",
    )
    return opened >= count and not unwritten


def _jobs(log):
    """How many runs each call of the job made, and how many seconds it took."""
    return [
        (int(loops), float(seconds))
        for loops, seconds in re.findall(
            rf"Job '{JOB}' .*#loop (\d+); .*duration ([\d.]+)s", log
        )
    ]
