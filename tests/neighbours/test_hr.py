"""hr: people are employees, who leave."""

from ..support.common import EscalationCommon


class TestHr(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.employee = cls.env["hr.employee"].create(
            {"name": "Lea Leader", "user_id": cls.leader.id}
        )
        cls.ticket = cls._new_ticket()

    def setUp(self):
        super().setUp()
        self._run(30)
        with self._at(31):
            self._incident(self.ticket)._confirm(self.leader, "email")

    def test_an_employee_who_is_deleted_has_their_login_and_is_on_it(self):
        self.employee.unlink()
        self._run(60)
        incident = self._incident(self.ticket)
        self.assertEqual(incident.confirmed_by_id, self.leader)
        self.assertEqual(incident.state, "confirmed")

    def test_who_departs_with_their_login_is_not_on_it_any_more(self):
        wizard = self.env["hr.departure.wizard"].with_context(employee_termination=True)
        wizard.create(
            {
                "employee_ids": self.employee.ids,
                "departure_reason_id": self.env["hr.departure.reason"]
                .search([], limit=1)
                .id,
                "remove_related_user": True,
            }
        ).action_register_departure()
        self.assertFalse(self.leader.active)
        self._run(60)
        incident = self._incident(self.ticket)
        self.assertEqual((incident.state, incident.round), ("active", 2))
        self._run(71)
        self.assertEqual(self._told(self.ticket)[-1], (self.agent, "activity"))
