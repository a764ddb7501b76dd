"""The health line: it says what is wrong, to managers, and only what is."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from ..support.common import MANAGER, USER
from ..support.health import HealthCommon


class TestHealth(HealthCommon):
    def test_all_is_well(self):
        self._new_ticket(0)
        self._run(60)
        self.assertEqual(self._problems(), {})

    def test_only_managers_see_what_is_wrong(self):
        self.cron.sudo().active = False
        self.assertTrue(self._problems())
        for user in self.agent, self.leader:
            self.assertEqual(self._problems(user), {})

    # The run

    def test_a_job_that_is_off_is_switched_on(self):
        self.cron.sudo().active = False
        problem = self._one("job_off")
        self.assertEqual(problem["level"], "danger")
        self._press(problem)
        self.assertTrue(self.cron.sudo().active)
        self.assertEqual(self._problems(), {})

    def test_a_late_job_is_run(self):
        now = fields.Datetime.now()
        self.cron.sudo().lastcall = now - timedelta(minutes=15)
        self.assertEqual(self._problems(), {}, "late, but not too late")
        self.cron.sudo().lastcall = now - timedelta(minutes=40)
        problem = self._one("job_late")
        self.assertIn("40 minutes ago", problem["text"])
        ticket = self._new_ticket(-60)
        with self.enter_registry_test_mode():
            self._press(problem)
        self.assertEqual(self._incident(ticket).state, "active")

    def test_a_job_that_never_ran_is_late_some_time_after_the_installation(self):
        self.cron.sudo().lastcall = False
        self._date(self.cron.sudo(), 0)
        self.assertEqual(self._problems(), {})
        self._date(self.cron.sudo(), -20)
        self._one("job_late")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_only_managers_mend_the_job(self):
        leader = self._new_user("esc_mender", USER)
        for method in "action_switch_on", "action_run":
            health = self.env["helpdesk.escalation.health"].with_user(leader)
            with self.assertRaisesRegex(AccessError, "helpdesk managers"):
                getattr(health, method)()

    def test_failing_incidents_are_shown(self):
        tickets = [self._new_ticket(0) for _ in range(3)]
        self._run(10)
        failing, ended, _fine = (self._incident(ticket) for ticket in tickets)
        (failing + ended).error = "No luck"
        ended.state = "resolved"
        problem = self._one("failing")
        self.assertEqual(self._shown(problem), failing)

    # Mail

    def test_failed_mails_are_shown_until_their_ticket_is_settled(self):
        ticket = self._new_ticket(0)
        self._run(30)
        mail = self._incident(ticket).notification_ids[-1]
        self.assertEqual(mail.channel, "email")
        mail.state = "failed"
        self.assertEqual(self._shown(self._one("failed_mails")), mail)
        self._incident(ticket)._resolve("closed")
        self.assertEqual(self._problems(), {})

    def test_a_missing_mail_server_is_a_guess_that_a_sent_mail_disproves(self):
        self.env["ir.mail_server"].search([]).unlink()
        self.notifications.search([]).unlink()
        problem = self._one("mail_server")
        self.assertIn("administrator", problem["text"])
        self.assertEqual(problem["button"]["action"]["res_id"], self.policy.id)

        system = self._new_user(
            "esc_system", "helpdesk_mgmt.group_helpdesk_manager,base.group_system"
        )
        action = self._problems(system)["mail_server"]["button"]["action"]
        self.assertEqual(action["res_model"], "ir.mail_server")

        ticket = self._new_ticket(0)
        self._run(30)
        self._incident(ticket).notification_ids[-1].state = "sent"
        self.assertEqual(self._problems(), {})

    def test_no_mail_server_is_missed_where_no_mail_is_wanted(self):
        self.env["ir.mail_server"].search([]).unlink()
        self.policy.step_ids.channel = "activity"
        self.assertEqual(self._problems(), {})

    # Policies

    def test_a_step_that_reaches_nobody(self):
        self.director.email = False
        problem = self._one("dead_steps")
        self.assertIn("Standard: After 1h: email to esc_director", problem["text"])
        self.assertEqual(problem["button"]["action"]["res_id"], self.policy.id)
        last = self.policy.step_ids[-1]
        last.channel = "activity"
        self.assertEqual(self._problems(), {})

        group = self.env["res.groups"].create(
            {"name": "Night shift", "user_ids": [Command.set(self.agent.ids)]}
        )
        last.write({"recipient": "group", "group_id": group.id})
        self.assertEqual(self._problems(), {})
        group.user_ids = False
        self.assertIn("Night shift", self._one("dead_steps")["text"])
        self.policy.active = False
        self.assertEqual(self._problems(), {}, "it is not in use")

    def test_what_was_archived_since(self):
        substitute = self._new_user("esc_second", USER)
        calendar = self.env["resource.calendar"].create({"name": "Summer"})
        self.policy.write({"fallback_user_id": substitute.id})
        self.policy.step_ids[-1].user_ids += self.leader
        self.assertEqual(self._problems(), {})

        substitute.active = False
        self.director.active = False
        text = self._one("archived")["text"]
        self.assertIn("esc_second", text)
        self.assertIn("esc_director", text)
        self.policy.write({"fallback_user_id": False, "calendar_id": calendar.id})
        self.policy.step_ids[-1].user_ids = self.leader
        self.assertEqual(self._problems(), {})
        calendar.active = False
        self.assertIn("Summer", self._one("archived")["text"])

    def test_teams_that_nobody_watches(self):
        teams = self.env["helpdesk.ticket.team"]
        bare = teams.create({"name": "Forgotten"})
        child = teams.create({"name": "Night", "parent_id": self.team.id})
        self.assertEqual(self._problems(), {}, "no open tickets yet")
        self._new_ticket(0, team_id=child.id)
        self.assertEqual(self._problems(), {}, "the parent's policy counts")
        ticket = self._new_ticket(0, team_id=bare.id)
        problem = self._one("uncovered")
        self.assertIn("Forgotten. Open tickets: 1.", problem["text"])
        self.assertEqual(self._shown(problem), ticket)
        offer = problem["offer"]["action"]
        self.assertEqual(teams.search(offer["domain"]), bare)
        self.assertTrue(teams.get_views(offer["views"])["views"]["list"])
        ticket.escalation_muted = True
        self.assertEqual(self._problems(), {})
        ticket.write({"escalation_muted": False, "escalation_policy_id": self.policy})
        self.assertEqual(self._problems(), {})

    def test_tickets_without_a_team_come_first_and_a_default_mends_it(self):
        bare = self.env["helpdesk.ticket.team"].create({"name": "Forgotten"})
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        portal = self._new_ticket(0, team_id=False, user_id=False)
        in_team = self._new_ticket(0, team_id=bare.id)
        self._new_ticket(0, team_id=False, company_id=elsewhere.id)
        closed = self._new_ticket(0, team_id=False)
        closed.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        problems = self._dashboard(self.manager)["problems"]
        self.assertEqual(
            [problem["name"] for problem in problems],
            ["uncovered_no_team", "uncovered"],
        )
        self.assertEqual([self._shown(one) for one in problems], [portal, in_team])
        self.assertIn(": 1.", problems[0]["text"], "not other companies'")
        offer = problems[0]["offer"]["action"]
        self.assertEqual(offer["res_id"], self.policy.id)
        self.policy.with_user(self.manager).action_set_default()
        self.assertEqual(self._problems(), {})

    def test_a_policy_of_one_company_leaves_others_on_a_shared_team(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.company_ids = [Command.link(elsewhere.id)]
        shared = self.env["helpdesk.ticket.team"].create(
            {"name": "Everywhere", "company_id": False}
        )
        self._set_policy(shared, self.policy)
        here = self._new_ticket(0, team_id=shared.id)
        there = self._new_ticket(0, team_id=shared.id, company_id=elsewhere.id)
        self.assertEqual(here.effective_escalation_policy_id, self.policy)
        self.env.flush_all()
        health = self.env["helpdesk.escalation.health"].with_user(self.manager)
        (problem,) = health.with_context(
            allowed_company_ids=[self.env.company.id, elsewhere.id]
        )._check_uncovered(self.policy.with_user(self.manager))
        self.assertIn("Everywhere (Elsewhere). Open tickets: 1.", problem["text"])
        domain = problem["button"]["action"]["domain"]
        self.assertEqual(self.env["helpdesk.ticket"].search(domain) & there, there)

    def test_long_lists_are_cut_short(self):
        teams = self.env["helpdesk.ticket.team"].create(
            [{"name": f"Team {number}"} for number in range(5)]
        )
        for team in teams:
            self._new_ticket(0, team_id=team.id)
        self.assertIn("Team 2 and 2 more", self._one("uncovered")["text"])

    def test_looking_costs_the_same_however_much_there_is(self):
        def cost():
            health = self.env["helpdesk.escalation.health"].with_user(self.manager)
            health._get_problems()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            health._get_problems()
            return self.env.cr.sql_log_count - before

        def grow(count):
            for number in range(count):
                self._new_policy(
                    f"Policy {number}",
                    {"delay": 5, "recipient": "user", "user_ids": self.agent.ids},
                    {"delay": 9, "recipient": "group", "group_id": self._group().id},
                )

        grow(2)
        few = cost()
        grow(10)
        self.assertLessEqual(cost(), few)

    def _group(self):
        return self.env["res.groups"].create(
            {"name": "Shift", "user_ids": [Command.set(self.leader.ids)]}
        )


class TestNewAddons(HealthCommon):
    """An add-on of ours that came after the installation is offered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.module = cls.env["ir.module.module"].create(
            {
                "name": "helpdesk_escalation_newest",
                "shortdesc": "Helpdesk Escalation: Newest",
                "state": "uninstalled",
                "auto_install": True,
                "dependencies_id": [Command.create({"name": "helpdesk_escalation"})],
            }
        )
        there = cls.env["ir.module.module"].search(
            [("name", "=like", "helpdesk_escalation%"), ("id", "!=", cls.module.id)]
        )
        cls._date(there, -120)
        cls._date(cls.cron.sudo(), -60)
        cls.admin = cls._new_user("esc_admin", f"{MANAGER},base.group_system")

    def test_it_is_offered_to_whoever_may_install_it(self):
        self.assertEqual(self._problems(), {})
        problem = self._problems(self.admin)["new_addons"]
        self.assertEqual(problem["level"], "info")
        self.assertIn("Helpdesk Escalation: Newest", problem["text"])
        action = problem["button"]["action"]
        modules = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(modules, self.module)

    def test_what_somebody_left_out_is_not(self):
        self.module.state = "installed"
        self.module.button_uninstall()
        self.module.state = "uninstalled"
        self.assertEqual(self._problems(self.admin), {})

    def test_what_was_there_at_the_installation_is_not(self):
        self._date(self.module, -120)
        self.assertEqual(self._problems(self.admin), {})

    def test_what_could_not_have_come_by_itself_is_not(self):
        self.module.dependencies_id.name = "helpdesk_escalation_missing"
        self.assertEqual(self._problems(self.admin), {})
