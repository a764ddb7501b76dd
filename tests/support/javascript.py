"""What the tests of our JavaScript share: an add-on's unit tests run in a browser."""

import re
from urllib.parse import urlencode

from .common import PatientHttpCase

BUNDLE = "web.assets_unit_tests"
SUCCEEDED = "[HOOT] Test suite succeeded"


class JavascriptCase(PatientHttpCase):
    def _run_unit_tests(self, addon):
        """Run the tests of ``static/tests/**/*.test.js`` of one add-on.

        :raises AssertionError: with what the browser said when one fails, or none ran
        """
        self._leave_out_others(addon)
        query = {
            "headless": "",
            "loglevel": 2,
            "preset": "desktop",
            "timeout": 15000,
            "filter": rf"/^@{addon}\//",
        }
        with self.assertLogs(self._logger.getChild("browser"), "INFO") as log:
            try:
                self.browser_js(
                    f"/web/tests?{urlencode(query)}",
                    "",
                    login="admin",
                    success_signal=SUCCEEDED,
                    # What one test says is not the end: it comes with the sum of all.
                    error_checker=lambda message: "[HOOT]" not in message,
                )
            except AssertionError as error:
                raise AssertionError("\n".join(log.output)) from error
        # It succeeds as well when it finds nothing to run.
        passed = re.search(r"\[HOOT\] Passed (\d+) tests", "\n".join(log.output))
        self.assertGreater(int(passed[1]), 0)

    def _leave_out_others(self, addon):
        """Have the page read one add-on's tests, not a thousand files of Odoo's."""
        assets = self.env["ir.asset"]
        paths = [path for path, *_rest in assets._get_asset_paths(BUNDLE, {})]
        others = {path.split("/")[1] for path in paths if path.endswith(".test.js")}
        assets.create(
            [
                {
                    "name": f"Without the tests of {other}",
                    "bundle": BUNDLE,
                    "directive": "remove",
                    "path": f"{other}/static/tests/**/*.test.js",
                }
                for other in others - {addon}
            ]
        )
