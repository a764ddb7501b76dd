"""Where a team wants it, tickets go up with a handover, whatever door one tries."""

from odoo import Command
from odoo.exceptions import RedirectWarning, UserError

from ..support.common import USER
from ..support.handover import HandoverCommon


class TestMoveUp(HandoverCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.escalation_handover_only = True
        cls.upper.user_ids += cls.agent
        cls.top = cls.env["helpdesk.ticket.team"].create(
            {"name": "Vendor", "user_ids": [Command.set(cls.chief.ids)]}
        )
        cls.upper.parent_id = cls.top

    def _assert_stopped(self, ticket, team, user=None, error=RedirectWarning):
        before = ticket.team_id
        with self.assertRaises(error) as caught, self.env.cr.savepoint():
            ticket.with_user(user or self.agent).write({"team_id": team.id})
        self.env.invalidate_all()
        self.assertEqual(ticket.team_id, before)
        self.assertIn("with a handover", str(caught.exception))
        return caught.exception

    def _assert_moves(self, team, user=None):
        self.ticket.with_user(user or self.agent).write({"team_id": team.id})
        self.assertEqual(self.ticket.team_id, team)

    def test_an_agent_is_led_to_the_handover(self):
        warning = self._assert_stopped(self.ticket, self.upper)
        _words, action_id, _button, context = warning.args
        action = self.env["ir.actions.server"].with_user(self.agent).browse(action_id)
        dialog = action.with_context(**context).run()
        self.assertEqual(dialog["res_model"], "helpdesk.escalation.handover")
        draft = self.env[dialog["res_model"]].browse(dialog["res_id"])
        self.assertEqual((draft.ticket_id, draft.user_id), (self.ticket, self.agent))

    def test_two_tiers_up_is_up_too(self):
        self._assert_stopped(self.ticket, self.top)

    def test_a_helpdesk_user_is_an_agent(self):
        user = self._new_user("esc_helpdesk_user", USER)
        self._assert_stopped(self.ticket, self.upper, user)

    def test_several_at_once(self):
        tickets = self.ticket + self._new_ticket(0)
        with self.assertRaisesRegex(UserError, "Open each of them"):
            tickets.with_user(self.agent).write({"team_id": self.upper.id})

    def test_the_receiving_team_may_ask_for_it(self):
        self.team.escalation_handover_only = False
        self._assert_moves(self.upper)
        self.upper.escalation_handover_only = True
        other = self._new_ticket(0)
        self._assert_stopped(other, self.upper)

    def test_down_and_aside_are_free(self):
        aside = self.env["helpdesk.ticket.team"].create(
            {"name": "Aside", "user_ids": [Command.set(self.agent.ids)]}
        )
        self._assert_moves(aside)
        self._assert_moves(self.team)
        self._assert_moves(self.team)

    def test_out_of_the_team_and_then_up_is_up_too(self):
        self.ticket.with_user(self.agent).write({"team_id": False})
        self._assert_stopped(self.ticket, self.upper)

    def test_aside_and_then_up_is_up_too(self):
        aside = self.env["helpdesk.ticket.team"].create(
            {"name": "Aside", "user_ids": [Command.set(self.agent.ids)]}
        )
        self._assert_moves(aside)
        self.ticket.with_user(self.agent).write({"team_id": False})
        self._assert_stopped(self.ticket, self.top)
        self._assert_moves(aside)

    def test_once_a_manager_has_placed_it_the_way_there_is_forgotten(self):
        aside = self.env["helpdesk.ticket.team"].create(
            {"name": "Aside", "user_ids": [Command.set(self.agent.ids)]}
        )
        self._assert_moves(aside)
        self._assert_moves(aside, self.manager)
        self._assert_moves(self.upper)

    def test_other_changes_are_free(self):
        self.ticket.with_user(self.agent).write({"priority": "3", "name": "On fire"})
        self.assertEqual(self.ticket.priority, "3")

    def test_managers_and_the_system_move_what_they_like(self):
        self._assert_moves(self.upper, self.manager)
        other = self._new_ticket(0)
        other.with_user(self.agent).sudo().team_id = self.upper
        self.assertEqual(other.team_id, self.upper)

    def test_the_handover_and_giving_back_go_on(self):
        self.upper.escalation_handover_only = True
        incident = self._escalate(to_user_id=self.expert.id)
        self.assertEqual(self.ticket.team_id, self.upper)
        self._give_back(
            incident,
            self.expert,
            "de_escalate",
            "New driver",
            to_team_id=self.top.id,
            to_user_id=False,
        )
        self.assertEqual(self.ticket.team_id, self.top)

    def test_without_the_option_all_is_as_before(self):
        self.team.escalation_handover_only = False
        self._assert_moves(self.upper)
