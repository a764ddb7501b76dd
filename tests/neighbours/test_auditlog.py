"""auditlog: what is done to our records is logged, from the first to the last."""

from ..support.common import EscalationCommon
from ..support.in_use import UNINSTALL, USE
from ..support.processes import odoo

AUDITED = (
    "helpdesk.escalation.incident",
    "helpdesk.escalation.notification",
    "helpdesk.escalation.policy",
    "helpdesk.escalation.step",
    "helpdesk.ticket",
    "mail.activity",
    "mail.message",
)


class TestAuditlog(EscalationCommon):
    def _audit(self, log_type):
        rules = self.env["auditlog.rule"].create(
            [
                {
                    "name": model,
                    "model_id": self.env["ir.model"]._get_id(model),
                    "log_type": log_type,
                    "log_read": True,
                    "capture_record": log_type == "full",
                }
                for model in AUDITED
            ]
        )
        # What it patches belongs to the process, not to the transaction.
        self.addCleanup(self.registry.reset_changes)
        self.addCleanup(rules._revert_methods)
        rules.set_to_confirmed()

    def _logged(self, record):
        logs = self.env["auditlog.log"].search(
            [("model_id.model", "=", record._name), ("res_id", "in", record.ids)]
        )
        return set(logs.mapped("method"))

    def _live_through_it(self):
        """A ticket climbs, somebody is on it, it is answered, and all is deleted."""
        ticket = self._new_ticket()
        self._run(10)
        self._run(30)
        self.assertEqual(
            self._told(ticket), [(self.agent, "activity"), (self.leader, "email")]
        )
        incident = self._incident(ticket)
        lines = incident.notification_ids
        ticket.with_user(self.leader).action_escalation_confirm()
        self.assertEqual(incident.confirmed_by_id, self.leader)
        self.assertFalse(ticket.activity_ids)
        self._staff_answers(ticket, 40)
        self.assertEqual(incident.resolution, "answered")
        self._run(100)
        self._client_writes(ticket, 110)
        self._run(121)
        self.assertEqual(len(self._told(ticket)), 3)
        step = self.policy.step_ids[-1]
        step.unlink()
        ticket.unlink()
        self.assertFalse(incident.exists() or lines.exists())
        return incident, lines, step

    def test_a_full_log(self):
        self._audit("full")
        incident, lines, step = self._live_through_it()
        self.assertLessEqual({"create", "write"}, self._logged(incident))
        self.assertLessEqual({"create", "write"}, self._logged(lines))
        self.assertIn("unlink", self._logged(step))

    def test_a_fast_log(self):
        self._audit("fast")
        incident, _lines, step = self._live_through_it()
        self.assertLessEqual({"create", "write"}, self._logged(incident))
        self.assertIn("unlink", self._logged(step))


AUDIT_ALL = """
models = env["ir.model"].search([("model", "=like", "helpdesk.%")])
env["auditlog.rule"].create([
    {"name": model.name, "model_id": model.id, "capture_record": True}
    for model in models.filtered(lambda one: not one.transient and not one.abstract)
    if model.model != "helpdesk.escalation.clock"
]).set_to_confirmed()
env.cr.commit()
"""
GO_ON = """
env["helpdesk.ticket"].create({"name": "Goes on", "description": "<p>Yes</p>"})
assert env["auditlog.log"].search_count([("model_id.model", "=", "helpdesk.ticket")])
env.cr.commit()
"""


def test_ours_are_taken_off_while_all_of_it_is_logged(database):
    odoo(database, code=AUDIT_ALL + USE)
    odoo(database, code=UNINSTALL.format("helpdesk_escalation") + GO_ON)
    odoo(database, code=GO_ON)
