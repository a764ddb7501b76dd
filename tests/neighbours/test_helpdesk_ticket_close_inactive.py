"""helpdesk_ticket_close_inactive: tickets are closed by themselves."""

from datetime import timedelta

from odoo import Command, fields

from ..support.common import EscalationCommon


class TestHelpdeskTicketCloseInactive(EscalationCommon):
    def test_closing_for_inactivity_says_that_a_client_waited(self):
        done = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        ticket = self._new_ticket()
        self._run(10)
        ticket.last_stage_update = fields.Datetime.now() - timedelta(days=30)
        self.team.write(
            {
                "close_inactive_tickets": True,
                "ticket_stage_ids": [Command.set(ticket.stage_id.ids)],
                "closing_ticket_stage": done.id,
                "close_inactive_mail_template_id": False,
            }
        )
        self.team.close_team_inactive_tickets()
        self.assertEqual(ticket.stage_id, done)
        self._run(11)
        self.assertEqual(self._incident(ticket).resolution, "closed_waiting")
