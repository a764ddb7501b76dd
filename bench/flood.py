"""Ten thousand tickets fall due at once on a real server, while people work with it."""

import asyncio
import json
import re
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import odoo_db
from measure import row

from odoo.fields import Command

HOST = "127.0.0.1"
# What Odoo grants a job before it ends the process: its limit_time_real_cron.
TIME_LIMIT = 120
JOB = "Helpdesk: escalate waiting tickets"
JOB_XMLID = "helpdesk_escalation.ir_cron_escalate"


class Server:
    """An Odoo process on a database, its cron running in one thread."""

    def __init__(self, database, log, smtp_port):
        self.database = database
        self.log = Path(log)
        self.port = odoo_db.free_port()
        with open(log, "wb") as stream:
            self.process = subprocess.Popen(
                odoo_db.odoo_command(
                    database,
                    f"--http-port={self.port}",
                    "--max-cron-threads=1",
                    "--smtp=localhost",
                    f"--smtp-port={smtp_port}",
                ),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"http://{HOST}:{self.port}/web/health").close()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.2)

    def rpc(self, service, method, *args):
        request = urllib.request.Request(
            f"http://{HOST}:{self.port}/jsonrpc",
            json.dumps(
                {
                    "jsonrpc": "2.0",
                    "params": {"service": service, "method": method, "args": args},
                }
            ).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=300) as response:
            answer = json.load(response)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

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

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Mailbox:
    """Takes all mail, and counts it."""

    def __init__(self):
        self.count = 0
        self.port = odoo_db.free_port()

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        await asyncio.sleep(0)
        return "250 OK"

    def __enter__(self):
        from aiosmtpd.controller import Controller

        self.controller = Controller(self, hostname=HOST, port=self.port)
        self.controller.start()
        return self

    def __exit__(self, *_error):
        self.controller.stop()


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
    with tempfile.TemporaryDirectory() as folder, Mailbox() as mailbox:
        server = Server(database, Path(folder, "odoo.log"), mailbox.port)
        try:
            return _measure(server, mailbox, count)
        finally:
            server.stop()


def _measure(server, mailbox, count):
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
    odoo_db.make_due(server.database, JOB_XMLID)
    worker.start()
    try:
        while not _all_told(server.database, count):
            if time.perf_counter() - start > 1800:
                raise RuntimeError(server.log.read_text()[-3000:])
            odoo_db.wake_cron(server.database)
            time.sleep(1)
        seconds = time.perf_counter() - start
    finally:
        done.set()
        worker.join()
    log = server.log.read_text()
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
