"""project, with helpdesk_mgmt_project: tickets have tasks, with stages of their own."""

from ..support.common import EscalationCommon


class TestProject(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.done = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        stages = cls.env["project.task.type"].create(
            [{"name": "New"}, {"name": cls.done.name, "fold": True}]
        )
        project = cls.env["project.project"].create(
            {"name": "Printers", "type_ids": stages.ids, "partner_id": cls.client.id}
        )
        cls.task = cls.env["project.task"].create(
            {"name": "Put it out", "project_id": project.id}
        )
        cls.ticket = cls._new_ticket(project_id=project.id, task_id=cls.task.id)

    def test_the_stage_of_a_task_is_not_that_of_its_ticket(self):
        self._run(11)
        self.task.stage_id = self.task.project_id.type_ids[1]
        self.task.state = "1_done"
        self._run(12)
        self.assertEqual(self._incident(self.ticket).state, "active")
        self.ticket.stage_id = self.done
        self._run(13)
        self.assertEqual(self._incident(self.ticket).resolution, "closed_waiting")

    def test_what_is_said_on_a_task_answers_nobody(self):
        self._staff_answers(self.task, 5)
        self._client_writes(self.task, 6)
        self._run(11)
        self.assertEqual(self._told(self.ticket), [(self.agent, "activity")])
        self.task.unlink()
        self._staff_answers(self.ticket, 12)
        self._run(13)
        self.assertEqual(self._incident(self.ticket).resolution, "answered")
