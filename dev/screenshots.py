"""``make screenshots``: the pictures of the add-ons' pages, which the README shows too.

With ``SCREEN_LANG=de_DE`` (any language of Odoo's) they are taken in that language, to
be looked at in the stack. Pictures that are taken by hand grow old. These are taken
from freshly loaded demo data and what ``showcase.py`` adds, by Playwright in the
system's Chromium. To add one, add a line to ``PICTURES``. Run by itself, in the stack's
Python, this is what takes them.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections import namedtuple

import databases
import demo
import install
from console import StackError, Step, say
from databases import sql
from settings import CORE, LOGS, PLAYWRIGHT, REPO, SCREEN_LANG, STACK, VENV

TIMEOUT = 120_000  # milliseconds that anything in the browser may take

Picture = namedtuple(
    "Picture",
    ["name", "url", "shows", "clicks", "size", "addon", "login"],
    defaults=[(), (1280, 720), CORE, "admin"],
)
Picture.__doc__ = """A file's name; the page, with records in braces by their XML id;
what is on the picture at last; what to click before, one after the other (both are
selectors of Playwright); width and height; the add-on whose picture it is, or
GUIDE; who is logged in, if anybody."""

GUIDE = "docs/guide"
# In place of a record: an email in the queue, and the page behind its button.
OF_MAIL = {
    "mail": "'data:text/html;charset=utf-8;base64,'"
    " || translate(encode(convert_to(body_html, 'UTF8'), 'base64'), E'\\n', '')",
    "link": "substring(body_html from '/helpdesk_escalation/confirm/[[:alnum:]_-]+')",
}

POLICY = "/odoo/escalation-policies/{helpdesk_escalation.policy_standard}"
PICTURES = [
    Picture("escalations", "/odoo/escalations", ".o_kanban_record"),
    Picture("policy", POLICY, ".o_escalation_timeline", size=(1280, 930)),
    Picture(
        "dry-run",
        POLICY,
        ".modal .o_escalation_story",
        ["button[data-hotkey=g]"],
        size=(1280, 800),
    ),
    Picture(
        "ticket",
        "/odoo/helpdesk.ticket/{helpdesk_escalation.ticket_printer}",
        ".o_escalation_story",
        [".nav-link[name=escalation]"],
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
        POLICY,
        ".modal .o_escalation_hours",
        ["button[name=action_tune]"],
        size=(1280, 1010),
        addon=f"{CORE}_analysis",
    ),
    Picture(
        "past",
        POLICY,
        ".modal .o_escalation_bars",
        [
            "button[name=action_backtest]",
            ".modal .o_form_view .w-100 > button.btn-primary",
        ],
        size=(1280, 1240),
        addon=f"{CORE}_analysis",
    ),
    Picture(
        "handover",
        "/odoo/helpdesk.ticket/{helpdesk_escalation.ticket_handover}",
        ".modal [name=history_ids] .o_data_row",
        ["button[name=action_escalation_escalate]"],
        size=(1280, 1500),
        addon=f"{CORE}_handover",
    ),
    Picture(
        "email",
        "{mail}",
        ".o_escalation_button",
        size=(640, 640),
        addon=GUIDE,
        login="",
    ),
    Picture("page", "{link}", "form button", size=(1000, 620), addon=GUIDE, login=""),
    Picture(
        "to-me",
        "/odoo/escalated-to-me",
        ".o_data_row",
        size=(1280, 420),
        addon=GUIDE,
        login="lena",
    ),
    Picture(
        "rota",
        "/odoo/on-call",
        ".fc-event",
        ["button:has(.oi-arrow-right)"],
        size=(1280, 800),
        addon=f"{CORE}_on_call",
    ),
    Picture(
        "snooze",
        "/odoo/escalations",
        ".modal .o_form_view",
        [".o_kanban_record button[name=action_snooze]"],
        addon=GUIDE,
    ),
    Picture(
        "triggers",
        POLICY,
        ".modal .o_form_view",
        [
            ".nav-link[name=triggers]",
            "[name=trigger_ids] .o_data_row .o_data_cell >> nth=0",
        ],
        addon=f"{CORE}_automation",
    ),
    Picture(
        "step",
        POLICY,
        ".modal .o_form_view",
        ["[name=step_ids] .o_data_row >> nth=1 >> .o_data_cell >> nth=0"],
        size=(1280, 800),
        addon=f"{CORE}_automation",
    ),
    Picture(
        "room",
        "/odoo/escalation-chat-rooms",
        ".o_form_view [name=team_ids]",
        [".o_data_row .o_data_cell >> nth=0"],
        size=(1280, 450),
        addon=f"{CORE}_chat",
    ),
    Picture(
        "webhook",
        "/odoo/escalation-webhooks",
        ".o_form_view",
        [".o_data_row .o_data_cell >> nth=0"],
        size=(1280, 440),
        addon=f"{CORE}_webhook",
    ),
    Picture(
        "preferences",
        "/odoo",
        ".modal [name=escalation_hourly_limit]",
        [
            ".o_user_menu button",
            "[data-menu=preferences]",
            ".modal .nav-link[name=preferences_page]",
        ],
        size=(1280, 800),
        addon=f"{CORE}_personal",
    ),
]


def path_of(picture):
    if SCREEN_LANG:
        return STACK / "screens" / SCREEN_LANG / f"{picture.name}.png"
    folder = "images" if picture.addon == GUIDE else "static/description"
    return REPO / picture.addon / folder / f"{picture.name}.png"


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
    install.ensure_playwright()
    name = databases.showcase()
    try:
        serve(pictures, name, browser)
    finally:
        databases.drop(name)


def serve(pictures, name, browser):
    """Start Odoo and have the pictures taken."""
    with socket.socket() as probe:
        probe.bind((demo.ADDRESS, 0))
        port = probe.getsockname()[1]
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
            "urls": {one.name: with_ids(one.url, name) for one in pictures},
        }
        with Step(f"Take {len(pictures)} pictures"):
            result = subprocess.run(
                [VENV / "bin/python", __file__],
                input=json.dumps(plan),
                text=True,
                capture_output=True,
                env={**os.environ, "PYTHONPATH": str(PLAYWRIGHT)},
                check=False,
            )
        if result.returncode:
            raise StackError(result.stderr.strip().splitlines()[-1])
    finally:
        server[1].terminate()
        server[1].wait()
    for picture in pictures:
        say(f"  {path_of(picture)}")


def with_ids(url, name):
    """Put the ids of records in place of their XML ids."""
    while "{" in url:
        before, _brace, rest = url.partition("{")
        xmlid, _brace, after = rest.partition("}")
        module, _dot, record = xmlid.partition(".")
        statement = (
            f"SELECT {OF_MAIL[xmlid]} FROM mail_mail"
            f" WHERE state = 'outgoing' AND body_html LIKE '%{CORE}/confirm/%'"
            " ORDER BY id LIMIT 1"
            if xmlid in OF_MAIL
            else "SELECT res_id FROM ir_model_data "
            f"WHERE module = '{module}' AND name = '{record}'"
        )
        rows = sql(statement, database=name)
        if not rows:
            raise StackError(f"the demo data have no {xmlid}")
        url = f"{before}{rows[0][0]}{after}"
    return url


# In the stack's Python ---------------------------------------------------------


def main(plan):
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=plan["browser"],
            args=["--disable-gpu", "--disable-dev-shm-usage"],
        )
        page = login = None
        try:
            for picture in PICTURES:
                if picture.name not in plan["urls"]:
                    continue
                if picture.login != login:
                    login = picture.login
                    page = open_page(browser, plan["base"], login)
                take(page, picture, plan["urls"][picture.name])
        except Error as error:
            where = page.url if page else plan["base"]
            sys.exit(f"{where}: {' '.join(str(error).split())}")
        finally:
            browser.close()


def open_page(browser, base, login):
    """Open a page as somebody of the demo data, whose password is the login."""
    page = browser.new_page(base_url=base, reduced_motion="reduce")
    page.set_default_timeout(TIMEOUT)
    if login:
        page.goto("/web/login")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", login)
        page.press("input[name=password]", "Enter")
        page.wait_for_selector(".o_main_navbar")
    return page


def take(page, picture, url):
    width, height = picture.size
    page.set_viewport_size({"width": width, "height": height})
    page.goto(url)
    for selector in picture.clicks:
        # Without the mouse, which would rest on something.
        visible(page, selector).dispatch_event("click")
    visible(page, picture.shows).wait_for()
    page.evaluate(
        """async () => {
            await document.fonts.ready;
            const decoded = [...document.images].map((image) => image.decode());
            await Promise.allSettled(decoded);
        }"""
    )
    page.wait_for_timeout(700)
    page.evaluate("() => document.activeElement?.blur()")
    page.screenshot(path=path_of(picture))


def visible(page, selector):
    return page.locator(selector).locator("visible=true").first


if __name__ == "__main__":
    main(json.load(sys.stdin))
