"""The numbers in a real browser: a manager looks, tries, and takes over."""

from odoo.tests import HttpCase

from ..support.past import PastCommon


class TestNumbersTour(PastCommon, HttpCase):
    def test_a_manager_looks_tries_and_takes_over(self):
        ticket = self._new_ticket(-24 * 60)
        self._run(-24 * 60 + 10)
        with self._at(-24 * 60 + 14):
            self._incident(ticket).with_user(self.leader).action_confirm()
        self._staff_answers(ticket, -24 * 60 + 21)
        self._answered_after(*range(2, 42, 2))
        self.start_tour(
            "/odoo/escalation-analysis", "escalation_numbers", login=self.manager.login
        )
        self.assertEqual(self.policy.step_ids.sorted().mapped("delay"), [30, 40, 75])
