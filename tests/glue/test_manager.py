"""A step that notifies the manager of the responsible, as Employees knows them."""

from ..support.away import AwayCommon


class TestManager(AwayCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls._new_user("esc_boss", "base.group_user")
        employees = cls.env["hr.employee"]
        cls.chief = employees.create({"name": "Boss", "user_id": cls.boss.id})
        cls.employee = employees.create(
            {
                "name": "Agent",
                "user_id": cls.agent.id,
                "parent_id": cls.chief.id,
            }
        )
        cls.policy.step_ids.sorted()[0].write({"delay": 10, "recipient": "manager"})

    def _told_first(self, **values):
        ticket = self._new_ticket(**values)
        self._run(11)
        return self._told(ticket)

    def test_the_manager_of_the_responsible_is_notified(self):
        self.assertEqual(self._told_first(), [(self.boss, "activity")])

    def test_without_one_the_leader_is(self):
        for number, loss in enumerate(
            (
                lambda: self.employee.write({"parent_id": False}),
                lambda: self.chief.write({"user_id": False}),
                lambda: self.boss.write({"active": False}),
                lambda: self.employee.write({"active": False}),
            )
        ):
            with self.subTest(number):
                savepoint = self.env.cr.savepoint()
                loss()
                self.assertEqual(self._told_first(), [(self.leader, "activity")])
                savepoint.rollback()
                savepoint.close()
                self.env.invalidate_all()

    def test_nobody_responsible_means_the_leader(self):
        self.assertEqual(self._told_first(user_id=False), [(self.leader, "activity")])

    def test_who_has_neither_says_so_and_passes_on(self):
        self.employee.parent_id = False
        self.team.user_id = False
        ticket = self._new_ticket()
        self._run(11)
        reasons = self._incident(ticket).notification_ids.mapped("reason")
        self.assertIn(
            "The responsible has no manager, and the team has no leader.", reasons
        )
        self.assertIn((self.director, "email"), self._told(ticket))

    def test_an_absent_manager_s_substitute_is_notified(self):
        self.boss.escalation_substitute_id = self.substitute
        self._send_away(self.boss)
        self.assertEqual(self._told_first(), [(self.substitute, "activity")])

    def test_the_one_of_the_ticket_s_company_counts(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        other = self._new_user("esc_other_boss", "base.group_user")
        employees = self.env["hr.employee"]
        chief = employees.create(
            {"name": "There", "user_id": other.id, "company_id": elsewhere.id}
        )
        self.agent.company_ids += elsewhere
        employees.create(
            {
                "name": "Agent there",
                "user_id": self.agent.id,
                "company_id": elsewhere.id,
                "parent_id": chief.id,
            }
        )
        self.assertEqual(self._told_first(), [(self.boss, "activity")])

    def test_the_words_of_the_step(self):
        step = self.policy.step_ids.sorted()[0]
        self.assertEqual(
            step.display_name,
            "After 10min: notification to the responsible's manager",
        )
