"""R6: an escalated ticket changes hands, and whoever receives it is notified.

The steps of "Standard": the responsible by notification after 10 minutes, the team
leader by mail after 30, the director by mail after 60.
"""

from odoo import Command

from ..support.common import TEAM, USER
from ..support.hands import HandsCommon


class TestAnotherTeam(HandsCommon):
    def test_the_new_responsible_is_notified_and_the_old_one_let_go(self):
        ticket = self._new_ticket()
        self._run(11)
        self._move(ticket, user=self.expert)
        self._run(15)
        self.assertEqual(
            self._told(ticket), [(self.agent, "activity"), (self.expert, "activity")]
        )
        self.assertEqual(self._plates(ticket), self.expert)
        incident = self._incident(ticket)
        self.assertEqual((incident.state, incident.round), ("active", 2))
        self.assertEqual(incident.acted_team_id, self.experts)
        self._run(20)
        self.assertEqual(len(self._told(ticket)), 2, "once")

    def test_without_a_responsible_the_leader_else_the_members(self):
        ticket, other = tickets = self._new_ticket() + self._new_ticket()
        self._run(11)
        self._move(ticket)
        self._run(12)
        self.assertEqual(self._told(ticket)[1:], [(self.chief, "email")])
        self._move(tickets, self.team, self.agent)
        self._run(13)
        self.experts.user_id = False
        self._move(other)
        self._run(14)
        members = self.experts.user_ids
        self.assertEqual(
            set(self._told(other)[1:]), {(user, "activity") for user in members}
        )

    def test_many_that_move_cost_the_same_as_few(self):
        def cost(count):
            tickets = self.env["helpdesk.ticket"].concat(
                *(self._new_ticket() for _ in range(count))
            )
            self._run(11)
            self._move(tickets, user=self.expert)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._run(12)
            queries = self.env.cr.sql_log_count - before
            for ticket in tickets:
                self.assertEqual(self._told(ticket)[1:], [(self.expert, "activity")])
            tickets.active = False
            return queries

        cost(1)
        self.assertEqual(cost(3), cost(12))

    def test_it_postpones_nobody_above(self):
        """From team to team every 50 minutes: the director hears of it all the same."""
        ticket = self._new_ticket()
        self._run(11)
        for minute in (50, 100, 150, 200):
            there = ticket.team_id == self.experts
            team, user = self.experts, self.expert
            if there:
                team, user = self.team, self.agent
            self._move(ticket, team, user)
            self._run(minute)
        told = self._told(ticket)
        self.assertEqual(told.count((self.director, "email")), 1)
        self.assertIn((self.chief, "email"), told)
        self.assertEqual(self._plates(ticket), self.agent)

    def test_a_step_still_to_come_counts_from_the_first_anchor(self):
        ticket = self._new_ticket()
        self._run(11)
        self._move(ticket, user=self.expert)
        self._run(25)
        self._run(29)
        self.assertNotIn((self.chief, "email"), self._told(ticket))
        self._run(30)
        self.assertEqual(self._told(ticket)[2:], [(self.chief, "email")])
        self._run(60)
        self.assertEqual(self._told(ticket)[3:], [(self.director, "email")])

    def test_the_policy_of_the_new_team_counts(self):
        self.experts.escalation_policy_id = self._new_policy(
            "Experts", {"delay": 5, "recipient": "responsible", "channel": "email"}
        )
        ticket = self._new_ticket()
        self._run(31)
        self._move(ticket, user=self.expert)
        self._run(35)
        self.assertEqual(self._told(ticket)[2:], [(self.expert, "email")])
        self.assertEqual(
            self._incident(ticket).policy_id, self.experts.escalation_policy_id
        )

    def test_a_confirmation_from_the_old_team_ends(self):
        ticket = self._new_ticket()
        self._run(11)
        self._incident(ticket)._confirm(self.agent, "ticket")
        self._move(ticket, user=self.expert)
        self._run(12)
        incident = self._incident(ticket)
        self.assertEqual((incident.state, incident.round), ("active", 2))
        self.assertFalse(incident.confirmed_by_id)
        self.assertEqual(self._told(ticket)[1:], [(self.expert, "activity")])
        self.assertEqual(self._plates(ticket), self.expert)

    def test_a_confirmation_by_somebody_in_the_new_team_lasts(self):
        self.experts.user_ids += self.agent
        ticket = self._new_ticket()
        self._run(11)
        self._incident(ticket)._confirm(self.agent, "ticket")
        self._move(ticket)
        self._run(12)
        incident = self._incident(ticket)
        self.assertEqual((incident.state, incident.round), ("confirmed", 1))
        self.assertEqual(len(self._told(ticket)), 1)

    def test_who_moves_it_is_not_notified_of_it(self):
        ticket = self._new_ticket()
        self._run(11)
        self._move(ticket, by=self.chief)
        self._run(35)
        self.assertNotIn(self.chief, [user for user, _channel in self._told(ticket)])
        self.assertFalse(self._incident(ticket).nobody_reached)
        self._run(60)
        self.assertEqual(self._told(ticket)[-1:], [(self.director, "email")])

    def test_whoever_is_meant_in_both_teams_is_not_notified_again(self):
        self.experts.user_id = self.leader
        self.policy.step_ids.sorted()[1].channel = "activity"
        ticket = self._new_ticket()
        self._run(31)
        self._move(ticket, user=self.expert)
        self._run(35)
        self.assertEqual(self._told(ticket)[2:], [(self.expert, "activity")])
        self.assertEqual(self._plates(ticket), self.expert + self.leader)

    def test_nobody_in_the_new_team_passes_on_at_once(self):
        empty = self.experts.copy({"user_id": False, "user_ids": [Command.clear()]})
        empty.escalation_policy_id = self.policy
        ticket = self._new_ticket()
        self._run(11)
        self._move(ticket, empty)
        self._run(12)
        self.assertEqual(self._told(ticket)[1:], [(self.director, "email")])

    def test_a_move_without_an_incident_notifies_nobody(self):
        tickets = self.env["helpdesk.ticket"].concat(
            *(self._new_ticket() for _ in range(3))
        )
        self._run(5)
        self._move(tickets, user=self.expert)
        self._run(6)
        self.assertFalse(self.incidents.search([("ticket_id", "in", tickets.ids)]))
        self.assertFalse(tickets.sudo().escalation_moved_by_id)
        self._run(11)
        for ticket in tickets:
            self.assertEqual(self._told(ticket), [(self.expert, "activity")])

    def test_outside_working_hours_the_receiver_is_notified_when_they_begin(self):
        ticket = self._new_ticket()
        self._run(11)
        days = [(self.t0.weekday() + number) % 7 for number in (0, 1)]
        hour = (self.t0.hour + 2) % 24
        self.policy.calendar_id = self._new_hours(days, hour, min(hour + 2, 24))
        self._move(ticket, user=self.expert)
        self._run(15)
        self.assertEqual(len(self._told(ticket)), 1)
        self._run(180 - self.t0.minute)
        self.assertIn((self.expert, "activity"), self._told(ticket))

    def test_the_screens_say_that_the_steps_start_again(self):
        ticket = self._new_ticket()
        self._run(11)
        self._move(ticket, user=self.expert)
        incident = self._incident(ticket)
        incident.invalidate_recordset()
        self.assertEqual(incident.next_label, "The steps start again")


