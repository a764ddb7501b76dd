"""What triggers cost."""

from odoo import Command

from ..support.growth import GrowthCommon


class TestQueryGrowth(GrowthCommon):
    def _add_triggers(self, policy):
        policy.trigger_ids = [
            Command.create({"kind": "keyword", "keywords": "refund, lawyer"}),
            Command.create({"kind": "repeat"}),
            Command.create({"kind": "priority", "priority": "3"}),
            Command.create(
                {"kind": "client", "partner_condition": "[('ref', '=', 'VIP')]"}
            ),
        ]

    def test_triggers_cost_nothing_on_tickets_whose_policy_has_none(self):
        self._add_triggers(self.by_mail)
        self._new_tickets(3, self.by_mail)
        self._new_tickets(10, self.in_app)
        self._run(5)
        for_ten = self._count_queries(self._run, 5)
        self._new_tickets(30, self.in_app)
        for_forty = self._count_queries(self._run, 5)
        self.assertEqual(for_forty, for_ten)
        searched = self.env["helpdesk.escalation.keyword.scan"].search_count([])
        self.assertEqual(searched, 3)

    def test_triggers_look_at_all_their_tickets_together(self):
        self._add_triggers(self.by_mail)
        self._new_tickets(1, self.by_mail)
        self._run(5)
        self._new_tickets(10, self.by_mail)
        for_ten = self._count_queries(self._run, 5)
        self._new_tickets(40, self.by_mail)
        for_forty = self._count_queries(self._run, 5)
        self.assertEqual(for_forty, for_ten)
