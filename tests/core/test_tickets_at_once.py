"""From the menu of the ticket list: set a policy on several, or do not escalate."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form

from ..support.common import TEAM, EscalationCommon


class TestSeveralTickets(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gold = cls._new_policy("Gold", {"delay": 5}, company_id=cls.env.company.id)
        cls.tickets = cls._new_ticket() + cls._new_ticket() + cls._new_ticket()

    def _open(self, user=None, tickets=None):
        dialogs = self.env["helpdesk.escalation.set.policy"].with_user(
            user or self.leader
        )
        return Form(
            dialogs.with_context(
                active_model="helpdesk.ticket", active_ids=(tickets or self.tickets).ids
            )
        )

    def _bound(self, user):
        bindings = self.env["ir.actions.actions"].with_user(user)
        bound = bindings.get_bindings("helpdesk.ticket")["action"]
        return {action["name"] for action in bound}

    def test_they_are_in_the_menu_of_the_helpdesk(self):
        ours = {"Set Escalation Policy", "Do Not Escalate", "Escalate Again"}
        self.assertLessEqual(ours, self._bound(self.agent))
        self.assertFalse(ours & self._bound(self.director))

    def test_a_policy_is_set_on_several_and_taken_off_again(self):
        self.tickets[0].escalation_muted = True
        form = self._open()
        self.assertEqual((form.ticket_count, form.muted_count), (3, 1))
        form.policy_id = self.gold
        notice = form.save().action_set_policy()
        self.assertEqual(
            notice["params"]["message"], "Gold is set on the selected tickets (3)."
        )
        self.assertEqual(self.tickets.escalation_policy_id, self.gold)
        self.assertTrue(self.tickets[0].escalation_muted, "stays so")
        self._run(6)
        self.assertEqual(
            [bool(self._told(ticket)) for ticket in self.tickets], [False, True, True]
        )
        self._open().save().action_set_policy()
        self.assertFalse(self.tickets.escalation_policy_id)

    def test_only_where_one_may_change_the_tickets(self):
        stranger = self._new_user("esc_stranger", TEAM)
        with self.assertRaises(AccessError):
            self._open(stranger)
        dialog = self._open().save()
        with self.assertRaises(AccessError):
            dialog.with_user(stranger).action_set_policy()
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.gold.company_id = elsewhere
        dialog.sudo().policy_id = self.gold
        with self.assertRaisesRegex(ValidationError, "belongs to"):
            dialog.sudo().action_set_policy()

    def test_several_are_muted_and_escalated_again(self):
        self._run(11)
        tickets = self.tickets.with_user(self.leader)
        notice = tickets.action_escalation_mute()
        self.assertIn(
            "turned off for the selected tickets (3)", notice["params"]["message"]
        )
        self.assertEqual(set(tickets.mapped("escalation_muted")), {True})
        incidents = self.tickets.escalation_incident_ids
        self.assertEqual(set(incidents.mapped("resolution")), {"muted"})
        tickets.action_escalation_unmute()
        self.assertEqual(set(tickets.mapped("escalation_muted")), {False})
        stranger = self._new_user("esc_stranger", TEAM)
        with self.assertRaises(AccessError):
            self.tickets.with_user(stranger).action_escalation_mute()

    def test_what_it_costs_does_not_grow_with_the_tickets(self):
        def cost(count):
            tickets = self.tickets.browse()
            for _number in range(count):
                tickets += self._new_ticket()
            tickets = tickets.with_user(self.leader)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            tickets.action_escalation_mute()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        cost(2)
        few, many = cost(2), cost(12)
        self.assertLessEqual(many - few, 10)
