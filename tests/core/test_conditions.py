"""Policies and steps for some tickets only: conditions in Odoo's domain editor."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from ..support.common import EscalationCommon

URGENT = "[('priority', '=', '3')]"
BROKEN = "[('x_gone', '=', 1)]"
QUIET = "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_condition"


class TestPolicyConditions(EscalationCommon):
    def _break(self, record, condition=BROKEN):
        """What an upgrade may leave behind: nobody could save this."""
        self.env.flush_all()
        self.env.cr.execute(
            f'UPDATE "{record._table}" SET condition = %s WHERE id = %s',
            [condition, record.id],
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    def test_a_policy_counts_for_the_tickets_it_is_meant_for(self):
        self.policy.condition = URGENT
        plain = self._new_ticket(0)
        urgent = self._new_ticket(0, priority="3")
        self.assertFalse(plain.effective_escalation_policy_id)
        self.assertEqual(urgent.effective_escalation_policy_id, self.policy)
        self._run(10)
        self.assertFalse(self._told(plain))
        self.assertEqual(self._told(urgent), [(self.agent, "activity")])

    def test_where_it_does_not_hold_the_next_policy_counts(self):
        """A team's policy for urgent tickets, and the one of the team above."""
        above = self.env["helpdesk.ticket.team"].create({"name": "All"})
        above.escalation_policy_id = self._new_policy("Slow", {"delay": 99})
        self.team.parent_id = above
        self.policy.condition = URGENT
        ticket = self._new_ticket(0)
        self.assertEqual(
            ticket.effective_escalation_policy_id, above.escalation_policy_id
        )
        ticket.priority = "3"
        self.env.invalidate_all()
        self.assertEqual(ticket.effective_escalation_policy_id, self.policy)

    def test_a_ticket_that_no_longer_matches_is_left_alone(self):
        self.policy.condition = URGENT
        ticket = self._new_ticket(0, priority="3")
        self._run(10)
        ticket.priority = "1"
        self._run(30)
        self.assertEqual(self._incident(ticket).resolution, "no_policy")

    def test_conditions_look_at_tags_and_at_what_hangs_on_the_ticket(self):
        tag = self.env["helpdesk.ticket.tag"].create({"name": "Outage"})
        self.policy.condition = (
            f"['|', ('tag_ids', 'in', [{tag.id}]), ('partner_id.name', 'ilike', 'zo')]"
        )
        plain = self._new_ticket(0)
        tagged = self._new_ticket(0, tag_ids=[Command.set(tag.ids)])
        self.assertFalse(plain.effective_escalation_policy_id)
        self.assertEqual(tagged.effective_escalation_policy_id, self.policy)
        self.client.name = "Zoe"
        self.env.invalidate_all()
        self.assertEqual(plain.effective_escalation_policy_id, self.policy)

    @mute_logger(QUIET)
    def test_what_cannot_be_used_is_refused(self):
        for condition in (
            BROKEN,
            "[('priority', '=',",
            "[('escalation_policy_id', '!=', False)]",
            "__import__('os')",
        ):
            with self.subTest(condition), self.assertRaises(ValidationError):
                self.policy.condition = condition

    @mute_logger(QUIET)
    def test_a_broken_condition_is_shown_and_matches_nothing(self):
        other = self._new_policy("Sound", {"delay": 10, "recipient": "team_leader"})
        ticket = self._new_ticket(0)
        sound = self._new_ticket(0, escalation_policy_id=other.id)
        for condition in (BROKEN, "[('id', '=', 'seven')]", "no python"):
            self._break(self.policy, condition)
            self.assertTrue(self.policy.condition_error, condition)
            self.assertFalse(ticket.effective_escalation_policy_id)
        self._run(10)
        self.assertFalse(self._told(ticket))
        self.assertEqual(self._told(sound), [(self.leader, "activity")])

    def test_a_step_that_is_not_meant_for_a_ticket_is_passed_over(self):
        self.policy.step_ids[1].condition = URGENT
        plain = self._new_ticket(0)
        urgent = self._new_ticket(0, priority="3")
        self._run(10)
        self.assertNotIn("esc_leader", self._incident(plain).next_text or "")
        for minute in (30, 60):
            self._run(minute)
        self.assertEqual(
            self._told(plain), [(self.agent, "activity"), (self.director, "email")]
        )
        self.assertEqual(len(self._told(urgent)), 3)

    def test_a_wait_opens_with_the_first_step_that_is_meant_for_it(self):
        self.policy.step_ids[0].condition = URGENT
        ticket = self._new_ticket(0)
        self._run(10)
        self.assertFalse(ticket.escalation_incident_ids)
        self.assertIn("Team leader", ticket.escalation_status_text)
        self._run(30)
        self.assertEqual(self._told(ticket), [(self.leader, "email")])

    def test_a_ticket_that_no_step_is_meant_for_stays_quiet(self):
        self.policy.step_ids.condition = URGENT
        ticket = self._new_ticket(0)
        self._run(60)
        self.assertFalse(ticket.escalation_incident_ids)

    def test_a_ticket_that_comes_to_match_is_told_about_then_but_in_order(self):
        self.policy.step_ids[1].condition = URGENT
        late = self._new_ticket(0)
        too_late = self._new_ticket(0)
        self._run(30)
        late.priority = "3"
        self._run(45)
        self.assertEqual(self._told(late)[1], (self.leader, "email"))
        self._run(60)
        too_late.priority = "3"
        self._run(65)
        self.assertNotIn((self.leader, "email"), self._told(too_late))

    @mute_logger(QUIET)
    def test_a_step_with_a_broken_condition_is_passed_over(self):
        ticket = self._new_ticket(0)
        self._break(self.policy.step_ids[0])
        self.assertTrue(self.policy.step_ids[0].condition_error)
        self._run(30)
        self.assertEqual(self._told(ticket), [(self.leader, "email")])


