"""Merged tickets: nobody who waits is forgotten, and a merge is no answer."""

from datetime import timedelta

from odoo import Command

from ..support.common import EscalationCommon


class TestMerge(EscalationCommon):
    def _merge(self, tickets, target=None):
        wizards = self.env["helpdesk.ticket.merge"]
        wizard = wizards.with_context(active_ids=tickets.ids).create(
            {
                "ticket_ids": [Command.set(tickets.ids)],
                "user_id": self.agent.id,
                "dst_ticket_id": target.id if target else False,
                "create_new_ticket": not target,
                "dst_ticket_name": "Both together",
                "dst_helpdesk_team_id": self.team.id,
            }
        )
        wizard.merge_tickets()
        self.env.flush_all()
        self.env.invalidate_all()
        return wizard.dst_ticket_id

    def _since(self, ticket):
        waiting_since = ticket.escalation_waiting_since
        return waiting_since and (waiting_since - self.t0).total_seconds() / 60

    def test_a_merge_is_no_answer(self):
        one, other = self._new_ticket(0), self._new_ticket(2)
        self._merge(one + other, one)
        self.assertEqual(self._since(one), 0)
        self._run(10)
        self.assertEqual(self._told(one), [(self.agent, "activity")])

    def test_who_waits_by_the_creation_goes_on_waiting_on_an_answered_ticket(self):
        answered, waiting = self._new_ticket(0), self._new_ticket(1)
        self._staff_answers(answered, 2)
        self.assertFalse(self._since(answered))
        self._merge(answered + waiting, answered)
        self.assertEqual(self._since(answered), 1)
        self._run(11)
        self.assertEqual(self._told(answered), [(self.agent, "activity")])

    def test_an_answer_there_does_not_answer_what_was_asked_here(self):
        answered, waiting = self._new_ticket(0), self._new_ticket(0)
        self._staff_answers(waiting, 1)
        self._client_writes(waiting, 2)
        self._client_writes(answered, 3)
        self._staff_answers(answered, 4)
        self._merge(answered + waiting, answered)
        self.assertEqual(self._since(answered), 2)
        last = answered.message_ids.filtered(
            lambda message: message.escalation_party == "client"
        )[:1]
        self.assertEqual(last.author_id, self.client)
        self.assertTrue(last.is_internal)

    def test_the_oldest_wait_goes_on_in_a_new_ticket(self):
        one, other = self._new_ticket(0), self._new_ticket(5)
        new = self._merge(one + other)
        self.assertEqual(self._since(new), 0)
        self._run(10)
        self.assertEqual(self._told(new), [(self.agent, "activity")])

    def test_what_the_client_wrote_later_counts_there_as_it_did_here(self):
        one, other = self._new_ticket(0), self._new_ticket(7)
        self._client_writes(one, 6)
        new = self._merge(one + other)
        self._run(15)
        self.assertFalse(self._told(new), "the policy counts from the last message")
        self._run(16)
        self.assertEqual(self._told(new), [(self.agent, "activity")])

    def test_nobody_waits_on_a_new_ticket_of_answered_ones(self):
        one, other = self._new_ticket(0), self._new_ticket(5)
        self._staff_answers(one, 6)
        self._staff_answers(other, 6)
        new = self._merge(one + other)
        self.assertFalse(new.escalation_waiting_since)
        self._run(60)
        self.assertFalse(self._told(new))
        self._client_writes(new, 70)
        self.assertEqual(self._since(new), 70)

    def test_an_alarm_goes_on_where_it_was(self):
        one, other = self._new_ticket(0), self._new_ticket(0)
        self._run(10)
        self._merge(one + other, one)
        self._run(31)
        self.assertEqual(self._incident(other).resolution, "archived")
        self.assertEqual(self._incident(one).state, "active")
        self.assertEqual(self._told(one)[1:], [(self.leader, "email")])

    # ------------------------------------------------------------------
    # As the policy counts
    # ------------------------------------------------------------------

    def _assert_counts_from(self, ticket, minute):
        """The first step, of ten minutes, fires ten minutes after a minute."""
        self._run(minute + 9)
        self.assertFalse(self._told(ticket))
        self._run(minute + 10)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        self.assertEqual(
            self._incident(ticket).anchor_date, self.t0 + timedelta(minutes=minute)
        )

    def test_from_the_first_message_where_the_other_ticket_waits_longer(self):
        """Its creation is older than any message that is still unanswered there."""
        self.policy.count_from = "client_first"
        target, other = self._new_ticket(0), self._new_ticket(1)
        self._staff_answers(target, 2)
        self._client_writes(other, 3)
        question = self._client_writes(target, 4)
        written = question.date
        self._merge(target + other, target)
        self._assert_counts_from(target, 1)
        self.assertEqual(self._since(target), 1)
        self.env.invalidate_all()
        self.assertEqual(question.date, written, "people read when it was written")

    def test_from_the_first_message_where_an_answer_has_moved_between(self):
        self.policy.count_from = "client_first"
        target, other = self._new_ticket(0), self._new_ticket(0)
        self._staff_answers(other, 1)
        self._client_writes(other, 2)
        self._staff_answers(target, 3)
        self._client_writes(target, 5)
        self._merge(target + other, target)
        self._assert_counts_from(target, 2)

    def test_from_the_first_message_into_a_ticket_that_is_younger(self):
        self.policy.count_from = "client_first"
        old, target = self._new_ticket(0), self._new_ticket(5)
        self._merge(old + target, target)
        self._assert_counts_from(target, 0)
        self.assertEqual(self._since(target), 0)

    def test_from_the_first_message_into_a_younger_one_with_messages(self):
        self.policy.count_from = "client_first"
        old, target = self._new_ticket(0), self._new_ticket(5)
        self._client_writes(target, 6)
        self._client_writes(old, 7)
        self._merge(old + target, target)
        self._assert_counts_from(target, 0)

    def test_from_the_first_message_in_a_new_ticket(self):
        self.policy.count_from = "client_first"
        old, other = self._new_ticket(0), self._new_ticket(1)
        self._staff_answers(old, 2)
        self._client_writes(old, 3)
        self._client_writes(other, 4)
        self._assert_counts_from(self._merge(old + other), 1)

    def test_from_the_last_message_into_a_ticket_that_is_younger(self):
        old, target = self._new_ticket(0), self._new_ticket(5)
        self._merge(old + target, target)
        self._assert_counts_from(target, 0)

    def test_from_the_creation_until_it_is_closed(self):
        self.policy.count_from = "unresolved"
        old, target = self._new_ticket(0), self._new_ticket(5)
        self._staff_answers(old, 1)
        self._staff_answers(target, 6)
        self._merge(old + target, target)
        self._assert_counts_from(target, 0)

    def test_from_the_creation_in_a_new_ticket(self):
        self.policy.count_from = "unresolved"
        old, other = self._new_ticket(0), self._new_ticket(5)
        self._client_writes(old, 6)
        self._staff_answers(old, 7)
        self._assert_counts_from(self._merge(old + other), 0)

    def test_where_each_counts_otherwise_the_first_open_message_counts(self):
        first = self._new_policy(
            "First",
            {"delay": 10, "recipient": "responsible"},
            count_from="client_first",
        )
        old, target = self._new_ticket(0), self._new_ticket(5)
        target.escalation_policy_id = first
        self._client_writes(old, 3)
        self._merge(old + target, target)
        self._assert_counts_from(target, 0)

    def test_into_a_ticket_that_came_back_later(self):
        old, target = self._new_ticket(0), self._new_ticket(0)
        target._escalation_come_back(self.t0 + timedelta(minutes=5))
        self.assertEqual(self._since(target), 5)
        self._merge(old + target, target)
        self._assert_counts_from(target, 0)

    # ------------------------------------------------------------------
    # What is already under way
    # ------------------------------------------------------------------

    def test_the_alarm_there_goes_by_the_oldest_wait(self):
        """Nobody above is notified later than they would have been."""
        old, target = self._new_ticket(0), self._new_ticket(15)
        self._run(26)
        self._merge(old + target, target)
        self._run(31)
        self.assertEqual(self._incident(target).state, "active")
        self.assertEqual(self._told(target)[1:], [(self.leader, "email")])

    def test_who_is_on_it_stays_so_when_an_answer_moves_there(self):
        target, other = self._new_ticket(0), self._new_ticket(0)
        self._run(10)
        incident = self._incident(target)
        incident.with_user(self.agent).action_confirm()
        self._staff_answers(other, 12)
        self._merge(target + other, target)
        self.assertEqual(incident.state, "confirmed")
        self._run(60)
        self.assertEqual(self._incident(target).state, "confirmed")
        self.assertEqual(self._told(target), [(self.agent, "activity")])
        self._staff_answers(target, 61)
        self.assertEqual(incident.resolution, "answered")

    def test_the_incidents_of_what_is_merged_end_at_once(self):
        target, other = self._new_ticket(0), self._new_ticket(0)
        self._run(10)
        self._merge(target + other, target)
        self.assertEqual(self._incident(other).resolution, "archived")
        self.assertFalse(other.activity_ids)

    def test_who_waits_is_not_forgotten_in_a_closed_ticket(self):
        done = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        target, waiting = self._new_ticket(-9), self._new_ticket(0)
        self._staff_answers(target, -8)
        target.stage_id = done
        target.closed_date = self.t0 - timedelta(minutes=7)
        self._merge(target + waiting, target)
        self.assertEqual(self._since(target), 0)
        self.assertTrue(target.escalation_written_after_closing)
        self._run(10)
        self.assertEqual(self._told(target), [(self.agent, "activity")])

    def test_an_employee_who_asked_is_not_forgotten_beside_a_client(self):
        employee = self._new_user("esc_employee", "base.group_user")
        target = self._new_ticket(0)
        self._staff_answers(target, 1)
        asked = self._new_ticket(2, partner_id=employee.partner_id.id)
        self._client_writes(asked, 3, author=employee.partner_id)
        self._merge(target + asked, target)
        self.assertEqual(self._since(target), 3)
        self._run(13)
        self.assertEqual(self._told(target), [(self.agent, "activity")])

    def test_a_waiver_goes_along_with_what_it_waives(self):
        answered, waived = self._answered(), self._answered()
        self._client_writes(waived, 3)
        waived.with_user(self.agent).action_escalation_no_answer_needed()
        self._merge(answered + waived, answered)
        self.assertFalse(self._since(answered))

    def test_a_waiver_that_moves_there_waives_nothing_there(self):
        waiting, waived = self._answered(), self._answered()
        self._client_writes(waived, 3)
        self._client_writes(waiting, 4)
        waived.with_user(self.agent).action_escalation_no_answer_needed()
        self._merge(waiting + waived, waiting)
        self.assertEqual(self._since(waiting), 4)

    # ------------------------------------------------------------------
    # Duplicates of what is merged
    # ------------------------------------------------------------------

    def _answered(self):
        ticket = self._new_ticket()
        self._staff_answers(ticket, 1)
        return ticket

    def test_what_is_a_duplicate_of_it_is_one_of_the_target(self):
        merged, target, duplicate = (self._answered() for _nth in range(3))
        duplicate.duplicate_id = merged
        self._merge(merged + target, target)
        self.assertEqual(duplicate.duplicate_id, target)
        self._client_writes(duplicate, 10)
        self.env.invalidate_all()
        self.assertEqual(self._since(target), 10)
        self._run(20)
        self.assertEqual(self._told(target), [(self.agent, "activity")])

    def test_who_waits_on_a_duplicate_of_it_goes_on_waiting(self):
        merged, target, duplicate = (self._answered() for _nth in range(3))
        duplicate.duplicate_id = merged
        self._client_writes(duplicate, 10)
        self._merge(merged + target, target)
        self.assertEqual(self._since(target), 10)

    def test_the_target_is_no_duplicate_of_what_is_merged_into_it(self):
        merged, target = self._answered(), self._new_ticket(0)
        target.duplicate_id = merged
        self._merge(merged + target, target)
        self.assertFalse(target.duplicate_id)
        self._client_writes(target, 10)
        self.env.invalidate_all()
        self.assertTrue(target.escalation_waiting_since)

    def test_the_target_is_a_duplicate_of_what_was_merged_was_one_of(self):
        original, merged, other, target = (self._answered() for _nth in range(4))
        merged.duplicate_id = original
        other.duplicate_id = merged
        target.duplicate_id = other
        self._merge(merged + other + target, target)
        self.assertEqual(target.duplicate_id, original)
