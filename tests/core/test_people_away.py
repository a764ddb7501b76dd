"""R7: plans for people who are away: substitutes, time off, and nobody left out."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import format_date

from ..support.away import AwayCommon
from ..support.common import OWN


class TestSubstitutes(AwayCommon):
    def test_the_substitute_is_told_and_for_whom(self):
        self._send_away(self.agent)
        ticket = self._new_ticket()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.substitute, "activity")])
        told = self._incident(ticket).notification_ids.filtered(
            lambda line: line.state == "sent"
        )
        self.assertEqual(told.substituted_user_id, self.agent)
        self.assertIn("You stand in for: esc_agent", told.activity_id.note)
        until = (self.t0 + timedelta(days=1)).date()
        self.assertEqual(
            self._skipped(ticket),
            {self.agent: f"Away until {format_date(self.env, until)}."},
        )

    def test_the_mail_says_for_whom(self):
        self.policy.step_ids.sorted()[0].channel = "email"
        self._send_away(self.agent)
        ticket = self._new_ticket()
        self._run(11)
        mail = self._incident(ticket).notification_ids.sudo().mail_id
        self.assertEqual(mail.recipient_ids, self.substitute.partner_id)
        self.assertIn("You stand in for", mail.body_html)

    def test_substitutes_are_followed_to_the_one_who_is_there(self):
        self.substitute.escalation_substitute_id = self.second
        self._send_away(self.agent)
        self._send_away(self.substitute)
        ticket = self._new_ticket()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.second, "activity")])

    def test_a_circle_of_substitutes_means_none(self):
        self.substitute.escalation_substitute_id = self.agent
        self._send_away(self.agent)
        self._send_away(self.substitute)
        ticket = self._new_ticket()
        self._run(11)
        self.assertEqual(
            self._told(ticket), [(self.leader, "email")], "the next step at once"
        )

    def test_an_archived_end_means_none(self):
        self._send_away(self.agent)
        self.substitute.active = False
        ticket = self._new_ticket()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.leader, "email")])

    def test_an_absent_end_means_none(self):
        self._send_away(self.agent)
        self._send_away(self.substitute)
        ticket = self._new_ticket()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.leader, "email")])

    def test_substitute_and_target_of_mails_in_one_run_get_one_mail(self):
        self.policy.step_ids.sorted()[0].channel = "email"
        self._send_away(self.agent)
        self.agent.escalation_substitute_id = self.leader
        ticket = self._new_ticket()
        self._run(40)
        self.assertEqual(self._told(ticket), [(self.leader, "email")])
        self.assertEqual(len(self._incident(ticket).notification_ids.sudo().mail_id), 1)

    def test_who_is_there_is_told_themselves(self):
        ticket = self._new_ticket()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_a_policy_may_not_care_for_leave(self):
        self._send_away(self.agent)
        self.policy.skip_on_leave = False
        ticket = self._new_ticket()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_absence_is_looked_at_when_the_step_fires(self):
        ticket = self._new_ticket()
        self._run(5)
        self._send_away(self.agent)
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.substitute, "activity")])

    def test_substitute_and_target_in_one_run_are_told_once(self):
        self._send_away(self.agent)
        self.policy.step_ids = [
            Command.create(
                {
                    "delay": 12,
                    "recipient": "user",
                    "user_ids": [Command.set(self.substitute.ids)],
                }
            )
        ]
        ticket = self._new_ticket()
        self._run(15)
        self.assertEqual(self._told(ticket), [(self.substitute, "activity")])

    def test_everybody_away_ends_with_the_fallback_and_then_in_red(self):
        everybody = self.env["res.users"].search([("share", "=", False)])
        self._send_away(everybody)
        self.policy.fallback_user_id = self.second
        self.second.out_of_office_from = False
        ticket = self._new_ticket()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.second, "email")])
        self._send_away(self.second)
        other = self._new_ticket()
        self._run(12)
        self.assertFalse(self._told(other))
        self.assertTrue(self._incident(other).nobody_reached)


class TestAbsencesOnScreens(AwayCommon):
    """Until when somebody is away, who stands in, and who says so."""

    def test_a_new_ticket_is_offered_to_the_substitute_who_takes_it(self):
        self.team.user_ids += self.substitute
        self._send_away(self.agent, days=3)
        ticket = self._new_ticket()
        until = (self.t0 + timedelta(days=3)).date()
        self.assertEqual(
            ticket.with_user(self.leader).escalation_absence_text,
            f"esc_agent: Away until {format_date(self.env, until)}. "
            "esc_substitute stands in.",
        )
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.substitute, "activity")])
        mine = ticket.with_user(self.substitute)
        self.assertTrue(mine.escalation_may_assign)
        self.assertTrue(mine.escalation_to_me)
        mine.action_escalation_assign_me()
        self.assertEqual(ticket.user_id, self.substitute)
        self.assertEqual(self._incident(ticket).confirmed_by_id, self.substitute)
        self.assertFalse(mine.escalation_absence_text)

    def test_nobody_stands_in(self):
        self.agent.out_of_office_from = self.t0 - timedelta(days=1)
        self.agent.escalation_substitute_id = False
        ticket = self._new_ticket().with_user(self.leader)
        self.assertEqual(
            ticket.escalation_absence_text, "esc_agent: Away. Nobody stands in."
        )

    def test_a_manager_sets_an_absence_in_the_list_and_ends_it(self):
        people = self.env["res.users"].with_user(self.manager)
        agent = people.browse(self.agent.id)
        view = self.env.ref("helpdesk_escalation.res_users_view_list_substitutes")
        arch = people.get_view(view.id, "list")["arch"]
        for name in "escalation_away_until", "out_of_office_from", "out_of_office_to":
            self.assertIn(f'name="{name}"', arch)
        agent.web_save(
            {
                "out_of_office_from": self.t0 - timedelta(days=1),
                "out_of_office_to": self.t0 + timedelta(days=2),
                "escalation_substitute_id": self.second.id,
            },
            {"is_escalation_away": {}, "escalation_away_until": {}},
        )
        self.assertTrue(agent.is_escalation_away)
        self.assertEqual(agent.escalation_away_until, self.t0 + timedelta(days=2))
        ticket = self._new_ticket()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.second, "activity")])

        agent.action_escalation_end_absence()
        self.env.invalidate_all()
        self.assertFalse(self.agent.is_escalation_away)
        self.assertFalse(self.agent.out_of_office_to)

    def test_who_is_away_without_a_substitute_is_warned(self):
        agent = self.agent.with_user(self.agent)
        agent.escalation_substitute_id = False
        day = timedelta(days=1)
        for begin, end, expected in (
            (False, False, False),
            (self.t0 - 2 * day, self.t0 - day, False),
            (self.t0 - day, False, True),
            (self.t0 + day, self.t0 + 2 * day, True),
        ):
            agent.write({"out_of_office_from": begin, "out_of_office_to": end})
            with self.subTest(begin=begin, end=end):
                self.assertEqual(agent.escalation_lacks_substitute, expected)
        agent.escalation_substitute_id = self.second
        self.assertFalse(agent.escalation_lacks_substitute)

    def test_an_absence_ends_after_it_begins(self):
        agent = self.agent.with_user(self.manager)
        for values in (
            {
                "out_of_office_from": self.t0,
                "out_of_office_to": self.t0 - timedelta(days=1),
            },
            {"out_of_office_to": self.t0},
        ):
            with self.assertRaisesRegex(ValidationError, "ends before it begins"):
                agent.write(values)

    def test_others_say_it_of_themselves_only(self):
        for user in self.leader, self.director:
            with self.assertRaises(AccessError):
                self.agent.with_user(user).out_of_office_from = self.t0
            with self.assertRaises(AccessError):
                self.agent.with_user(user).action_escalation_end_absence()
        self.agent.with_user(self.agent).write(
            {"out_of_office_from": self.t0 - timedelta(days=1)}
        )
        self.assertTrue(self.agent.is_escalation_away)
        self.agent.with_user(self.agent).action_escalation_end_absence()
        self.assertFalse(self.agent.is_escalation_away)

    def test_a_manager_makes_no_outsider_absent(self):
        portal = self._new_user("esc_outsider", "base.group_portal")
        with self.assertRaisesRegex(ValidationError, "not an internal user"):
            portal.with_user(self.manager).out_of_office_from = self.t0


class TestNobodyAtAll(AwayCommon):
    """Whatever makes people unreachable: next step, fallback, managers, then red."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.step_ids.channel = "activity"
        cls.policy.fallback_user_id = cls.second
        cls.agent.escalation_substitute_id = False
        cls.everybody = cls.env["res.users"].search([("share", "=", False)])

    def _assert_red_until(self, mend, ticket=None):
        ticket = ticket or self._new_ticket()
        self._run(11)
        self.assertFalse(self._told(ticket))
        self.assertTrue(self._incident(ticket).nobody_reached)
        reasons = self._incident(ticket).notification_ids.mapped("reason")
        self.assertGreaterEqual(len(reasons), 5, "three steps, fallback and managers")
        self.assertTrue(all(reasons), "each with its reason")
        mend()
        self._run(16)
        self.assertEqual(self._told(ticket), [(self.second, "activity")])
        self.assertFalse(self._incident(ticket).nobody_reached)

    def test_away(self):
        self._send_away(self.everybody)
        self._assert_red_until(lambda: self.second.write({"out_of_office_from": False}))

    def test_archived(self):
        ticket = self._new_ticket()
        (self.everybody - self.env.user).active = False
        self._send_away(self.env.user)
        self._assert_red_until(lambda: self.second.write({"active": True}), ticket)

    def test_portal(self):
        ticket = self._new_ticket()
        internal = self.second.group_ids
        portal = self.env.ref("base.group_portal")
        people = self.agent + self.leader + self.director + self.manager + self.second
        people.group_ids = [Command.set(portal.ids)]
        self._send_away(self.everybody - people)
        self._assert_red_until(
            lambda: self.second.write({"group_ids": [Command.set(internal.ids)]}),
            ticket,
        )

    def test_another_company(self):
        ticket = self._new_ticket()
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        here = self.env.company
        people = self.agent + self.leader + self.director + self.manager + self.second
        people.write(
            {"company_id": elsewhere.id, "company_ids": [Command.set(elsewhere.ids)]}
        )
        self._send_away(self.everybody - people)
        self._assert_red_until(
            lambda: self.second.write({"company_ids": [Command.link(here.id)]}), ticket
        )

    def test_no_address_is_no_silence(self):
        self.policy.step_ids.channel = "email"
        self.everybody.partner_id.email = False
        ticket = self._new_ticket()
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.second, "activity")])


