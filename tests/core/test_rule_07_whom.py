"""R7: whom a step reaches, who cannot be notified and why, and what happens then."""

from datetime import timedelta

from odoo import Command
from odoo.fields import Datetime
from odoo.tools import html2plaintext

from ..support.common import MANAGER, TEAM, EscalationCommon


class TestRecipients(EscalationCommon):
    def _policy_with(self, **step):
        step.setdefault("delay", 10)
        policy = self._new_policy("One step", step)
        ticket = self._new_ticket(escalation_policy_id=policy.id)
        self._run(11)
        return ticket

    def _told_users(self, ticket):
        return [user for user, _channel in self._told(ticket)]

    def test_the_responsible(self):
        ticket = self._policy_with(recipient="responsible")
        self.assertEqual(self._told_users(ticket), [self.agent])

    def test_the_team_leader(self):
        ticket = self._policy_with(recipient="team_leader")
        self.assertEqual(self._told_users(ticket), [self.leader])

    def test_the_parent_teams_leader(self):
        self.team.parent_id = self.env["helpdesk.ticket.team"].create(
            {"name": "House", "user_id": self.director.id}
        )
        ticket = self._policy_with(recipient="parent_team_leader")
        self.assertEqual(self._told_users(ticket), [self.director])

    def test_the_account_manager_of_the_contact_or_else_of_its_company(self):
        self.client_company.user_id = self.director
        ticket = self._policy_with(recipient="account_manager")
        self.assertEqual(self._told_users(ticket), [self.director])
        self.client.user_id = self.manager
        ticket = self._policy_with(recipient="account_manager")
        self.assertEqual(self._told_users(ticket), [self.manager])

    def test_named_users(self):
        users = self.director + self.manager
        ticket = self._policy_with(recipient="user", user_ids=[Command.set(users.ids)])
        self.assertEqual(set(self._told_users(ticket)), set(users))

    def test_a_group_with_implied_members(self):
        group = self.env["res.groups"].create({"name": "Night watch"})
        boss = self.env["res.groups"].create(
            {"name": "Night boss", "implied_ids": [Command.link(group.id)]}
        )
        self.director.group_ids = [Command.link(group.id)]
        self.manager.group_ids = [Command.link(boss.id)]
        ticket = self._policy_with(recipient="group", group_id=group.id)
        self.assertEqual(set(self._told_users(ticket)), {self.director, self.manager})

    def test_recipients_are_worked_out_when_the_step_fires(self):
        ticket = self._new_ticket()
        self._run(5)
        ticket.user_id = self.leader
        self._run(11)
        self.assertEqual(self._told_users(ticket), [self.leader])

    def test_a_team_change_that_unassigns_leaves_no_silence(self):
        ticket = self._new_ticket()
        ticket.team_id = self.env["helpdesk.ticket.team"].create(
            {
                "name": "Others",
                "user_id": self.manager.id,
                "escalation_policy_id": self.policy.id,
            }
        )
        self.assertFalse(ticket.user_id)
        self._run(11)
        self.assertEqual(
            self._told(ticket),
            [(self.manager, "email")],
            "nobody is responsible: the next step fires at once",
        )


