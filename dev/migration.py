"""``make migration``: what becomes of a database of the last release.

The add-ons of a release (or of any commit) are installed with their demo data and run,
then upgraded to those of the present tree and run again. What people and the job had
written must still be there, nobody is notified a second time, the log says nothing, and
what is uninstalled in the end leaves no table behind.
"""

import subprocess

import databases
import install
import settings
from console import StackError, Step, run, say
from databases import sql
from settings import LOGS, REPO, STACK

OLD = STACK / "migration"
LOG = LOGS / "migration.log"
RELEASES = "v19.0.*"
# For Odoo's shell. The job has a transaction of its own.
RUN = """
def run():
    env.cr.commit()
    job = env.ref("helpdesk_escalation.ir_cron_escalate")
    assert job.method_direct_trigger() is True
    env.cr.rollback()

run()
incidents = env["helpdesk.escalation.incident"].search([])
assert not any(incidents.mapped("error")), incidents.mapped("error")
"""
# With the old add-ons, so it goes by names of the design only: escalations that are
# active, confirmed and resolved.
READ = """
reading = env["helpdesk.escalation.message.reading"]
while reading._is_pending():
    reading._cron_read_messages()
"""
USE = """
first, second, *_others = incidents.filtered(lambda one: one.state == "active")
first.with_user(env.ref("base.user_admin")).action_confirm()
second.ticket_id.stage_id = env["helpdesk.ticket.stage"].search(
    [("closed", "=", True)], limit=1
)
run()
"""
UNINSTALL = """
env.ref("base.module_helpdesk_escalation").button_immediate_uninstall()
"""
# What our add-ons keep, and what they write on records of others.
COLUMNS = """
    SELECT table_name, column_name
      FROM information_schema.columns
      JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
       AND column_name NOT IN ('write_date', 'write_uid')
       AND (table_name LIKE 'helpdesk_%' OR table_name LIKE '%escalation%'
            OR column_name LIKE '%escalation%'
            OR table_name IN ('mail_activity', 'mail_mail', 'mail_followers'))
  ORDER BY table_name, column_name
"""
TWICE = """
    SELECT incident_id, step_id, round, user_id, channel, COUNT(*)
      FROM helpdesk_escalation_notification
     WHERE state != 'skipped' AND step_id IS NOT NULL
  GROUP BY 1, 2, 3, 4, 5 HAVING COUNT(*) > 1
"""
LEFT = """
    SELECT relname FROM pg_class WHERE relname LIKE 'helpdesk_escalation%'
"""


def migration(args):
    """Install a commit, by default the newest release, upgrade, compare, uninstall."""
    ref = args[0] if args else newest_release()
    name = f"{settings.TEST_DB}_migration"
    before = f"{name}_before"
    install.remove(LOG)
    try:
        modules = check_out(ref)
        with Step(f"Install {ref} with demo data"):
            databases.drop(name)
            databases.copy(databases.base(demo=True), name)
            odoo(name, "-i", modules, "--with-demo", old=True)
        with Step("Let it run"):
            shell(name, READ + RUN + USE, old=True)
            databases.drop(before)
            databases.copy(name, before)
        install.remove(LOG)  # what it says of the old ones is theirs
        with Step("Upgrade to the present ones"):
            odoo(name, "-u", settings.CORE)
        changed = differences(before, name)
        with Step("Let them run, and uninstall them"):
            shell(name, RUN)
            twice = sql(TWICE, name)
            shell(name, UNINSTALL)
        databases.report_trouble(LOG)
        if left := sql(LEFT, name):
            raise StackError(f"left behind: {left}")
        if twice:
            raise StackError(f"notified twice: {twice}")
        if changed:
            for line in changed:
                say(f"    {line}")
            raise StackError("the upgrade has changed what was there")
    finally:
        databases.drop(name)
        databases.drop(before)
        install.remove(OLD)
    say(f"  {ref} upgrades")


def newest_release():
    """Name the newest release; before there is any, the commit before this one."""
    command = ["git", "describe", "--tags", "--abbrev=0", f"--match={RELEASES}"]
    done = subprocess.run(
        command, cwd=REPO, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "HEAD~1"


def check_out(ref):
    """Put the add-ons of a commit in a folder, return those that the demo shows."""
    install.remove(OLD)
    OLD.mkdir(parents=True)
    archive = OLD.with_suffix(".tar")
    try:
        run(
            ["git", "archive", f"--output={archive}", ref],
            log=LOG,
            advice="name a commit or a tag of this repository",
            cwd=REPO,
        )
        run(["tar", "-xf", archive, "-C", OLD], log=LOG, advice="run again")
    finally:
        install.remove(archive)
    return ",".join(name for name in settings.demo_modules() if (OLD / name).is_dir())


def odoo(name, *args, old=False, code=""):
    """Run Odoo with the add-ons of the present or the old tree."""
    _source, addons = settings.odoo_source()
    path = ",".join(map(str, [*addons, OLD if old else REPO]))
    command = ["shell"] if code else []
    options = ["-d", name, f"--addons-path={path}", "--no-http", "--stop-after-init"]
    databases.odoo(LOG, *command, *options, *args, code=code)


def shell(name, code, old=False):
    odoo(name, old=old, code=code)


def differences(before, after):
    """What the upgrade has changed of the rows that were there, as lines of text."""
    then, now = (columns(one) for one in (before, after))
    for table in sorted(then.keys() - now.keys()):
        say(f"    {table} is gone")
    changed = []
    for table in sorted(then.keys() & now.keys()):
        for column in sorted(then[table] - now[table]):
            say(f"    {table}.{column} is gone")
        both = sorted(then[table] & now[table])
        old, new = (rows(table, both, one) for one in (before, after))
        changed += [f"{table} {key} is gone" for key in sorted(old.keys() - new.keys())]
        for number, column in enumerate(both):
            keys = old.keys() & new.keys()
            keys = [key for key in keys if old[key][number] != new[key][number]]
            if keys:
                changed.append(f"{table}.{column} differs: {', '.join(sorted(keys))}")
    return changed


def columns(name):
    found = {}
    for table, column in sql(COLUMNS, name):
        found.setdefault(table, set()).add(column)
    return found


def rows(table, names, database):
    """The rows of a table as {key: hashes of the columns}."""
    hashes = [f'md5("{name}"::text)' for name in names]
    # What has no id is a relation of others: its row is its key.
    key = "id" if "id" in names else f"concat_ws('-', {', '.join(names)})"
    found = sql(f'SELECT {", ".join([key, *hashes])} FROM "{table}"', database)
    return {key: hashes for key, *hashes in found}
