"""For ``make screenshots``: drive a headless Chromium, which is told what on stdin."""

import base64
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from websocket import WebSocketTimeoutException, create_connection

TIMEOUT = 120
HELPERS = """
    const find = async (selector, text = "") => {
        for (const end = Date.now() + 60000; Date.now() < end; ) {
            for (const element of document.querySelectorAll(selector)) {
                if (element.textContent.includes(text)) {
                    return element;
                }
            }
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        throw new Error(`not on the page: ${selector} "${text}"`);
    };
    const click = async (...what) => (await find(...what)).click();
"""
QUIET = """
    await document.fonts.ready;
    const decoded = [...document.images].map((image) => image.decode());
    await Promise.allSettled(decoded);
    await new Promise((resolve) => setTimeout(resolve, 700));
    document.activeElement?.blur();
"""


class Browser:
    """A page of a headless Chromium."""

    def __init__(self, path, profile):
        self.process = subprocess.Popen(
            [
                path,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--hide-scrollbars",
                "--force-prefers-reduced-motion",
                "--remote-debugging-port=0",
                f"--user-data-dir={profile}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        address = Path(profile, "DevToolsActivePort")
        for _attempt in range(600):
            if address.exists() and address.read_text().strip():
                break
            time.sleep(0.1)
        port = address.read_text().split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as response:
            pages = json.load(response)
        (url,) = [p["webSocketDebuggerUrl"] for p in pages if p["type"] == "page"][:1]
        self.socket = create_connection(url, timeout=TIMEOUT, suppress_origin=True)
        self.last_id = 0

    def call(self, method, **params):
        self.last_id += 1
        message = {"id": self.last_id, "method": method, "params": params}
        self.socket.send(json.dumps(message))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.last_id:
                return answer.get("result") or {"error": answer.get("error")}

    def run(self, script):
        """Run JavaScript in the page; whatever goes wrong there ends the program."""
        expression = f"(async () => {{ {HELPERS} {script} }})()"
        result = self.call(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
        )
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            sys.exit(details.get("exception", {}).get("description", str(details)))
        return result.get("result", {}).get("value")

    def wait(self, condition):
        """Wait until something holds in the page, whichever page that is by now."""
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            # While one page makes way for the next there is nobody to ask.
            result = self.call(
                "Runtime.evaluate", expression=condition, returnByValue=True
            )
            if result.get("result", {}).get("value"):
                return
            time.sleep(0.1)
        sys.exit(f"waited in vain for: {condition}")

    def open(self, url):
        # A page that is on its way out is complete, too.
        self.call("Runtime.evaluate", expression="window.isLeft = true")
        self.call("Page.navigate", url=url)
        self.wait("!window.isLeft && document.readyState == 'complete'")

    def wait_for(self, selector):
        self.wait(f"!!document.querySelector({json.dumps(selector)})")

    def picture(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        Path(path).write_bytes(base64.b64decode(data))


def main():
    plan = json.load(sys.stdin)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(plan["browser"], profile)
        try:
            log_in(browser, plan["base"])
            for picture in plan["pictures"]:
                take(browser, plan, picture)
        except WebSocketTimeoutException:
            sys.exit(f"the browser does not answer within {TIMEOUT} s")
        finally:
            browser.process.terminate()
            browser.process.wait()


def log_in(browser, base):
    browser.open(f"{base}/web/login")
    browser.run(
        """
        const form = (await find("input[name=login]")).form;
        form.login.value = form.password.value = "admin";
        form.submit();
        """
    )
    browser.wait_for(".o_main_navbar")


def take(browser, plan, picture):
    width, height = picture["size"]
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=height,
        deviceScaleFactor=1,
        mobile=width < 600,
    )
    browser.open(plan["base"] + picture["url"])
    browser.wait_for(picture["wait"])
    browser.run(picture["prepare"] + QUIET)
    browser.picture(Path(plan["folder"], f"{picture['name']}.png"))


main()
