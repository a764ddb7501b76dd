"""On the contact: its escalations and those of whoever belongs to it."""

from odoo.exceptions import AccessError

from ..support.common import OWN, EscalationCommon


class TestEscalationsOfAClient(EscalationCommon):
    def _count(self, partner, user=None):
        self.env.invalidate_all()
        return partner.with_user(user or self.leader).escalation_count

    def test_the_contacts_and_its_childrens(self):
        other = self.env["res.partner"].create({"name": "Somebody else"})
        tickets = [
            self._new_ticket(),
            self._new_ticket(),
            self._new_ticket(partner_id=self.client_company.id),
            self._new_ticket(partner_id=other.id),
        ]
        self._run(11)
        self._staff_answers(tickets[0], 12)
        self._run(13)
        self.client.active = False
        for partner, expected in (
            (self.client, 2),
            (self.client_company, 3),
            (other, 1),
            (self.director.partner_id, 0),
        ):
            with self.subTest(partner.name):
                self.assertEqual(self._count(partner), expected)
                action = partner.with_user(self.leader).action_view_escalations()
                listed = self.incidents.with_user(self.leader)
                self.assertEqual(listed.search_count(action["domain"]), expected)

    def test_only_those_that_the_user_may_see(self):
        self._new_ticket()
        self._run(11)
        stranger = self._new_user("esc_stranger", OWN)
        self.assertEqual(self._count(self.client, stranger), 0)
        with self.assertRaises(AccessError):
            self._count(self.client, self.director)
        with self.assertRaises(AccessError):
            self.client.with_user(self.director).action_view_escalations()
