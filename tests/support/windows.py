"""Several people at their screens at the same time, each with their own Chromium."""

import json
from contextlib import ExitStack, contextmanager
from unittest.mock import patch
from urllib.parse import urljoin

from odoo.tests.common import HOST, TEST_CURSOR_COOKIE_NAME, ChromeBrowser

from odoo.addons.bus.models.bus import BusBus
from odoo.addons.bus.websocket import (
    CloseCode,
    WebsocketConnectionHandler,
    _kick_all,
)

SECONDS = 60
HELPERS = """
    const find = async (selector, text = "", isThere = true) => {
        const matches = () =>
            [...document.querySelectorAll(selector)].find((element) =>
                element.textContent.includes(text)
            );
        for (const end = Date.now() + 45000; Date.now() < end; ) {
            if (Boolean(matches()) === isThere) {
                return matches();
            }
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        const what = isThere ? "not on the page" : "still on the page";
        throw new Error(`${what}: ${selector} "${text}"`);
    };
    const click = async (...what) => (await find(...what)).click();
    const {rpc} = window.odoo?.loader?.modules.get("@web/core/network/rpc") || {};
    const call = (model, method, ...args) =>
        rpc("/web/dataset/call_kw", {model, method, args, kwargs: {}});
"""


class Window:
    """The window of one person."""

    def __init__(self, case, browser):
        self.case = case
        self.browser = browser

    def open(self, path):
        self.browser.navigate_to(urljoin(self.case.base_url(), path), wait_stop=True)
        self.run('await find(".o_main_navbar");')

    def run(self, script):
        """Run JavaScript there, with ``find``, ``click`` and ``call``.

        :return: what the script returns
        """
        answer = self.browser._websocket_request(
            "Runtime.evaluate",
            params={
                "expression": f"(async () => {{ {HELPERS} {script} }})()",
                "awaitPromise": True,
                "returnByValue": True,
            },
            timeout=SECONDS,
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            words = details.get("exception", {}).get("description", str(details))
            self.browser.take_screenshot()
            self.case.fail(f"{script}\n{words}")
        if self.browser._result.done():
            # Raises what went wrong on the page meanwhile.
            self.browser._result.result()
        return answer["result"].get("value")

    def find(self, selector, text=""):
        """Wait until something is there."""
        self.run(f"await find({json.dumps(selector)}, {json.dumps(text)});")

    def miss(self, selector, text=""):
        """Wait until something is there no more."""
        self.run(f"await find({json.dumps(selector)}, {json.dumps(text)}, false);")

    def click(self, selector, text=""):
        self.run(f"await click({json.dumps(selector)}, {json.dumps(text)});")


def _send_at_once(send):
    """A test commits nothing: what is sent on the bus goes out at once."""

    def send_at_once(self, target, notification_type, message):
        send(self, target, notification_type, message)
        self.env.cr.precommit.run()
        self.env.cr.postcommit.run()

    return send_at_once


@contextmanager
def open_windows(case, *logins):
    """Give each person a window, logged in, as ``HttpCase.browser_js`` does for one."""
    with case.allow_requests(), ExitStack() as stack:
        stack.callback(case._wait_remaining_requests)
        stack.callback(_kick_all, CloseCode.KILL_NOW)
        stack.enter_context(
            patch.object(BusBus, "_sendone", _send_at_once(BusBus._sendone))
        )
        stack.enter_context(
            patch.object(
                WebsocketConnectionHandler, "websocket_allowed", return_value=True
            )
        )
        key = case.http_request_key
        windows = []
        for login in logins:
            browser = ChromeBrowser(case)
            stack.callback(browser.stop)
            # Logging in ends the session before, which is somebody else's.
            case.session = None
            case.authenticate(login, login, browser=browser)
            browser.set_cookie(TEST_CURSOR_COOKIE_NAME, key, "/", HOST)
            windows.append(Window(case, browser))
        case.cr.flush()
        case.cr.clear()
        yield windows
