"""R7, R10: those who were notified, or who are on it, cannot act any more."""

from datetime import timedelta

from odoo import Command

from ..support.common import TEAM, EscalationCommon


class LeaveCommon(EscalationCommon):
    def _archive(self, user):
        # As an import or a script does it; the button deletes the activities too.
        user.active = False

    def _make_portal(self, user):
        user.group_ids = [Command.set(self.env.ref("base.group_portal").ids)]

    def _take_company(self, user):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        user.write(
            {"company_ids": [Command.set(elsewhere.ids)], "company_id": elsewhere.id}
        )

    def _delete(self, user):
        # What else of Odoo's keeps people from being deleted is not of interest.
        self.env.flush_all()
        self.env["mail.followers"].search(
            [("partner_id", "=", user.partner_id.id)]
        ).unlink()
        # In one transaction with them, the database would still look for these.
        self.notifications.search([("user_id", "=", user.id)]).activity_id = False
        user.unlink()
        self.env.invalidate_all()

    def _go_away(self, user, minute, until=None):
        user.out_of_office_from = self.t0 + timedelta(minutes=minute)
        user.out_of_office_to = until and self.t0 + timedelta(minutes=until)

    WAYS = ("_archive", "_make_portal", "_take_company", "_delete")


class TestWhoIsOnItLeaves(LeaveCommon):
    def _confirmed_ticket(self, user=None, minute=15):
        ticket = self._new_ticket()
        self._run(11)
        with self._at(minute):
            self._incident(ticket)._confirm(user or self.agent, "ticket")
        self.env.flush_all()
        return ticket

    def test_whatever_becomes_of_them_a_new_round_begins_counted_from_the_run(self):
        for way in self.WAYS:
            with self.subTest(way=way):
                user = self._new_user(f"esc_leaver{way}", TEAM)
                self.team.user_ids += user
                ticket = self._confirmed_ticket(user)
                self._run(16)
                incident = self._incident(ticket)
                self.assertEqual(incident.state, "confirmed")
                getattr(self, way)(user)
                self._run(100)
                self.assertEqual((incident.state, incident.round), ("active", 2))
                self.assertFalse(incident.confirmed_by_id)
                self.assertEqual(len(self._told(ticket)), 1)
                self._run(109)
                self.assertEqual(len(self._told(ticket)), 1)
                self._run(110)
                self.assertEqual(self._told(ticket)[1:], [(self.agent, "activity")])
                self.assertNotIn("False", " ".join(self._notes(ticket)))
                ticket.active = False

    def test_an_absence_that_began_afterwards_counts(self):
        ticket = self._confirmed_ticket()
        self._go_away(self.agent, 20)
        self._run(19)
        self.assertEqual(self._incident(ticket).state, "confirmed")
        # Odoo's own absence goes by the database's clock.
        self._go_away(self.agent, -1)
        self._incident(ticket).confirmed_date = self.t0 - timedelta(minutes=5)
        self._run(25)
        incident = self._incident(ticket)
        self.assertEqual((incident.state, incident.round), ("active", 2))
        self.assertIn("esc_agent cannot see to it any more", self._notes(ticket)[-1])

    def test_who_confirms_from_the_phone_while_on_leave_stays_on_it(self):
        self._go_away(self.agent, -600)
        ticket = self._new_ticket()
        self._run(11)
        self._incident(ticket)._confirm(self.agent, "email")
        self._run(500)
        self.assertEqual(self._incident(ticket).state, "confirmed")
        self.assertEqual(self._incident(ticket).confirmed_by_id, self.agent)

    def test_who_falls_ill_by_a_leave_that_began_in_the_morning(self):
        """It is entered at noon, for the whole day: they were at work when on it."""
        ticket = self._confirmed_ticket(minute=12)
        self._go_away(self.agent, -120, until=20000)
        self._run(25)
        incident = self._incident(ticket)
        self.assertEqual((incident.state, incident.round), ("active", 2))

    def test_who_is_the_client_of_it_now_is_on_it_no_more(self):
        ticket = self._confirmed_ticket()
        ticket.partner_id = self.agent.partner_id
        self._run(25)
        incident = self._incident(ticket)
        self.assertEqual((incident.state, incident.round), ("active", 2))

    def test_a_policy_that_does_not_care_for_leave_does_not_here(self):
        self.policy.skip_on_leave = False
        ticket = self._confirmed_ticket()
        self._incident(ticket).confirmed_date = self.t0 - timedelta(minutes=5)
        self._go_away(self.agent, -1)
        self._run(25)
        self.assertEqual(self._incident(ticket).state, "confirmed")

    def test_an_absence_counts_once_it_has_lasted_into_working_hours(self):
        ticket = self._confirmed_ticket()
        self._incident(ticket).confirmed_date = self.t0 - timedelta(minutes=5)
        self._go_away(self.agent, -1)
        days = [(self.t0.weekday() + number) % 7 for number in (0, 1)]
        hour = (self.t0.hour + 2) % 24
        self.policy.calendar_id = self._new_hours(days, hour, min(hour + 2, 24))
        self._run(25)
        self.assertEqual(self._incident(ticket).state, "confirmed")
        self._run(180 - self.t0.minute)
        self.assertEqual(self._incident(ticket).state, "active")

    def test_many_confirmed_by_one_who_leaves_cost_the_same_as_few(self):
        def cost(count):
            user = self._new_user(f"esc_leaver_{count}", TEAM)
            tickets = self.env["helpdesk.ticket"].concat(
                *(self._new_ticket() for _ in range(count))
            )
            self._run(11)
            for ticket in tickets:
                self._incident(ticket)._confirm(user, "ticket")
            user.active = False
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._run(15)
            queries = self.env.cr.sql_log_count - before
            for ticket in tickets:
                self.assertEqual(self._incident(ticket).state, "active")
            tickets.active = False
            return queries

        cost(1)
        self.assertEqual(cost(3), cost(12))


