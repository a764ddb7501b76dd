"""Databases for the benchmarks, and Odoo in this process and in others.

Each thing measured gets a copy of its own, so that no part of a table depends on what
another one left behind.
"""

import os
import shutil
import subprocess
import sys
from contextlib import closing, contextmanager

import psycopg2

import odoo.init  # noqa: F401 (sets the process up: time zone, warnings)
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.sql_db import close_db

from tests.support.server import filestore


def sql(database, statement, *args):
    """Run a statement by itself, return its rows."""
    with closing(psycopg2.connect(dbname=database)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, args or None)
            return cursor.fetchall() if cursor.description else []


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


def run_odoo(database, *args):
    """Run Odoo to its end, and fail with its output if it fails."""
    command = [sys.executable, "-m", "odoo", "-d", database]
    done = subprocess.run(
        [*command, "--stop-after-init", "--no-http", *args],
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
