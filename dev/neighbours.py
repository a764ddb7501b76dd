"""``make neighbours``: other people's add-ons beside all of ours.

Each one in turn is installed in a copy of the database that has all of ours. There
its stories run, and then (``tests/neighbours/test_life.py``, again in copies) it is
taken off while escalations are open, and so are ours beside it. At the end all of them
are there at once, for the whole of the core's stories. What warns on the way fails,
whoever warns. To add one: its pin in ``requirements-neighbours.txt`` unless it is
Odoo's own, a line here, and what is particular to it in
``tests/neighbours/test_<name>.py``.
"""

from xml.etree import ElementTree

import databases
import install
import settings
from console import StackError, say

TESTS = settings.REPO / "tests"
TOGETHER = "together"
OFF = "tests/neighbours/test_life.py::test_it_is_taken_off"
# What runs beside each of them, and beside all of them at once.
HANDFUL = ["neighbours/test_life.py", "core/test_story.py"]
STORIES = [
    "neighbours/test_*.py",
    "core/test_confirm.py",
    "core/test_mail_gateway.py",
    "core/test_rule_*.py",
    "core/test_story.py",
    "core/test_who_spoke.py",
]
# What is installed for each (without a list, what has its name), and which of our
# stories go where it changes something.
ODOO = {
    "account": ([], ["core/test_whose_answer.py"]),
    "crm": (["crm", "helpdesk_mgmt_crm"], ["core/test_who_spoke.py"]),
    "hr": ([], ["core/test_people_who_leave.py", "core/test_people_away.py"]),
    "im_livechat": ([], ["core/test_who_spoke.py"]),
    "mass_mailing": ([], ["core/test_mail_gateway.py", "core/test_bounces.py"]),
    "project": (["project", "helpdesk_mgmt_project"], ["core/test_rule_11_end.py"]),
    "sale": (["sale", "helpdesk_mgmt_sale"], ["core/test_whose_answer.py"]),
    "sms": ([], ["glue/test_sms.py"]),
    "website": ([], ["core/test_confirm_page.py", "core/test_public_address.py"]),
}
OCA = {
    "auditlog": ([], ["core/test_confirm.py"]),
    "base_user_role": ([], ["core/test_people_who_leave.py"]),
    "helpdesk_mgmt_merge": ([], ["glue/test_merge.py"]),
    "helpdesk_mgmt_rating": ([], ["glue/test_figures.py"]),
    "helpdesk_mgmt_sla": ([], ["glue/test_glue.py"]),
    "helpdesk_portal_priority": ([], []),
    "helpdesk_ticket_close_inactive": ([], ["core/test_closed_while_waiting.py"]),
    "helpdesk_ticket_partner_response": ([], ["core/test_coming_back.py"]),
    "helpdesk_type": ([], []),
    "hr_holidays_public": ([], ["core/test_rule_05_hours.py"]),
    "mail_activity_team": ([], ["core/test_doors_activities.py"]),
    "mail_optional_autofollow": ([], ["core/test_inward_chatter.py"]),
    "mail_optional_follower_notification": ([], ["core/test_whose_answer.py"]),
    "mail_post_defer": ([], ["core/test_who_spoke.py"]),
    "mail_tracking": ([], ["core/test_bounces.py", "core/test_undelivered.py"]),
    "queue_job": ([], ["core/test_job_user.py"]),
    "web_responsive": ([], ["core/test_dashboard_browser.py"]),
}
COLUMNS = ["Beside", "Version", "Stories", "Taken off", "Ours taken off", "Log"]


def neighbours(args, setup, lock, run_tests):
    """Run the rows that are named, or all; print a table of what came of each.

    :param args: names of rows (TOGETHER is the last one), and pytest's options
    """
    rows = {**ODOO, **OCA}
    named = [arg for arg in args if arg in rows or arg == TOGETHER]
    options = [arg for arg in args if arg not in named]
    setup()
    with lock("databases"):
        install.ensure_neighbours()
    table = []
    for name in named or [*rows, TOGETHER]:
        if name == TOGETHER:
            modules = {one for name in rows for one in modules_of(rows, name)}
            patterns = STORIES
        else:
            modules = modules_of(rows, name)
            patterns = [*HANDFUL, f"neighbours/test_{name}.py", *rows[name][1]]
        say(f"\n{name}")
        table.append(run_row(name, sorted(modules), patterns, options, lock, run_tests))
    for line in markdown(table):
        print(line)
    return 1 if any("✗" in cell for row in table for cell in row) else 0


def modules_of(rows, name):
    return rows[name][0] or [name]


def run_row(name, modules, patterns, options, lock, run_tests):
    """Install, run, and say in a line of the table what came of it."""
    with lock("databases"):
        try:
            database, trouble = databases.beside(name, modules)
        except StackError as error:
            say(f"  ✗ {error}")
            return [name, "", "✗ not installed", "", "", "✗"]
    report = settings.LOGS / f"neighbours_{name}.xml"
    install.remove(report)
    # Its own file once, though a pattern may find it too.
    files = dict.fromkeys(f for one in patterns for f in sorted(TESTS.glob(one)))
    # Taking all of them off at once would take a quarter of an hour, and tell nothing.
    mode = [f"--deselect={OFF}"] if name == TOGETHER else ["-n0"]
    code = run_tests(
        [*files, "-q", *mode, f"--junitxml={report}", *options],
        lambda: database,
        PYTHONPATH=settings.NEIGHBOURS,
        NEIGHBOURS=",".join(modules),
    )
    versions = [databases.version(database, one) for one in modules]
    if not (code or trouble or options):
        # Otherwise somebody will look at it.
        databases.drop(database)
    return [
        f"`{name}`" if name != TOGETHER else "all of them",
        ", ".join(versions) if name != TOGETHER else "",
        *read_report(report),
        f"✗ {len(trouble)} lines" if trouble else "clean",
    ]


def read_report(report):
    """Say how many stories passed, and whether both could be taken off."""
    if not report.exists():
        return ["✗", "✗", "✗"]
    lives, stories = {}, []
    for case in ElementTree.parse(report).iter("testcase"):
        failed = any(case.find(kind) is not None for kind in ("failure", "error"))
        if case.get("classname", "").endswith("test_life"):
            lives[case.get("name")] = failed
        elif case.find("skipped") is None:
            stories.append(failed)
    passed = len(stories) - sum(stories)
    mark = "✗ " if sum(stories) else ""
    return [
        f"{mark}{passed} of {len(stories)}",
        *(
            "–" if life not in lives else "✗" if lives[life] else "✓"
            for life in ("test_it_is_taken_off", "test_ours_are_taken_off")
        ),
    ]


def markdown(table):
    """The table as it stands in docs/neighbours.md."""
    widths = [max(map(len, column)) for column in zip(COLUMNS, *table, strict=True)]
    for row in (COLUMNS, ["-" * width for width in widths], *table):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"| {' | '.join(cells)} |"
