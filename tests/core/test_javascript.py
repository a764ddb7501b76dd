"""The unit tests of the core's JavaScript: its fields and its dashboard."""

from ..support.javascript import JavascriptCase


class TestJavascript(JavascriptCase):
    def test_fields_and_dashboard(self):
        self._run_unit_tests("helpdesk_escalation")
