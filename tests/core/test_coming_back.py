"""R3, R4: a click undone forgets nobody, and alarms nobody before its time."""

from odoo import Command

from ..support.coming_back import ComingBackCommon


class TestComingBack(ComingBackCommon):
    def _assert_comes_back(self, settle, undo):
        """Unanswered it waits from the undoing, answered not, whatever counts."""
        for count_from in ("client_last", "client_first", "unresolved"):
            self.policy.count_from = count_from
            ticket, answered = self._new_ticket(), self._new_ticket()
            self._staff_answers(answered, 2)
            for one in ticket, answered:
                settle(one, 5)
                self.assertIsNone(self._anchor(one))
                undo(one, 100)
            with self.subTest(count_from):
                self.assertEqual(self._since(ticket), 100)
                self.assertEqual(self._anchor(ticket), 100)
                self.assertIsNone(self._since(answered))
                self.assertEqual(
                    self._anchor(answered), 100 if count_from == "unresolved" else None
                )
                self._client_writes(ticket, 110)
                self.assertEqual(self._since(ticket), 100)
                self.assertEqual(
                    self._anchor(ticket), 110 if count_from == "client_last" else 100
                )

    def _changes(self, **values):
        return lambda ticket, minute: self._write(ticket, minute, **values)

    def test_closed_and_reopened(self):
        self._assert_comes_back(
            self._changes(stage_id=self.done.id),
            self._changes(stage_id=self.working.id),
        )

    def test_archived_and_back(self):
        self._assert_comes_back(self._changes(active=False), self._changes(active=True))

    def test_a_duplicate_that_is_none(self):
        other = self._new_ticket()
        self._assert_comes_back(
            self._changes(duplicate_id=other.id), self._changes(duplicate_id=False)
        )

    def test_a_duplicate_of_a_ticket_that_was_deleted(self):
        def delete(ticket, minute):
            with self._at(minute):
                ticket.duplicate_id.unlink()

        def mark(ticket, minute):
            self._write(ticket, minute, duplicate_id=self._new_ticket().id)

        self._assert_comes_back(mark, delete)

    def test_muted_and_heard_again(self):
        for count_from in ("client_last", "client_first", "unresolved"):
            self.policy.count_from = count_from
            ticket = self._new_ticket()
            self._write(ticket, 5, escalation_muted=True)
            self._write(ticket, 100, escalation_muted=False)
            self.assertEqual(self._anchor(ticket), 100)

    def test_created_closed_it_counts_from_when_it_came_back(self):
        for count_from in ("client_last", "client_first", "unresolved"):
            self.policy.count_from = count_from
            ticket = self._new_ticket(stage_id=self.done.id)
            self.assertFalse(ticket.closed_date)
            self.assertIsNone(self._anchor(ticket))
            self._write(ticket, 100, stage_id=self.working.id)
            self.assertEqual(self._anchor(ticket), 100)

    def test_another_team_that_has_not_the_closed_stage(self):
        stage = self.env["helpdesk.ticket.stage"].create(
            {"name": "Old", "closed": True, "team_ids": [Command.set(self.team.ids)]}
        )
        other = self.team.copy({"name": "Other"})
        ticket = self._new_ticket(stage_id=stage.id)
        self._write(ticket, 100, team_id=other.id)
        self.assertFalse(ticket.stage_id.closed)
        self.assertEqual(self._since(ticket), 100)

    def test_still_settled_in_another_way_it_does_not_come_back(self):
        ticket = self._new_ticket()
        self._write(ticket, 5, stage_id=self.done.id, active=False)
        self._write(ticket, 50, stage_id=self.working.id)
        self.assertIsNone(self._since(ticket))
        self._write(ticket, 100, active=True)
        self.assertEqual(self._since(ticket), 100)

    def test_back_in_a_stage_that_pauses_what_was_written_there_counts_from_then(self):
        stage = self.env["helpdesk.ticket.stage"].create({"name": "Awaiting"})
        self.policy.pause_stage_ids = stage
        other = self._new_ticket()
        for away, back in (
            ({"active": False}, {"active": True}),
            ({"escalation_muted": True}, {"escalation_muted": False}),
            ({"duplicate_id": other.id}, {"duplicate_id": False}),
        ):
            with self.subTest(away=away):
                ticket = self._new_ticket(stage_id=stage.id)
                self.assertIsNone(self._anchor(ticket))
                self._client_writes(ticket, 7)
                self.assertEqual(self._anchor(ticket), 7)
                self._write(ticket, 20, **away)
                self.assertIsNone(self._anchor(ticket))
                self._write(ticket, 100, **back)
                self.assertEqual(self._anchor(ticket), 100)

    def test_from_one_stage_that_hears_to_another_who_waits_goes_on_waiting(self):
        stage = self.env["helpdesk.ticket.stage"].create({"name": "Awaiting"})
        self.policy.pause_stage_ids = stage
        ticket = self._new_ticket()
        self._staff_answers(ticket, 2)
        self._write(ticket, 5, stage_id=self.done.id)
        self._client_writes(ticket, 7)
        self._write(ticket, 20, stage_id=stage.id)
        self._client_writes(ticket, 25)
        self.assertEqual(self._anchor(ticket), 25)
        self._write(ticket, 30, stage_id=self.working.id)
        self.assertEqual(self._anchor(ticket), 25)

    def test_what_was_never_settled_does_not_come_back(self):
        ticket = self._new_ticket()
        self._write(ticket, 50, stage_id=self.working.id, user_id=self.leader.id)
        self.assertFalse(ticket.sudo().escalation_back_date)
        self.assertEqual(self._since(ticket), 0)

    def test_whoever_undoes_it(self):
        ticket = self._new_ticket()
        self._write(ticket, 5, stage_id=self.done.id)
        self._write(ticket.with_user(self.agent), 100, stage_id=self.working.id)
        self.assertEqual(self._since(ticket), 100)

    def test_many_at_once_each_for_itself(self):
        closed, late, open_one = (self._new_ticket() for _ in range(3))
        self._write(closed + late, 5, stage_id=self.done.id)
        self._client_writes(late, 7)
        self._write(closed + late + open_one, 100, stage_id=self.working.id)
        self.assertEqual(
            [self._since(ticket) for ticket in (closed, late, open_one)], [100, 7, 0]
        )

    def test_the_new_incident_names_the_one_that_the_click_had_ended(self):
        ticket = self._new_ticket()
        self._run(10)
        first = self._incident(ticket)
        self._write(ticket, 12, stage_id=self.done.id)
        self.assertEqual(first.state, "resolved")
        self._write(ticket, 14, stage_id=self.working.id)
        self._run(23)
        self.assertEqual(ticket.escalation_incident_ids, first, "no alarm at once")
        self._run(24)
        second = ticket.escalation_incident_ids - first
        self.assertEqual(second.previous_incident_id, first)
        self.assertFalse(first.previous_incident_id)
        self.assertEqual(first.state, "resolved", "resolved is final")

    def test_a_wait_that_began_anew_names_none(self):
        ticket = self._new_ticket()
        self._run(10)
        self._write(ticket, 12, stage_id=self.done.id)
        self._write(ticket, 14, stage_id=self.working.id)
        self._staff_answers(ticket, 15)
        self._client_writes(ticket, 20)
        self._run(30)
        self.assertEqual(len(ticket.escalation_incident_ids), 2)
        self.assertFalse(ticket.escalation_incident_ids.previous_incident_id)

    def test_a_start_date_before_which_it_waited_counts_from_when_it_came_back(self):
        """R12: what came back after the policy's start is no backlog."""
        ticket = self._new_ticket(minute=-5000)
        self.policy.start_date = self.t0
        self.assertEqual(self.policy.backlog_count, 1)
        self._write(ticket, 5, active=False)
        self._write(ticket, 10, active=True)
        self.policy.invalidate_recordset()
        self.assertEqual(self.policy.backlog_count, 0)
        self._run(20)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])


