"""crm, with helpdesk_mgmt_crm: tickets become leads, and leads tickets."""

from ..support.common import EscalationCommon


class TestCrm(EscalationCommon):
    def test_a_ticket_that_became_a_lead_waits_on(self):
        """Its messages are copied, and what says so is no answer."""
        ticket = self._new_ticket()
        self._client_writes(ticket, 1)
        self.env["helpdesk.ticket.create.lead"].with_context(
            active_id=ticket.id
        ).create({"ticket_id": ticket.id}).action_helpdesk_ticket_to_lead()
        self.assertIn("Is anybody there?", ticket.lead_ids.message_ids[0].body)
        self._run(15)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        # What is written to the lead is said there.
        ticket.lead_ids.with_user(self.agent).sudo().message_post(
            body="An offer", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self._run(16)
        self.assertEqual(self._incident(ticket).state, "active")

    def test_a_lead_that_became_a_ticket_waits_since_its_client_wrote(self):
        lead = self.env["crm.lead"].create(
            {"name": "The printer is on fire", "partner_id": self.client.id}
        )
        said = self._client_writes(lead, 1)
        self.assertFalse(said.escalation_party)
        ticket = self._new_ticket(2)
        self._staff_answers(ticket, 3)
        self.assertFalse(ticket.escalation_waiting_since)
        later = self._client_writes(lead, 5)
        lead.message_change_thread(ticket)
        self.assertEqual(later.escalation_party, "client")
        self._run(15)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
