"""Databases and Odoo processes for the benchmarks; all in the stack's Python."""

import os
import shutil
import socket
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2

import odoo.init  # noqa: F401 (sets the process up: time zone, warnings)
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.sql_db import close_db
from odoo.tools import config


def sql(database, statement, *args):
    """Run a statement by itself, return its rows."""
    with closing(psycopg2.connect(dbname=database)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, args or None)
            return cursor.fetchall() if cursor.description else []


def filestore(name):
    return Path(config["data_dir"], "filestore", name)


def copy(source, target):
    close_db(source)
    drop(target)
    sql(
        "postgres", f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY FILE_COPY'
    )
    if filestore(source).is_dir():
        # Odoo never changes a stored file: a second name for it is enough.
        shutil.copytree(filestore(source), filestore(target), copy_function=os.link)


def drop(name):
    Registry.delete(name)
    close_db(name)
    sql("postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(filestore(name), ignore_errors=True)


def vacuum(name):
    sql(name, "VACUUM ANALYZE")


def pack(name):
    """Write the big tables anew: adding a column leaves half of a table empty."""
    sql(name, "VACUUM FULL helpdesk_ticket, mail_message")
    vacuum(name)


@contextmanager
def environment(database, **context):
    """Work in a database as Odoo's own account; what is not committed is lost."""
    with Registry(database).cursor() as cr:
        yield Environment(cr, SUPERUSER_ID, context)
        cr.rollback()


def odoo_command(database, *args):
    return [
        *(sys.executable, "-m", "odoo", "-d", database, f"--db-filter=^{database}$"),
        *args,
    ]


def run_odoo(database, *args):
    """Run Odoo to its end, and fail with its output if it fails."""
    done = subprocess.run(
        odoo_command(database, "--stop-after-init", "--no-http", *args),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode or " ERROR " in done.stdout:
        raise RuntimeError(done.stdout[-5000:])
    return done.stdout


def read_messages(database):
    """Let the addon's job read the messages that were there before it."""
    with environment(database) as env:
        reading = env["helpdesk.escalation.message.reading"]
        while reading._is_pending():
            reading._cron_read_messages()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_due(database, xmlid):
    """Let the server's cron run a job now."""
    sql(
        database,
        """
        UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' FROM ir_model_data data
         WHERE data.module || '.' || data.name = %s AND data.res_id = ir_cron.id
           AND data.model = 'ir.cron'
        """,
        xmlid,
    )


def wake_cron(database):
    """Let the server's cron look for due jobs now instead of within a minute."""
    sql("postgres", "SELECT pg_notify('cron_trigger', %s)", database)