class TestUnreachable(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.step_ids.sorted()[1].channel = "activity"

    def _reasons(self, ticket):
        return [
            (notification.user_id, notification.reason)
            for notification in self._incident(ticket).notification_ids
            if notification.state == "skipped"
        ]

    def _assert_agent_passed_over(self, ticket, reason):
        """The reason is kept and the next step fires at once."""
        self.assertEqual(self._reasons(ticket), [(self.agent, reason)])
        self.assertEqual(self._told(ticket), [(self.leader, "activity")])

    def test_archived(self):
        ticket = self._new_ticket()
        self.agent.action_archive()
        self._run(11)
        self._assert_agent_passed_over(ticket, "The user is archived.")

    def test_portal(self):
        ticket = self._new_ticket()
        self.agent.group_ids = [Command.set(self.env.ref("base.group_portal").ids)]
        self._run(11)
        self._assert_agent_passed_over(ticket, "Not an internal user.")

    def test_wrong_company(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        ticket = self._new_ticket()
        self.agent.write(
            {
                "company_ids": [Command.set(elsewhere.ids)],
                "company_id": elsewhere.id,
            }
        )
        self._run(11)
        self._assert_agent_passed_over(ticket, f"No access to {self.env.company.name}.")

    def test_no_address_matters_for_mail_only(self):
        self.agent.partner_id.email = False
        ticket = self._new_ticket()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        self.policy.step_ids.sorted()[0].channel = "email"
        other = self._new_ticket()
        self._run(12)
        self._assert_agent_passed_over(other, "No email address.")

    def test_away_only_when_the_policy_skips_people_on_leave(self):
        self.agent.out_of_office_from = Datetime.subtract(self.t0, days=1)
        self.policy.skip_on_leave = False
        ticket = self._new_ticket()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        self.policy.skip_on_leave = True
        other = self._new_ticket()
        self._run(12)
        self._assert_agent_passed_over(other, "Away.")

    def test_away_until_a_day(self):
        self.agent.write(
            {
                "out_of_office_from": Datetime.subtract(self.t0, days=1),
                "out_of_office_to": "2099-12-24 12:00:00",
            }
        )
        ticket = self._new_ticket()
        self._run(11)
        self._assert_agent_passed_over(ticket, "Away until 12/24/2099.")

    def test_the_client_of_the_ticket_is_never_told_even_if_staff(self):
        ticket = self._new_ticket(partner_id=self.agent.partner_id.id)
        self._run(11)
        self._assert_agent_passed_over(ticket, "They are the client of this ticket.")

    def test_nor_by_another_contact_of_theirs(self):
        cards = self.env["res.partner"].create(
            [
                {"name": "Agent again", "email": self.agent.email},
                {"name": "Agent, private", "parent_id": self.agent.partner_id.id},
            ]
        )
        tickets = [self._new_ticket(partner_id=card.id) for card in cards]
        tickets.append(
            self._new_ticket(partner_id=False, partner_email=self.agent.email)
        )
        self._run(11)
        for ticket in tickets:
            self._assert_agent_passed_over(
                ticket, "They are the client of this ticket."
            )

    def test_nor_where_they_created_it_for_nobody_else_and_do_not_work_on_it(self):
        def created_by(user, **values):
            values = {"name": "Smoke", "description": "Help", **values}
            tickets = self.env["helpdesk.ticket"].with_user(user).sudo()
            ticket = tickets.create({"team_id": self.team.id, **values})
            self._date(ticket, 0)
            return ticket.with_env(self.env)

        self.policy.step_ids[0].write(
            {
                "recipient": "user",
                "user_ids": [Command.set((self.director + self.agent).ids)],
            }
        )
        asked = created_by(self.director)
        noted = created_by(self.director, partner_email=self.client.email)
        of_agent = created_by(self.agent)
        self._run(11)
        self.assertEqual(
            self._reasons(asked),
            [(self.director, "They are the client of this ticket.")],
        )
        self.assertEqual(self._told(asked), [(self.agent, "activity")])
        for ticket in noted, of_agent:
            self.assertFalse(self._reasons(ticket))
            self.assertEqual(len(self._told(ticket)), 2)

    def test_nobody_responsible(self):
        ticket = self._new_ticket(user_id=False)
        self._run(11)
        self.assertEqual(
            self._reasons(ticket),
            [(self.env["res.users"], "The ticket has no responsible.")],
        )
        self.assertEqual(self._told(ticket), [(self.leader, "activity")])


class TestFallback(EscalationCommon):
    """A step that reaches nobody does not wait; silence is never an outcome."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        managers = cls.env.ref(MANAGER).all_user_ids
        (managers - cls.manager).active = False
        cls.lonely = cls._new_policy(
            "Lonely",
            {"delay": 10, "recipient": "responsible", "channel": "email"},
            {"delay": 600, "recipient": "account_manager", "channel": "email"},
        )

    def _lonely_ticket(self, **values):
        return self._new_ticket(
            user_id=False, escalation_policy_id=self.lonely.id, **values
        )

    def test_all_steps_in_vain_then_the_policys_fallback(self):
        self.lonely.fallback_user_id = self.director
        ticket = self._lonely_ticket()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.director, "email")])
        notification = self._incident(ticket).notification_ids.filtered("is_fallback")
        self.assertEqual(notification.user_id, self.director)
        self._run(700)
        self.assertEqual(len(self._told(ticket)), 1)

    def test_without_one_the_team_leader(self):
        ticket = self._lonely_ticket()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.leader, "email")])

    def test_who_has_no_address_gets_a_notification(self):
        self.leader.partner_id.email = False
        ticket = self._lonely_ticket()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.leader, "activity")])

    def test_without_a_leader_the_helpdesk_managers(self):
        self.team.user_id = False
        ticket = self._lonely_ticket()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.manager, "email")])

    def test_an_archived_fallback_is_passed_over(self):
        self.lonely.fallback_user_id = self.director
        self.director.active = False
        ticket = self._lonely_ticket()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.leader, "email")])

    def test_nobody_at_all_is_shown_and_tried_again_without_a_pile_of_lines(self):
        self.team.user_id = False
        self.manager.active = False
        ticket = self._lonely_ticket()
        self._run(11)
        incident = self._incident(ticket)
        self.assertTrue(incident.nobody_reached)
        self.assertFalse(self._told(ticket))
        self.assertIn("nobody could be notified", ticket.escalation_status_text)
        lines = len(incident.notification_ids)
        notes = len(self._notes(ticket))
        self._run(16)
        self._run(21)
        self.assertEqual(len(incident.notification_ids), lines)
        self.assertEqual(len(self._notes(ticket)), notes)
        self.manager.active = True
        self._run(26)
        self.assertEqual(self._told(ticket), [(self.manager, "email")])
        self.assertFalse(incident.nobody_reached)
        self._run(31)
        self.assertEqual(len(self._told(ticket)), 1, "nobody is told twice")

    def test_the_story_says_once_why_somebody_was_not_told(self):
        """By mail and by notification, at the step and as the fallback."""
        self.lonely.fallback_user_id = self.director
        self.director.out_of_office_from = self.t0 - timedelta(days=1)
        self.team.user_id = self.agent
        self.agent.active = False
        ticket = self._lonely_ticket()
        self._run(11)
        note = self._notes(ticket)[-1]
        self.assertIn(f"Notified: {self.manager.name}.", note)
        self.assertEqual(note.count(f"{self.director.name}: Away."), 1)
        self.assertEqual(note.count(f"{self.agent.name}: The user is"), 1)

    def test_the_fallback_repeats_nothing_of_the_step(self):
        self.team.user_id = False
        self.lonely.step_ids[1].unlink()
        self.lonely.fallback_user_id = self.agent
        (self.manager + self.agent).active = False
        ticket = self._new_ticket(escalation_policy_id=self.lonely.id)
        self._run(11)
        note = html2plaintext(ticket.message_ids.sorted("id")[-1].body)
        _opening, step, fallback = note.strip().splitlines()
        self.assertIn(
            f"Nobody notified: {self.agent.name}: The user is archived.", step
        )
        self.assertEqual(fallback, "Fallback. Nobody could be notified.")

    def test_the_last_step_in_vain_calls_the_fallback_though_others_were_told(self):
        self.lonely.fallback_user_id = self.director
        ticket = self._new_ticket(
            user_id=self.agent.id, escalation_policy_id=self.lonely.id
        )
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.agent, "email")])
        self._run(601)
        self.assertEqual(self._told(ticket)[1:], [(self.director, "email")])


class TestManyInAStep(EscalationCommon):
    def test_the_same_person_twice_in_a_step_is_one(self):
        group = self.env["res.groups"].create({"name": "Watch"})
        agent = self._new_user("esc_many", f"{TEAM},{MANAGER}")
        agent.group_ids = [Command.link(group.id)]
        policy = self._new_policy(
            "Group", {"delay": 5, "recipient": "group", "group_id": group.id}
        )
        ticket = self._new_ticket(escalation_policy_id=policy.id)
        self._run(6)
        self.assertEqual(self._told(ticket), [(agent, "activity")])
