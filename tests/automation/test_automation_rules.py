"""The server action "Escalate" in Odoo's automation rules: any rule is a trigger."""

from odoo import Command

from ..support.common import EscalationCommon


class TestAutomationRules(EscalationCommon):
    def _new_rule(self, **values):
        model = self.env["ir.model"]._get("helpdesk.ticket")
        rule = self.env["base.automation"].create(
            {
                "name": "Outage",
                "model_id": model.id,
                "action_server_ids": [
                    Command.create(
                        {
                            "name": "Server down",
                            "usage": "base_automation",
                            "model_id": model.id,
                            "state": "helpdesk_escalation",
                        }
                    )
                ],
                **values,
            }
        )
        # A rule patches the models; they are the same for all tests.
        self.addCleanup(self.env["base.automation"]._unregister_hook)
        self.assertFalse(rule.action_server_ids.warning)
        return rule

    def test_a_rule_on_a_change_escalates_at_once(self):
        self._new_rule(
            trigger="on_create_or_write",
            filter_pre_domain="[('priority', '!=', '3')]",
            filter_domain="[('priority', '=', '3')]",
        )
        ticket, other = self._new_ticket(0), self._new_ticket(0)
        # As people do, who may neither read rules nor write actions.
        ticket.with_user(self.agent).priority = "3"
        other.with_user(self.agent).priority = "2"
        self._run(1)
        incident = self._incident(ticket)
        self.assertEqual(incident.cause_text, "Automation: Server down")
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        self.assertFalse(other.escalation_incident_ids)
        ticket.with_user(self.agent).priority = "1"
        ticket.with_user(self.agent).priority = "3"
        self._run(2)
        self.assertEqual(len(incident.cause_ids), 1, "once in a wait")
        self.assertEqual(len(self._told(ticket)), 1)

    def test_a_rule_with_a_policy_and_a_step_on_what_a_client_writes(self):
        outage = self._new_policy(
            "Outage", {"delay": 5}, {"delay": 50, "recipient": "team_leader"}
        )
        rule = self._new_rule(
            trigger="on_message_received",
            filter_pre_domain="[('name', 'ilike', 'printer')]",
        )
        rule.action_server_ids.write(
            {
                "escalation_policy_id": outage.id,
                "escalation_step_id": outage.step_ids[1].id,
            }
        )
        ticket = self._new_ticket(0)
        answered = self._new_ticket(0, name="Another matter")
        for one in ticket, answered:
            self._client_writes(one, 1)
        self._run(2)
        self.assertEqual(self._incident(ticket).policy_id, outage)
        self.assertEqual(self._told(ticket), [(self.leader, "activity")])
        self.assertFalse(answered.escalation_incident_ids)

    def test_a_rule_on_a_new_ticket_needs_no_word_from_anybody(self):
        self._new_rule(trigger="on_create_or_write", filter_domain="[]")
        ticket = self._new_ticket(0)
        muted = self._new_ticket(0, escalation_muted=True)
        self._run(1)
        self.assertTrue(self._incident(ticket).cause_ids)
        self.assertFalse(muted.escalation_incident_ids)