class TestWhoArranges(AwayCommon):
    def test_everybody_sets_their_own(self):
        own = self._new_user("esc_own", OWN)
        own.with_user(own).escalation_substitute_id = self.second
        self.assertEqual(own.escalation_substitute_id, self.second)

    def test_helpdesk_managers_set_anyones_and_nothing_else(self):
        self.agent.with_user(self.manager).write(
            {"escalation_substitute_id": self.second.id}
        )
        self.assertEqual(self.agent.escalation_substitute_id, self.second)
        with self.assertRaises(AccessError):
            self.agent.with_user(self.manager).write({"name": "Nobody"})
        with self.assertRaises(AccessError):
            self.agent.with_user(self.manager).write(
                {"escalation_substitute_id": self.second.id, "login": "root"}
            )

    def test_others_do_not(self):
        with self.assertRaises(AccessError):
            self.agent.with_user(self.leader).write(
                {"escalation_substitute_id": self.second.id}
            )

    def test_bad_substitutes_are_refused_with_a_clear_word(self):
        portal = self._new_user("esc_portal", "base.group_portal")
        with self.assertRaisesRegex(ValidationError, "be their own substitute"):
            self.agent.escalation_substitute_id = self.agent
        with self.assertRaisesRegex(ValidationError, "active internal user"):
            self.agent.escalation_substitute_id = portal
