"""``make screenshots``: the pictures of the add-ons' pages, which the README shows too.

Taken from freshly loaded demo data and what ``showcase.py`` adds. To add a picture, add
a line to ``PICTURES``.
"""

import json
import shutil
import socket
import subprocess
from collections import namedtuple

import databases
import demo
import install
from console import StackError, Step, say
from postgres import sql
from settings import CORE, DEV, LOGS, REPO, STACK, VENV

IMAGES = STACK / "screenshots"

Picture = namedtuple(
    "Picture",
    ["name", "url", "wait", "prepare", "size", "addon"],
    defaults=["", (1280, 720), CORE],
)
Picture.__doc__ = """A file's name; the page, with records in braces by their XML id;
what must be on the page; JavaScript to run there first, with ``find(selector, text)``
and ``click(selector, text)``; width and height; the add-on whose picture it is."""

PICTURES = [
    Picture("escalations", "/odoo/escalations", ".o_kanban_record"),
    Picture(
        "policy",
        "/odoo/escalation-policies/{helpdesk_escalation.policy_standard}",
        ".o_escalation_timeline",
        size=(1280, 930),
    ),
    Picture(
        "dry-run",
        "/odoo/escalation-policies/{helpdesk_escalation.policy_standard}",
        ".o_escalation_timeline",
        "await click('button', 'Dry run'); await find('.modal .o_escalation_story');",
        size=(1280, 800),
    ),
    Picture(
        "ticket",
        "/odoo/helpdesk.ticket/{helpdesk_escalation.ticket_printer}",
        ".o_form_view",
        "await click('.nav-link[name=escalation]'); await find('.o_escalation_story');",
        size=(1280, 1040),
    ),
    Picture(
        "analysis",
        "/odoo/escalation-analysis",
        ".o_pivot_cell_value",
        size=(1280, 380),
        addon=f"{CORE}_analysis",
    ),
    Picture(
        "figures",
        "/odoo/escalation-policies/{helpdesk_escalation.policy_standard}",
        ".o_escalation_timeline",
        "await click('button[name=action_tune]'); "
        "await find('.modal .o_escalation_hours');",
        size=(1280, 1010),
        addon=f"{CORE}_analysis",
    ),
    Picture(
        "past",
        "/odoo/escalation-policies/{helpdesk_escalation.policy_standard}",
        ".o_escalation_timeline",
        "await click('button[name=action_backtest]'); "
        "await click('.modal button', 'Try it'); "
        "await find('.modal .o_escalation_bars');",
        size=(1280, 1240),
        addon=f"{CORE}_analysis",
    ),
    Picture(
        "handover",
        "/odoo/helpdesk.ticket/{helpdesk_escalation.ticket_handover}",
        ".o_form_view",
        "await click('button[name=action_escalation_escalate]');"
        " await find('.modal [name=history_ids] .o_data_row');",
        size=(1280, 1500),
        addon=f"{CORE}_handover",
    ),
]


def screenshots(args, setup, browsers):
    """Load the demo data, let the engine run, and take all pictures, or those named."""
    browser = next(filter(None, map(shutil.which, browsers)), None)
    if not browser:
        raise StackError("no Chromium: install it (apt-get install chromium)")
    pictures = [picture for picture in PICTURES if not args or picture.name in args]
    if not pictures:
        names = ", ".join(picture.name for picture in PICTURES)
        raise StackError(f"no such picture: there are {names}")
    setup()
    name = databases.showcase()
    try:
        take(pictures, name, browser)
    finally:
        databases.drop(name)


def take(pictures, name, browser):
    with socket.socket() as probe:
        probe.bind((demo.ADDRESS, 0))
        port = probe.getsockname()[1]
    IMAGES.mkdir(parents=True, exist_ok=True)
    log = LOGS / "screenshots.log"
    install.remove(log)
    options = ["-d", name, f"--http-port={port}", "--max-cron-threads=0"]
    server = demo.spawn("Odoo", log, VENV / "bin/python", "-m", "odoo", *options)
    try:
        with Step("Start Odoo"):
            demo.wait_until_up([server], log, port)
        plan = {
            "browser": browser,
            "base": f"http://{demo.ADDRESS}:{port}",
            "folder": str(IMAGES),
            "pictures": [
                {**picture._asdict(), "url": with_ids(picture.url, name)}
                for picture in pictures
            ],
        }
        with Step(f"Take {len(pictures)} pictures"):
            result = subprocess.run(
                [VENV / "bin/python", DEV / "browser.py"],
                input=json.dumps(plan),
                text=True,
                capture_output=True,
                check=False,
            )
        if result.returncode:
            raise StackError(result.stderr.strip().splitlines()[-1])
    finally:
        server[1].terminate()
        server[1].wait()
    for picture in pictures:
        path = REPO / picture.addon / "static/description" / f"{picture.name}.png"
        shutil.copy(IMAGES / path.name, path)
        say(f"  {path}")


def with_ids(url, name):
    """Put the ids of records in place of their XML ids."""
    while "{" in url:
        before, _brace, rest = url.partition("{")
        xmlid, _brace, after = rest.partition("}")
        module, _dot, record = xmlid.partition(".")
        rows = sql(
            "SELECT res_id FROM ir_model_data "
            f"WHERE module = '{module}' AND name = '{record}'",
            database=name,
        )
        if not rows:
            raise StackError(f"the demo data have no {xmlid}")
        url = f"{before}{rows[0][0]}{after}"
    return url
