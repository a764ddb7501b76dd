"""S5: the server action "Escalate" asks for every ticket what its runner may do."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from ..support.common import MANAGER, OWN, TEAM, EscalationCommon

QUIET = ("odoo.models", "odoo.addons.base.models.ir_actions")
RULES = "odoo.addons.base.models.ir_rule"


class TestServerAction(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.own = cls._new_user("esc_own", OWN)
        cls.strangers = (
            cls._new_user("esc_team_stranger", TEAM),
            cls._new_user("esc_clerk", "base.group_user"),
            cls._new_user(
                "esc_elsewhere",
                MANAGER,
                company_id=elsewhere.id,
                company_ids=[Command.set(elsewhere.ids)],
            ),
        )
        cls.policy.step_ids[0].delay = 600
        cls.env["helpdesk.ticket.team"].create({"name": "Another", "user_ids": []})
        cls.ticket = cls._new_ticket(0, user_id=cls.own.id)
        cls.other = cls._new_ticket(0, name="Not theirs", user_id=cls.agent.id)
        # For employees: with a group of its own, Odoo checks no record.
        cls.action = cls._new_action(
            state="helpdesk_escalation",
            group_ids=[Command.set(cls.env.ref("base.group_user").ids)],
        )
        cls.list = cls._new_action(
            state="multi",
            child_ids=[Command.set(cls.action.ids)],
            group_ids=cls.action.group_ids,
        )

    @classmethod
    def _new_action(cls, **values):
        model = cls.env["ir.model"]._get("helpdesk.ticket")
        return cls.env["ir.actions.server"].create(
            {"name": "Escalate", "model_id": model.id, **values}
        )

    def _press(self, action, user, tickets):
        return (
            action.with_user(user)
            .with_context(
                active_model="helpdesk.ticket",
                active_id=tickets[:1].id,
                active_ids=tickets.ids,
            )
            .run()
        )

    def _calls(self):
        return self.env["helpdesk.escalation.request"].search([]).ticket_id

    def test_s5_who_may_edit_the_ticket_escalates_it(self):
        for action in (self.action, self.list):
            self._press(action, self.own, self.ticket)
        self._press(self.action, self.agent, self.other)
        self.assertEqual(self._calls(), self.ticket + self.other)
        self._run(1)
        self.assertEqual(self._incident(self.ticket).cause_ids.kind, "action")

    @mute_logger(*QUIET, RULES)
    def test_s5_nobody_escalates_a_ticket_they_may_not_edit(self):
        for action in (self.action, self.list):
            for user in self.strangers:
                with self.subTest(action.state, user=user.login):
                    with self.assertRaises(AccessError):
                        self._press(action, user, self.ticket)
            with self.assertRaises(AccessError):
                self._press(action, self.own, self.other)
        self.assertFalse(self._calls())
        self._run(1)
        self.assertFalse(self.ticket.escalation_incident_ids)

    @mute_logger(*QUIET, RULES)
    def test_s5_one_ticket_that_is_not_theirs_stops_the_whole_selection(self):
        with self.assertRaises(AccessError):
            self._press(self.action, self.own, self.ticket + self.other)
        self.assertFalse(self._calls())

    @mute_logger(*QUIET)
    def test_s5_reading_a_ticket_is_not_enough(self):
        """Who follows a ticket reads it, and may not edit it."""
        clerk = self.strangers[1]
        self.ticket.message_subscribe(clerk.partner_id.ids)
        self.assertTrue(self.ticket.with_user(clerk).has_access("read"))
        with self.assertRaises(AccessError):
            self._press(self.action, clerk, self.ticket)

    @mute_logger(*QUIET, RULES)
    def test_s5_the_policy_of_the_action_is_set_on_no_such_ticket(self):
        outage = self._new_policy("Outage", {"delay": 5})
        self.action.escalation_policy_id = outage
        with self.assertRaises(AccessError):
            self._press(self.action, self.own, self.other)
        self.assertFalse(self.other.escalation_policy_id)
        self._press(self.action, self.own, self.ticket)
        self.assertEqual(self.ticket.escalation_policy_id, outage)

    def test_s5_the_system_escalates_whatever_it_is_told_to(self):
        """A rule on what a client writes runs with the client behind it."""
        portal = self._new_user(
            "esc_portal", "base.group_portal", partner_id=self.client.id
        )
        rule = self.env["base.automation"].create(
            {
                "name": "Outage",
                "model_id": self.action.model_id.id,
                "trigger": "on_message_received",
                "action_server_ids": [
                    Command.create(
                        {
                            "name": "Server down",
                            "usage": "base_automation",
                            "model_id": self.action.model_id.id,
                            "state": "helpdesk_escalation",
                        }
                    )
                ],
            }
        )
        rule.action_server_ids.group_ids = self.env.ref("base.group_portal")
        self.addCleanup(rule._unregister_hook)
        self.ticket.with_user(portal).sudo().message_post(
            body="All is down", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(self._calls(), self.ticket)
        self._press(self.action, self.env.ref("base.user_root"), self.other)
        self.assertEqual(self._calls(), self.ticket + self.other)
