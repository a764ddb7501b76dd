"""helpdesk_ticket_partner_response: the client's answer moves the ticket."""

from odoo import Command

from ..support.common import EscalationCommon


class TestHelpdeskTicketPartnerResponse(EscalationCommon):
    def test_the_clients_answer_that_moves_the_ticket_waits(self):
        awaiting = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting")
        ticket = self._new_ticket()
        self._staff_answers(ticket, 1)
        self.team.write(
            {
                "autoupdate_ticket_stage": True,
                "autopupdate_src_stage_ids": [Command.set(awaiting.ids)],
                "autopupdate_dest_stage_id": ticket.stage_id.id,
            }
        )
        before = ticket.stage_id
        ticket.stage_id = awaiting
        self._client_writes(ticket, 20)
        self.assertIn(ticket.stage_id, before + awaiting)
        self._run(30)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
