"""Closing that needs a manager's sign-off: who is stopped, where, and who is asked."""

from datetime import timedelta

from odoo import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from ..support.common import PatientHttpCase
from ..support.sign_off import SignOffCommon


class TestSignOff(SignOffCommon):
    def test_an_agent_is_stopped_kindly_and_asks_in_one_click(self):
        mine = self.ticket.with_user(self.agent)
        words, action, button, context = self._stopped(
            lambda: mine.write({"stage_id": self.closed.id})
        )
        self.assertIn("needs a manager's sign-off here: " + mine.display_name, words)
        self.assertEqual(button, "Ask for sign-off")
        self.assertFalse(self.ticket.closed)

        server_action = self.env["ir.actions.server"].with_user(self.agent)
        server_action = server_action.browse(action).sudo().with_context(**context)
        asked = server_action.sudo(False).run()
        self.assertIn(self.leader.name, asked["params"]["message"])
        self.assertEqual(self._requests().user_id, self.leader)
        self.assertEqual(self._requests().summary, "esc_agent asks you to close this")
        again = mine.action_escalation_ask_sign_off()
        self.assertIn("has been asked already", again["params"]["message"])
        self.assertEqual(len(self._requests()), 1)

        self.ticket.with_user(self.leader).stage_id = self.closed
        self.assertTrue(self.ticket.closed)
        self.assertFalse(self._requests(), "done with")

    def test_in_the_form(self):
        with Form(self.ticket.with_user(self.agent)) as form:
            form.stage_id = self.progress
        self.assertEqual(self.ticket.stage_id, self.progress)

        def close():
            with Form(self.ticket.with_user(self.agent)) as form:
                form.stage_id = self.closed

        self._stopped(close)
        self.assertEqual(self.ticket.stage_id, self.progress)

    def test_many_at_once(self):
        free = self._new_ticket(0, escalation_policy_id=self._new_policy("Free", {}).id)
        both = (self.ticket + free).with_user(self.agent)
        words, *_rest, context = self._stopped(
            lambda: both.write({"stage_id": self.closed.id})
        )
        self.assertNotIn(free.display_name, words)
        self.assertEqual(context["active_ids"], self.ticket.ids)
        self.assertFalse(free.closed, "all or nothing")

    def test_who_may_close_it(self):
        root = self.env.ref("base.user_root")
        portal = self._new_user(
            "esc_portal", "base.group_portal", partner_id=self.client.id
        )
        for user in self.manager, self.leader, root, portal:
            ticket = self._new_ticket(0).with_user(user)
            ticket.sudo().stage_id = self.closed
            self.assertTrue(ticket.sudo().closed, user.login)

    def test_a_leader_of_another_team_is_an_agent_here(self):
        self.team.user_id = self.agent
        self._stopped(
            lambda: self.ticket.with_user(self.leader).write(
                {"stage_id": self.closed.id}
            )
        )
        self.ticket.with_user(self.agent).stage_id = self.closed

    def test_what_is_closed_already_moves_freely(self):
        other = self.closed.copy({"name": "Cancelled"})
        self.ticket.stage_id = self.closed
        self.ticket.with_user(self.agent).stage_id = other
        self.assertEqual(self.ticket.stage_id, other)

    def test_the_client_may_want_it_and_so_do_its_contacts(self):
        self.policy.closing_sign_off = False
        self.client_company.escalation_closing_sign_off = True
        self._stopped(
            lambda: self.ticket.with_user(self.agent).write(
                {"stage_id": self.closed.id}
            )
        )
        self.client_company.escalation_closing_sign_off = False
        self.ticket.with_user(self.agent).stage_id = self.closed

    def test_each_company_has_its_own_clients(self):
        self.policy.closing_sign_off = False
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.client_company.with_company(company).escalation_closing_sign_off = True
        self.ticket.with_user(self.agent).stage_id = self.closed
        self.assertTrue(self.ticket.closed)

    def test_a_leader_who_is_not_there(self):
        """The substitute is asked, if a manager; else the managers are."""
        managers = self.manager + self.env.ref("base.user_admin")
        mine = self.ticket.with_user(self.agent)
        self.leader.out_of_office_from = self.t0 - timedelta(days=1)
        mine.action_escalation_ask_sign_off()
        self.assertLessEqual(self.manager, self._requests().user_id)
        self.assertNotIn(self.leader, self._requests().user_id)
        self._requests().unlink()
        self.leader.escalation_substitute_id = self.manager
        mine.action_escalation_ask_sign_off()
        self.assertEqual(self._requests().user_id, self.manager)
        self._requests().unlink()
        self.team.user_id = False
        mine.action_escalation_ask_sign_off()
        self.assertLessEqual(
            managers.filtered(lambda user: self.env.company in user.company_ids),
            self._requests().user_id,
        )

    def test_nothing_costs_more_when_nothing_closes(self):
        def cost(values):
            self.env.flush_all()
            self.env.invalidate_all()
            self.closed.closed  # noqa: B018
            before = self.env.cr.sql_log_count
            self.ticket.with_user(self.agent).write(values)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        # Whoever asks first pays for the caches of users and rules.
        cost({"priority": "2", "stage_id": self.progress.id})
        self.ticket.stage_id = self.ticket.team_id._get_applicable_stages()[:1]
        with_policy = cost({"priority": "3"}), cost({"stage_id": self.progress.id})
        self.policy.closing_sign_off = False
        # What was kept about policies is read anew once.
        cost({"priority": "2", "stage_id": self.progress.id})
        self.ticket.stage_id = self.ticket.team_id._get_applicable_stages()[:1]
        without = cost({"priority": "1"}), cost({"stage_id": self.progress.id})
        self.assertEqual(with_policy, without)


class TestSignOffPortal(SignOffCommon, PatientHttpCase):
    def _close(self, user):
        self.authenticate(user.login, user.login)
        return self.url_open(
            f"/ticket/close?ticket_id={self.ticket.id}&stage_id={self.closed.id}",
            allow_redirects=False,
        )

    def test_the_portals_button_stops_an_agent_and_no_client(self):
        self.closed.close_from_portal = True
        portal = self._new_user(
            "esc_portal", "base.group_portal", partner_id=self.client.id
        )
        with mute_logger("odoo.http"):
            answer = self._close(self.agent)
        self.assertEqual(answer.status_code, 422)
        self.assertIn("sign-off", answer.text)
        self.env.invalidate_all()
        self.assertFalse(self.ticket.closed)
        self.assertEqual(self._close(portal).status_code, 302)
        self.env.invalidate_all()
        self.assertTrue(self.ticket.closed)


class TestSignOffTour(SignOffCommon, PatientHttpCase):
    def test_a_drag_to_the_closed_stage_asks_for_the_sign_off(self):
        self.ticket.name = "Sign me off"
        self.env["helpdesk.ticket.stage"].search([("closed", "=", True)]).fold = False
        self.closed.write({"name": "Done", "sequence": 2})
        kanban = self.env.ref("helpdesk_mgmt.view_helpdesk_ticket_kanban")
        action = self.env["ir.actions.act_window"].create(
            {
                "name": "One team",
                "res_model": "helpdesk.ticket",
                "view_mode": "kanban",
                "domain": [("id", "=", self.ticket.id)],
                "view_ids": [
                    Command.create({"view_mode": "kanban", "view_id": kanban.id})
                ],
            }
        )
        self.start_tour(
            f"/odoo/action-{action.id}", "escalation_sign_off", login=self.agent.login
        )
        self.env.invalidate_all()
        self.assertFalse(self.ticket.closed)
        self.assertEqual(self._requests().user_id, self.leader)
