"""Who leaves has a place in a rota: the managers are informed, once."""

from odoo import Command

from ..support.common import MANAGER, TEAM
from ..support.on_call import OnCallCommon


class TestVacantPlace(OnCallCommon):
    def _messages(self):
        """What was said about rotas, by whom it was sent to."""
        messages = self.env["mail.message"].search(
            [("model", "=", "helpdesk.escalation.rota")], order="id"
        )
        return [(message.partner_ids, message.body) for message in messages]

    def _informed(self):
        managers = self.env["res.partner"].union(*(who for who, _ in self._messages()))
        return managers.user_ids & (self.manager + self.ben + self.agent + self.second)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._new_user("esc_second", MANAGER)

    def test_managers_are_informed_once(self):
        self.ben.active = False
        messages = self._messages()
        self.assertEqual(self._informed(), self.manager + self.second)
        receivers = [who for who, _body in messages]
        self.assertEqual(len(receivers), len(set(receivers)))
        for _who, body in messages:
            self.assertIn("Ben can be on duty no more", body)
            self.assertIn("First line", body)
        self.ben.active = False
        self.ben.name = "Benjamin"
        self._run(10)
        self.assertEqual(self._messages(), messages)

    def test_people_who_leave_together_are_one_message_a_manager(self):
        (self.ben + self.cleo).active = False
        of_second = [
            body for who, body in self._messages() if who == self.second.partner_id
        ]
        self.assertEqual(len(of_second), 1)
        self.assertIn("Ben, Cleo can be on duty no more", of_second[0])

    def test_who_becomes_an_outsider_leaves_too(self):
        self.ben.group_ids = [Command.set(self.env.ref("base.group_portal").ids)]
        self.assertEqual(self._informed(), self.manager + self.second)

    def test_a_manager_who_leaves_is_not_informed_of_it(self):
        self._set_people(self.layer, self.anna, self.second)
        self.second.active = False
        self.assertEqual(self._informed(), self.manager)

    def test_nobody_is_informed_without_a_place(self):
        self._set_people(self.layer, self.anna, self.cleo)
        self.ben.active = False
        self.leader.active = False
        self.rota.active = False
        self.anna.active = False
        self.assertFalse(self._messages())

    def test_managers_of_another_company_are_not_informed(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.second.write(
            {
                "company_ids": [Command.set(elsewhere.ids)],
                "company_id": elsewhere.id,
            }
        )
        self.ben.active = False
        self.assertEqual(self._informed(), self.manager)

    def test_it_is_said_in_the_language_of_the_manager(self):
        other = self._new_user("esc_other", TEAM)
        self._set_people(self.layer, self.anna, other)
        self.env["res.lang"]._activate_lang("fr_FR")
        self.second.lang = "fr_FR"
        other.active = False
        self.assertIn(self.second, self._informed())