class TestFlagsSwitchedOff(ComingBackCommon):
    """A change of a stage or a policy brings all its tickets back."""

    def test_a_closed_flag_switched_off_and_the_form_says_how_many_first(self):
        stage = self.env["helpdesk.ticket.stage"].create({"name": "X", "closed": True})
        ticket, late, answered, archived = (self._new_ticket() for _ in range(4))
        self._staff_answers(answered, 2)
        tickets = ticket + late + answered + archived
        self._write(tickets, 5, stage_id=stage.id)
        self._client_writes(late, 7)
        archived.active = False
        self.assertFalse(stage.escalation_back_count, "nothing is asked for yet")
        with self._at(100):
            draft = stage.new({"closed": False}, origin=stage)
            self.assertEqual(draft.escalation_back_count, 2)
        self._write(stage, 100, closed=False)
        self.assertEqual(
            [self._since(one) for one in (ticket, late, answered)], [100, 7, None]
        )
        self._write(archived, 120, active=True)
        self.assertEqual(self._since(archived), 120)
        self.assertFalse(stage.escalation_back_count)

    def test_a_policy_switched_on_again(self):
        other = self._new_policy("Other", {"delay": 10})
        ticket, elsewhere = self._new_ticket(), self._new_ticket()
        elsewhere.escalation_policy_id = other
        self._write(self.policy, 5, active=False)
        self.assertIsNone(self._anchor(ticket))
        self.assertEqual(self.policy.back_count, 1)
        self._write(self.policy, 100, active=True)
        self.assertEqual(self._anchor(ticket), 100)
        self.assertEqual(self._anchor(elsewhere), 0, "another one counted all along")
        self.assertFalse(self.policy.back_count)

    def test_the_default_policy_switched_on_again(self):
        self._set_policy(self.team, self.policies)
        self._set_policy(self.env.company, self.policy)
        ticket, answered = self._new_ticket(), self._new_ticket()
        self._staff_answers(answered, 2)
        self._write(self.policy, 5, active=False)
        self.assertEqual(self.policy.back_count, 1)
        self._write(self.policy, 100, active=True)
        self.assertEqual((self._anchor(ticket), self._anchor(answered)), (100, None))

    def test_where_the_creation_counts_what_was_answered_comes_back_too(self):
        stage = self.env["helpdesk.ticket.stage"].create({"name": "X"})
        self.policy.count_from = "unresolved"
        answered, waived, elsewhere = (
            self._new_ticket(stage_id=stage.id) for _nth in range(3)
        )
        elsewhere.escalation_policy_id = self._new_policy("E", {"delay": 10})
        for ticket in answered, elsewhere:
            self._staff_answers(ticket, 2)
        waived.with_user(self.agent).action_escalation_no_answer_needed()
        self._write(self.policy, 5, active=False)
        self.assertEqual(self.policy.back_count, 1)
        self._write(self.policy, 100, active=True)
        self.assertEqual(self._anchor(answered), 100)
        self._write(stage, 105, closed=True)
        draft = stage.new({"closed": False}, origin=stage)
        self.assertEqual(draft.escalation_back_count, 1)
        self._write(stage, 200, closed=False)
        self.assertEqual(self._anchor(answered), 200)
        self.assertIsNone(self._anchor(waived))

    def test_a_policy_whose_company_changes_sends_no_backlog_at_once(self):
        """R12: the tickets of other companies count from then, and the form says so."""
        other = self.env["res.company"].create({"name": "Other"})
        self.policy.company_id = self.env.company
        self.team.company_id = False
        (self.agent + self.leader).company_ids += other
        here = self._new_ticket()
        there = self._new_ticket(minute=-10000, company_id=other.id)
        answered = self._new_ticket(minute=-10000, company_id=other.id)
        self._staff_answers(answered, 2)
        self.assertIsNone(self._anchor(there))
        draft = self.policy.new({"company_id": False}, origin=self.policy)
        self.assertEqual((draft.covered_count, self.policy.covered_count), (1, 0))
        self._write(self.policy, 100, company_id=False)
        self.assertEqual((self._anchor(there), self._anchor(here)), (100, 0))
        self._run(105)
        self.assertFalse(self._told(there))
        self._run(110)
        self.assertEqual(self._told(there), [(self.agent, "activity")])

    def test_a_condition_that_is_taken_off_sends_no_backlog_at_once(self):
        self.policy.condition = "[('priority', '=', '3')]"
        urgent, old = self._new_ticket(priority="3"), self._new_ticket(minute=-10000)
        self.assertEqual((self._anchor(urgent), self._anchor(old)), (0, None))
        self._write(self.policy, 100, condition=False)
        self.assertEqual((self._anchor(urgent), self._anchor(old)), (0, 100))

    def test_a_policy_in_the_place_of_another_brings_nobody_back(self):
        own = self._new_policy("Own", {"delay": 10}, active=False)
        ticket = self._new_ticket()
        ticket.escalation_policy_id = own
        self._write(own, 100, active=True)
        self.assertEqual(self._anchor(ticket), 0, "the team's policy counted before")

    def test_a_stage_that_pauses_no_longer(self):
        stage = self.env["helpdesk.ticket.stage"].create({"name": "Awaiting"})
        self.policy.pause_stage_ids = stage
        ticket = self._new_ticket(stage_id=stage.id)
        self.assertIsNone(self._anchor(ticket))
        self._write(self.policy, 100, pause_stage_ids=[Command.clear()])
        self.assertEqual(self._anchor(ticket), 100)

    def test_replies_to_closed_tickets_ignored_no_longer_and_how_many_first(self):
        self.policy.ignore_closed_replies = True
        tickets = [self._new_ticket() for _number in range(5)]
        ticket, answered, silent, muted, elsewhere = tickets
        elsewhere.escalation_policy_id = self._new_policy("E", {"delay": 10})
        for one in tickets:
            self._write(one, 5, stage_id=self.done.id)
        for one in (ticket, answered, muted, elsewhere):
            with self._at(7):
                self._client_writes(one, 7)
        self._staff_answers(answered, 8)
        muted.escalation_muted = True
        self.assertIsNone(self._since(ticket))
        draft = self.policy.new({"ignore_closed_replies": False}, origin=self.policy)
        self.assertFalse(self.policy.heard_count)
        self.assertEqual(draft.heard_count, 1)
        self._write(self.policy, 100, ignore_closed_replies=False)
        self.assertEqual(self._since(ticket), 100)
        self.assertEqual(self._anchor(ticket), 100)
        self.assertIsNone(self._anchor(answered))
        self.assertIsNone(self._anchor(silent))
        self.assertIsNone(self._anchor(muted))
        self.assertEqual(self._anchor(elsewhere), 7)

    def test_replies_on_duplicates_of_closed_tickets_are_counted_too(self):
        self.policy.ignore_closed_replies = True
        ticket, duplicate = self._new_ticket(), self._new_ticket()
        self._write(ticket, 5, stage_id=self.done.id)
        self._write(duplicate, 5, duplicate_id=ticket.id)
        with self._at(7):
            self._client_writes(duplicate, 7)
        self.assertIsNone(self._since(ticket))
        draft = self.policy.new({"ignore_closed_replies": False}, origin=self.policy)
        self.assertEqual(draft.heard_count, 1)
        self._write(self.policy, 100, ignore_closed_replies=False)
        self.assertEqual(self._anchor(ticket), 100)
