"""What the tests of figures and trials share."""

from datetime import datetime

from odoo.addons.helpdesk_escalation_analysis.wizards import (
    helpdesk_escalation_backtest as trial,
)

from .common import EscalationCommon

MONDAY = datetime(2026, 11, 16)


class PastCommon(EscalationCommon):
    def _needs_no_answer(self, ticket, minute):
        known = ticket.message_ids
        with self._at(minute):
            ticket.with_user(self.agent).action_escalation_no_answer_needed()
        self._date(ticket.message_ids - known, minute)

    def _ticket_of_the_past(self, **values):
        return self._new_ticket(-24 * 60, **values)

    def _answered_after(self, *minutes):
        for number, duration in enumerate(minutes):
            ticket = self._new_ticket(-24 * 60 + number)
            self._staff_answers(ticket, -24 * 60 + number + duration)

    def _tuning(self, user=None):
        policy = self.policy.with_user(user or self.manager)
        return self.env["helpdesk.escalation.tuning"].browse(
            policy.action_tune()["res_id"]
        )

    def _backtest(self, **values):
        action = self.policy.with_user(self.manager).action_backtest()
        backtest = self.env[action["res_model"]].browse(action["res_id"])
        backtest = backtest.with_user(self.manager)
        if values:
            backtest.write(values)
        return backtest

    def _try(self, backtest):
        part = 0
        while part < backtest.run_part(part) - 1:
            part += 1
        self.assertEqual(part + 1, trial.PARTS)
        return backtest.result