class TestWithinATeam(HandsCommon):
    def test_a_new_responsible_takes_the_old_ones_place(self):
        colleague = self._new_user("esc_colleague", TEAM)
        self.team.user_ids += colleague
        ticket = self._new_ticket()
        self._run(11)
        ticket.with_user(self.leader).user_id = colleague
        self._run(12)
        self.assertEqual(self._told(ticket)[1:], [(colleague, "activity")])
        self.assertEqual(self._plates(ticket), colleague)
        self.assertEqual(self._incident(ticket).round, 1)

    def test_assign_to_me_does_not_alarm_me(self):
        ticket = self._new_ticket()
        self._run(11)
        ticket.with_user(self.leader).assign_to_me()
        self._run(12)
        self.assertEqual(len(self._told(ticket)), 1)
        self.assertFalse(self._plates(ticket))
        self.assertFalse(self._incident(ticket).nobody_reached)
        self._run(31)
        self.assertEqual(self._told(ticket)[1:], [(self.leader, "email")])

    def test_before_their_step_has_fired_nobody_is_notified(self):
        ticket = self._new_ticket()
        self._run(11)
        self.team.user_id = self.agent
        self._run(15)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        self._run(31)
        self.assertEqual(self._told(ticket)[1:], [(self.agent, "email")])

    def test_who_was_notified_for_another_reason_keeps_the_activity(self):
        self.policy.step_ids = [
            Command.create(
                {
                    "delay": 12,
                    "recipient": "user",
                    "user_ids": [Command.set(self.agent.ids)],
                }
            )
        ]
        ticket = self._new_ticket()
        self._run(15)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        ticket.with_user(self.manager).user_id = self.leader
        self._run(16)
        self.assertEqual(self._plates(ticket), self.agent + self.leader)

    def test_nobody_responsible_any_more_passes_on(self):
        ticket = self._new_ticket()
        self._run(11)
        ticket.with_user(self.manager).user_id = False
        self._run(12)
        self.assertEqual(self._told(ticket)[1:], [(self.leader, "email")])

    def test_the_leader_of_the_parent_team_is_replaced_too(self):
        boss = self._new_user("esc_boss", USER)
        self.team.parent_id = self.env["helpdesk.ticket.team"].create(
            {"name": "House", "user_id": self.director.id}
        )
        self.policy.step_ids.sorted()[1].write(
            {"recipient": "parent_team_leader", "channel": "activity"}
        )
        ticket = self._new_ticket()
        self._run(31)
        self.assertEqual(self._plates(ticket), self.agent + self.director)
        self.team.parent_id.with_user(self.manager).user_id = boss
        self._run(32)
        self.assertEqual(self._told(ticket)[2:], [(boss, "activity")])
        self.assertEqual(self._plates(ticket), self.agent + boss)

    def test_a_leader_replaced_over_many_incidents_hears_of_it_by_one_mail(self):
        tickets = self.env["helpdesk.ticket"].concat(
            *(self._new_ticket() for _ in range(3))
        )
        self._run(31)
        self.team.with_user(self.manager).user_id = self.chief
        self._run(32)
        lines = self.notifications.search(
            [("ticket_id", "in", tickets.ids), ("user_id", "=", self.chief.id)]
        )
        self.assertEqual(len(lines), 3)
        self.assertEqual(len(lines.sudo().mail_id), 1)

    def test_who_makes_themselves_the_leader_is_not_notified(self):
        ticket = self._new_ticket()
        self._run(31)
        self.team.user_id = self.chief
        self.team.with_user(self.manager).user_id = self.manager
        self._run(32)
        self.assertEqual(len(self._told(ticket)), 2)

    def test_who_once_set_a_leader_still_hears_of_what_others_change(self):
        house = self.env["helpdesk.ticket.team"].create({"name": "House"})
        house.with_user(self.manager).user_id = self.manager
        self.policy.step_ids.sorted()[1].recipient = "parent_team_leader"
        self.team.parent_id = self.experts
        ticket = self._new_ticket()
        self._run(31)
        self.assertEqual(self._told(ticket)[1:], [(self.chief, "email")])
        self.team.parent_id = house
        self._run(32)
        self.assertEqual(self._told(ticket)[2:], [(self.manager, "email")])

    def test_where_somebody_is_on_it_a_new_responsible_is_not_notified(self):
        ticket = self._new_ticket()
        self._run(11)
        self._incident(ticket)._confirm(self.agent, "ticket")
        ticket.with_user(self.manager).user_id = self.leader
        self._run(12)
        self.assertEqual(self._incident(ticket).state, "confirmed")
        self.assertEqual(len(self._told(ticket)), 1)

    def test_changing_hands_costs_the_same_for_few_and_for_many(self):
        self.policy.step_ids.sorted()[1].channel = "activity"

        def cost(count):
            tickets = self.env["helpdesk.ticket"].concat(
                *(self._new_ticket() for _ in range(count))
            )
            self._run(31)
            new = self._new_user(f"esc_chief_{count}", USER)
            self.team.with_user(self.manager).user_id = new
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._run(32)
            queries = self.env.cr.sql_log_count - before
            for ticket in tickets:
                self.assertEqual(self._told(ticket)[2:], [(new, "activity")])
            tickets.active = False
            return queries

        cost(1)
        self.assertEqual(cost(3), cost(12))
