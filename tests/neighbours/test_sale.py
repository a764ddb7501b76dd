"""sale, with helpdesk_mgmt_sale: clients of the portal have orders and tickets."""

from ..support.common import EscalationCommon


class TestSale(EscalationCommon):
    def test_who_writes_on_an_order_has_not_written_on_its_ticket(self):
        """Not the client of the portal, and not the agent who answers there."""
        self.client = self._new_user("esc_portal", "base.group_portal").partner_id
        self.client.parent_id = self.client_company
        order = self.env["sale.order"].create({"partner_id": self.client.id})
        ticket = self._new_ticket(
            partner_id=self.client.id, sale_order_ids=[(4, order.id)]
        )
        self._staff_answers(ticket, 1)
        self._client_writes(order, 2, author=self.client)
        self.assertFalse(ticket.escalation_waiting_since)
        portal = self.client.user_ids
        ticket.with_user(portal).message_post(
            body="Which order?",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._date(ticket.message_ids[0], 5)
        order.sudo().message_post(
            body="This one.",
            author_id=self.agent.partner_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        order.action_confirm()
        self._run(20)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        self.assertFalse(ticket.with_user(portal).has_access("write"))
        self.assertFalse(self.incidents.with_user(portal).has_access("read"))