class TestPausing(EscalationCommon):
    """Stages that mean: not waiting for us. Odoo's tracking tells when it began."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stages = cls.env["helpdesk.ticket.stage"]
        cls.awaiting = stages.create({"name": "Awaiting client", "sequence": 5})
        cls.working = stages.create({"name": "Working on it", "sequence": 4})
        cls.policy.pause_stage_ids = cls.awaiting

    def _move(self, ticket, stage, minute):
        """Move a ticket as a person does, which Odoo tracks."""
        self.flush_tracking()
        before = ticket.message_ids
        moved = ticket.with_context(tracking_disable=False, mail_notrack=False)
        moved.stage_id = stage
        self.flush_tracking()
        self.env.invalidate_all()
        changes = ticket.message_ids - before
        self.assertTrue(changes.sudo().tracking_value_ids)
        self._date(changes, minute)
        self._date(changes.sudo().tracking_value_ids, minute)

    def test_entering_the_stage_settles_the_wait_until_the_client_writes_again(self):
        ticket = self._new_ticket(0)
        self._move(ticket, self.awaiting, 5)
        self.assertFalse(ticket.escalation_waiting_since)
        self._run(60)
        self.assertFalse(ticket.escalation_incident_ids)
        self._client_writes(ticket, 70)
        self._run(79)
        self.assertFalse(ticket.escalation_incident_ids)
        self._run(80)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_it_ends_the_incident_at_once_and_says_why(self):
        ticket = self._new_ticket(-20)
        self._client_writes(ticket, -10)
        self._run(10)
        self._move(ticket, self.awaiting, 15)
        incident = self._incident(ticket)
        self.assertEqual((incident.state, incident.resolution), ("resolved", "paused"))
        self.assertFalse(ticket.activity_ids)

    def test_leaving_the_stage_unanswered_the_wait_goes_on_from_then(self):
        ticket, answered = self._new_ticket(0), self._new_ticket(0)
        self._staff_answers(answered, 4)
        for one in ticket, answered:
            self._move(one, self.awaiting, 5)
            with self._at(50):
                self._move(one, self.working, 50)
        self._run(59)
        self.assertFalse(ticket.escalation_incident_ids)
        self._run(60)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        self.assertFalse(answered.escalation_incident_ids)

    def test_a_stage_entered_before_the_client_wrote_pauses_nothing(self):
        """Writing the same stage again is no new entering."""
        ticket = self._new_ticket(0)
        self._move(ticket, self.awaiting, 5)
        self._client_writes(ticket, 20)
        ticket.stage_id = self.awaiting
        self._run(30)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_other_stages_and_other_policies_pause_nothing(self):
        other = self._new_policy("Other", {"delay": 10})
        elsewhere = self._new_ticket(0, escalation_policy_id=other.id)
        working = self._new_ticket(0)
        self._move(elsewhere, self.awaiting, 5)
        self._move(working, self.working, 5)
        self._run(10)
        self.assertTrue(self._told(elsewhere))
        self.assertTrue(self._told(working))

    def test_a_ticket_created_in_the_stage_waits_from_the_clients_next_word(self):
        ticket = self._new_ticket(0, stage_id=self.awaiting.id)
        self._run(60)
        self.assertFalse(ticket.escalation_incident_ids)
        self._client_writes(ticket, 70)
        self._run(80)
        self.assertTrue(self._told(ticket))

    def test_it_pauses_what_counts_until_closing_too(self):
        self.policy.count_from = "unresolved"
        ticket = self._new_ticket(0)
        self._move(ticket, self.awaiting, 5)
        self._run(60)
        self.assertFalse(ticket.escalation_incident_ids)
        self._client_writes(ticket, 70)
        self._run(80)
        self.assertTrue(self._told(ticket))

    def _assert_that_many_come_back(self, names):
        """What the form says first is what comes back when it is saved (R3)."""
        vendor = self.env["helpdesk.ticket.stage"].create({"name": "Vendor"})
        self.policy.pause_stage_ids = self.awaiting + vendor
        tickets = {name: self._new_ticket(0) for name in self.NAMES}
        self._client_writes(tickets["wrote"], 1)
        for name in ("wrote again", "answered"):
            self._staff_answers(tickets[name], 1)
        self._client_writes(tickets["wrote again"], 2)
        for name in ("waived", "waived, wrote again", "waived, answered"):
            ticket = tickets[name].with_user(self.manager)
            ticket.action_escalation_no_answer_needed()
        self._client_writes(tickets["waived, wrote again"], 2)
        self._staff_answers(tickets["waived, answered"], 2)
        tickets["muted"].escalation_muted = True
        other = self._new_policy("Other", {"delay": 10})
        tickets["of another policy"].escalation_policy_id = other
        for name, ticket in tickets.items():
            paused_by = vendor if name == "still paused" else self.awaiting
            self._move(ticket, paused_by, 5)
        self._client_writes(tickets["wrote since"], 6)
        values = {"pause_stage_ids": [Command.set(vendor.ids)]}
        draft = self.policy.new(values, origin=self.policy)
        self.assertFalse(self.policy.resumed_count)
        self.assertEqual(draft.resumed_count, len(names))
        with self._at(100):
            self.policy.write(values)
            self.env.flush_all()
        back = self.t0 + timedelta(minutes=100)
        clocks = self.env["helpdesk.escalation.clock"]
        self.env.invalidate_all()
        came = {
            name
            for name, ticket in tickets.items()
            if clocks.browse(ticket.id).anchor_date == back
        }
        self.assertEqual(came, names)

    NAMES = (
        *("wrote nothing more", "wrote", "wrote again", "answered", "waived"),
        *("waived, wrote again", "waived, answered", "muted", "of another policy"),
        *("still paused", "wrote since"),
    )
    UNANSWERED = {"wrote nothing more", "wrote", "wrote again", "waived, wrote again"}

    def test_a_stage_that_pauses_no_longer_brings_back_as_many_as_the_form_says(self):
        self._assert_that_many_come_back(self.UNANSWERED)

    def test_so_it_does_where_an_answer_ends_nothing(self):
        self.policy.count_from = "unresolved"
        self._assert_that_many_come_back(self.UNANSWERED | {"answered"})
