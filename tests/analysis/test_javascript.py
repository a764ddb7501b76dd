"""The unit tests of the analysis' JavaScript: the trial on the past."""

from ..support.javascript import JavascriptCase


class TestJavascript(JavascriptCase):
    def test_trial(self):
        self._run_unit_tests("helpdesk_escalation_analysis")