class TestWhoWasNotifiedLeaves(LeaveCommon):
    def test_whatever_becomes_of_all_of_them_the_next_step_fires_at_once(self):
        for way in self.WAYS:
            with self.subTest(way=way):
                user = self._new_user(f"esc_leaver{way}", TEAM)
                self.team.user_ids += user
                ticket = self._new_ticket(user_id=user.id)
                self._run(11)
                self.assertEqual(self._told(ticket), [(user, "activity")])
                incident = self._incident(ticket)
                # The ticket stays theirs, as it does in Odoo.
                getattr(self, way)(user)
                self._run(12)
                self.assertEqual(self._told(ticket)[1:], [(self.leader, "email")])
                self.assertFalse(incident.nobody_reached)
                self._run(13)
                self.assertEqual(len(self._told(ticket)), 2)
                ticket.active = False

    def test_after_the_last_step_the_fallback(self):
        self.policy.fallback_user_id = self.manager
        ticket = self._new_ticket()
        self._run(61)
        for user in (self.agent, self.leader):
            self._archive(user)
        self._run(65)
        self.assertEqual(len(self._told(ticket)), 3, "the director is left")
        self._archive(self.director)
        self._run(70)
        self.assertEqual(self._told(ticket)[3:], [(self.manager, "email")])
        self._run(75)
        self.assertEqual(len(self._told(ticket)), 4)

    def test_all_gone_on_leave_after_the_last_step_is_for_the_fallback(self):
        self.policy.fallback_user_id = self.manager
        ticket = self._new_ticket()
        self._run(31)
        self._go_away(self.agent, -60)
        self._go_away(self.leader, -60)
        self._run(35)
        self.assertEqual(len(self._told(ticket)), 2, "the director's step is to come")
        self._run(61)
        self.assertEqual(self._told(ticket)[2:], [(self.director, "email")])
        self._go_away(self.director, -60)
        self._run(65)
        self.assertEqual(self._told(ticket)[3:], [(self.manager, "email")])

    def test_leave_does_not_matter_where_the_policy_does_not_care(self):
        self.policy.skip_on_leave = False
        ticket = self._new_ticket()
        self._run(61)
        for user in (self.agent, self.leader, self.director):
            self._go_away(user, -60)
        self._run(65)
        self.assertEqual(len(self._told(ticket)), 3)

    def test_nobody_left_anywhere_is_shown_and_tried_without_a_pile_of_lines(self):
        ticket = self._new_ticket()
        self._run(61)
        managers = self.env["res.users"].search([("share", "=", False)])
        (managers - self.env.user).active = False
        self.policy.fallback_user_id = False
        others = self.env.ref("helpdesk_mgmt.group_helpdesk_manager").all_user_ids
        others.filtered("active").active = False
        self._run(65)
        incident = self._incident(ticket)
        self.assertTrue(incident.nobody_reached)
        lines, notes = len(incident.notification_ids), len(self._notes(ticket))
        self._run(70)
        self.assertEqual(len(incident.notification_ids), lines)
        self.assertEqual(len(self._notes(ticket)), notes)

    def test_asking_about_people_costs_the_same_for_few_and_for_many(self):
        def cost(count):
            for _ in range(count):
                self._new_ticket()
            self._run(31)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._run(35)
            return self.env.cr.sql_log_count - before

        cost(1)
        self.assertEqual(cost(3), cost(12))


class TestMailsToLeavers(LeaveCommon):
    def _queued(self, ticket, user):
        lines = self._incident(ticket).notification_ids.filtered(
            lambda line: line.user_id == user and line.channel == "email"
        )
        return lines, lines.sudo().mail_id

    def test_a_queued_mail_is_not_sent_to_who_has_left(self):
        for way in self.WAYS:
            with self.subTest(way=way):
                user = self._new_user(f"esc_boss{way}", TEAM)
                self.team.user_id = user
                ticket = self._new_ticket()
                self._run(31)
                _lines, mail = self._queued(ticket, user)
                self.assertEqual(mail.state, "outgoing")
                getattr(self, way)(user)
                with self.mock_mail_gateway():
                    mail.send()
                self.assertFalse(self._mails)
                ticket.active = False
                self.team.user_id = self.leader

    def test_a_mail_is_not_even_written_to_who_left_in_between(self):
        ticket = self._new_ticket()
        self._run(29)
        incident = self._incident(ticket)
        line = self.notifications.create(
            {
                "incident_id": incident.id,
                "user_id": self.leader.id,
                "channel": "email",
                "step_name": "Leader",
            }
        )
        self._archive(self.leader)
        self._run(29)
        self.assertEqual(
            (line.state, line.reason), ("cancelled", "The person has left.")
        )
        self.assertFalse(line.sudo().mail_id)

    def test_what_did_not_arrive_becomes_no_activity_of_nobody(self):
        ticket = self._new_ticket()
        self._run(31)
        lines, _mail = self._queued(ticket, self.leader)
        self._delete(self.leader)
        lines.attempts = 2
        lines._register_mail_failure("Nobody there")
        activities = ticket.activity_ids
        self.assertEqual(activities.user_id, self.agent)
        self.assertTrue(all(activities.mapped("user_id")))
