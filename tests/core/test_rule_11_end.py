"""R11: what ends an incident, with the reason, and what comes after."""

from odoo.tools import mute_logger

from ..support.common import EscalationCommon


class TestEnd(EscalationCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self._new_ticket()
        self._run(11)
        self.incident = self._incident(self.ticket)

    def _assert_ended(self, resolution):
        self.env.invalidate_all()
        self.assertEqual(self.incident.state, "resolved")
        self.assertEqual(self.incident.resolution, resolution)
        self.assertFalse(
            self.env["mail.activity"].search(
                [("res_model", "=", "helpdesk.ticket"), ("res_id", "=", self.ticket.id)]
            ),
            "its activities disappear",
        )
        told = self._told(self.ticket)
        self._run(600)
        self.assertEqual(self._told(self.ticket), told, "nothing more is told")

    def _break_fast_path(self):
        """Let only the run find what has happened."""
        self.patch(
            type(self.env["helpdesk.escalation.engine"]),
            "_resolve_now",
            lambda engine, ticket_ids: None,
        )

    def test_an_answer_at_once(self):
        self._staff_answers(self.ticket, 15)
        self._assert_ended("answered")
        self.assertEqual(self.incident.resolved_by_id, self.agent.partner_id)

    def test_an_answer_found_by_the_run(self):
        self._break_fast_path()
        self._staff_answers(self.ticket, 15)
        self.assertEqual(self.incident.state, "active")
        self._run(16)
        self._assert_ended("answered")

    def test_an_answer_by_somebody_else_than_the_responsible(self):
        self._staff_answers(self.ticket, 15, user=self.leader)
        self._assert_ended("answered")
        self.assertEqual(self.incident.resolved_by_id, self.leader.partner_id)

    def test_an_answer_ends_a_confirmed_incident_too(self):
        self.incident._confirm(self.leader, "dashboard")
        self._staff_answers(self.ticket, 15)
        self._assert_ended("answered")

    def test_closing(self):
        self.ticket.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        self._assert_ended("closed_waiting")

    def test_a_stage_that_becomes_a_closed_one(self):
        self.ticket.stage_id.closed = True
        self._run(16)
        self._assert_ended("closed_waiting")

    def test_closed_and_reopened_between_two_runs(self):
        self._break_fast_path()
        with self._at(15):
            self.ticket.stage_id = self.env.ref(
                "helpdesk_mgmt.helpdesk_ticket_stage_done"
            )
            self.env.flush_all()
        with self._at(16):
            self.ticket.stage_id = self.env.ref(
                "helpdesk_mgmt.helpdesk_ticket_stage_new"
            )
            self.env.flush_all()
        self._run(17)
        self.env.invalidate_all()
        self.assertEqual(self.incident.resolution, "closed_waiting")
        self._run(26)
        after = self.ticket.escalation_incident_ids - self.incident
        self.assertEqual(after.previous_incident_id, self.incident)
        self.assertEqual(after.state, "active", "a new case from when it came back")

    def test_archiving_and_back_again(self):
        with self._at(15):
            self.ticket.active = False
            self.assertEqual(self.incident.resolution, "archived")
            self.ticket.active = True
            self.env.flush_all()
        self._run(24)
        self.assertEqual(self.ticket.escalation_incident_ids, self.incident)
        self._run(25)
        incidents = self.ticket.escalation_incident_ids
        self.assertEqual(
            sorted(incidents.mapped("state")),
            ["active", "resolved"],
            "the client still waits, so it is a new case",
        )

    def test_marking_as_a_duplicate(self):
        self.ticket.duplicate_id = self._new_ticket(minute=500)
        self._assert_ended("duplicate")

    def test_do_not_escalate(self):
        self.ticket.escalation_muted = True
        self._assert_ended("muted")

    def test_no_policy_any_more(self):
        self.team.escalation_policy_id = False
        self._run(16)
        self._assert_ended("no_policy")

    def test_the_policy_is_archived(self):
        self.policy.action_archive()
        self._run(16)
        self._assert_ended("no_policy")

    def test_deleting_the_ticket_takes_its_incident_along(self):
        incident, notifications = self.incident, self.incident.notification_ids
        self.ticket.unlink()
        self.assertFalse((incident | incident).exists())
        self.assertFalse(notifications.exists())
        self._run(16)

    def test_a_copy_of_the_ticket_is_a_wait_of_its_own(self):
        copy = self.ticket.copy()
        self._date(copy, 20)
        self.assertFalse(copy.escalation_incident_ids)
        self._run(25)
        self.assertFalse(self._told(copy))

    def test_the_next_word_after_an_answer_is_a_new_incident(self):
        self._staff_answers(self.ticket, 15)
        self._client_writes(self.ticket, 20)
        self._run(29)
        self.assertEqual(len(self.ticket.escalation_incident_ids), 1)
        self._run(30)
        self.assertEqual(len(self.ticket.escalation_incident_ids), 2)
        self.assertEqual(self.incident.state, "resolved", "resolved is final")

    def test_answer_and_next_word_between_two_runs(self):
        self._break_fast_path()
        self._staff_answers(self.ticket, 15)
        self._client_writes(self.ticket, 16)
        self._run(40)
        incidents = self.ticket.escalation_incident_ids.sorted("id")
        self.assertEqual(incidents.mapped("state"), ["resolved", "active"])
        self.assertEqual(incidents[0].resolution, "answered")
        self.assertEqual(
            self._told(self.ticket),
            [(self.agent, "activity"), (self.agent, "activity")],
            "a new wait starts with the first step",
        )

    @mute_logger("odoo.sql_db")
    def test_a_ticket_has_one_open_incident_by_an_index(self):
        from psycopg2.errors import UniqueViolation

        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.incidents.create(
                {
                    "ticket_id": self.ticket.id,
                    "policy_id": self.policy.id,
                    "anchor_date": self.t0,
                }
            )
