"""account: the client has an address for invoices, and messages that must be kept."""

from ..support.common import EscalationCommon


class TestAccount(EscalationCommon):
    def test_the_clients_accounts_department_is_on_the_clients_side(self):
        accounts = self.env["res.partner"].create(
            {
                "name": "Accounts",
                "type": "invoice",
                "parent_id": self.client_company.id,
                "email": "accounts@acme.example",
            }
        )
        ticket = self._new_ticket()
        self._staff_answers(ticket, 1)
        said = self._client_writes(ticket, 5, author=accounts)
        self.assertEqual(said.escalation_party, "client")
        self._run(16)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_what_must_be_kept_of_invoices_hinders_nothing_of_ours(self):
        self.env.company.restrictive_audit_trail = True
        ticket = self._new_ticket()
        answer = self._staff_answers(ticket, 5)
        ticket._message_update_content(answer, body="", attachment_ids=[])
        self._run(11)
        self._incident(ticket)
        ticket.unlink()
        self.assertFalse(self.incidents.search([("team_id", "=", self.team.id)]))
