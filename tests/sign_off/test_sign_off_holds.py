"""A ticket that needs a sign-off goes on needing it, whichever way it is moved.

Each of these was a way round it in two clicks.
"""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError

from ..support.common import TEAM
from ..support.sign_off import SignOffCommon


class TestSignOffHolds(SignOffCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.free = cls._new_policy("Free", {"delay": 10})
        cls.other_team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Backyard",
                "user_id": cls.leader.id,
                "user_ids": [Command.set(cls.agent.ids)],
                "escalation_policy_id": cls.free.id,
            }
        )
        cls.mine = cls.ticket.with_user(cls.agent)

    def test_muting_is_no_way_round(self):
        self.mine.escalation_muted = True
        self._cannot_close()

    def test_a_policy_of_its_own_is_no_way_round(self):
        self.mine.escalation_policy_id = self.free
        self._cannot_close()
        self.mine.escalation_policy_id = False
        self._cannot_close()

    def test_another_policy_and_closing_in_one_click(self):
        values = {"escalation_policy_id": self.free.id, "stage_id": self.closed.id}
        self._stopped(lambda: self.mine.write(values))
        self._stopped(
            lambda: self.mine.write({"team_id": self.other_team.id, **values})
        )

    def test_moving_it_is_no_way_round(self):
        self.mine.team_id = self.other_team
        self._cannot_close()
        self.ticket.with_user(self.leader).stage_id = self.closed
        self.assertTrue(self.ticket.closed, "whose leader may sign off")

    def test_moving_it_into_the_team_that_one_leads_is_no_way_round(self):
        self.other_team.user_id = self.agent
        self.mine.team_id = self.other_team
        self._cannot_close()
        self.mine.action_escalation_ask_sign_off()
        self.assertIn(self.manager, self._requests().user_id)
        self.assertNotIn(self.agent, self._requests().user_id)
        # Given there by somebody else, it is the leader's to sign off.
        self.ticket.with_user(self.manager).team_id = self.team
        self.ticket.with_user(self.manager).team_id = self.other_team
        self.mine.stage_id = self.closed
        self.assertTrue(self.ticket.closed)

    def test_a_team_whose_only_stage_is_closed_is_no_way_round(self):
        self.env["helpdesk.ticket.stage"].search(
            [("team_ids", "=", False)]
        ).team_ids = self.team
        self.closed.copy({"team_ids": [Command.set(self.other_team.ids)]})
        self._stopped(lambda: self.mine.write({"team_id": self.other_team.id}))

    def test_taking_the_client_off_is_no_way_round(self):
        self.policy.closing_sign_off = False
        self.client_company.escalation_closing_sign_off = True
        self.mine.partner_id = False
        self._cannot_close()

    def test_changing_or_deleting_the_contact_is_no_way_round(self):
        self.policy.closing_sign_off = False
        self.client_company.escalation_closing_sign_off = True
        helper = self._new_user("esc_helper", f"{TEAM},base.group_partner_manager")
        contact = self.client.with_user(helper)
        with self.assertRaisesRegex(AccessError, "Only a helpdesk manager"):
            self.client_company.with_user(helper).escalation_closing_sign_off = False
        for number, deed in enumerate(
            (
                lambda: contact.write({"parent_id": False}),
                lambda: contact.write({"is_company": True}),
                lambda: contact.write({"escalation_policy_id": self.free.id}),
                lambda: contact.unlink(),
            )
        ):
            with self.subTest(number):
                savepoint = self.env.cr.savepoint(flush=True)
                deed()
                self.env.flush_all()
                self.env.invalidate_all()
                self._cannot_close()
                savepoint.rollback()
                self.env.invalidate_all()
                savepoint.close()

    def test_merging_the_contact_is_no_way_round(self):
        self.policy.closing_sign_off = False
        self.client.escalation_closing_sign_off = True
        double = self.env["res.partner"].create({"name": "Carla C."})
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.client + double).ids, double
        )
        self.env.invalidate_all()
        self.assertEqual(self.ticket.partner_id, double)
        double.escalation_closing_sign_off = False
        self._cannot_close()

    def test_making_a_condition_hold_no_more_is_no_way_round(self):
        self.policy.condition = "[('priority', '=', '3')]"
        urgent = self._new_ticket(0, priority="3")
        urgent.with_user(self.agent).priority = "1"
        self._cannot_close(urgent)

    def test_archiving_needs_it_too(self):
        words, *_rest = self._stopped(lambda: self.mine.write({"active": False}))
        self.assertIn("Archiving needs a manager's sign-off here", words)
        self._stopped(self.mine.action_archive)
        self.ticket.with_user(self.leader).action_archive()
        self.assertFalse(self.ticket.active)

    def test_a_ticket_is_not_created_closed(self):
        values = {
            "name": "Done before it began",
            "description": "<p>Nothing to see</p>",
            "team_id": self.team.id,
            "partner_id": self.client.id,
            "stage_id": self.closed.id,
        }
        tickets = self.env["helpdesk.ticket"].with_user(self.agent)
        with self.assertRaisesRegex(UserError, "needs a manager's sign-off"):
            tickets.create({**values, "escalation_muted": True})
        loaded = tickets.load(
            ["name", "description", "team_id/.id", "stage_id/.id"],
            [["Imported", "Old", str(self.team.id), str(self.closed.id)]],
        )
        self.assertIn("needs a manager's sign-off", str(loaded["messages"]))
        self.assertTrue(tickets.with_user(self.manager).create(values).closed)

    def test_a_copy_of_it_needs_it_as_well(self):
        self.mine.escalation_muted = True
        self.mine.escalation_policy_id = self.free
        self._cannot_close(self.mine.copy())

    def test_marked_as_a_duplicate_it_goes_on_needing_it(self):
        self.mine.duplicate_id = self._new_ticket(0)
        self._cannot_close()

    def test_a_stage_that_becomes_a_closed_one_signs_off_what_is_in_it(self):
        self.ticket.stage_id = self.progress
        clerk = self._new_user("esc_clerk", TEAM)
        self._stopped(
            lambda: self.progress.with_user(clerk).sudo().write({"closed": True})
        )
        self.assertFalse(self.ticket.closed)
        self.progress.with_user(self.manager).closed = True
        self.assertTrue(self.ticket.closed)
        signer = self.ticket.sudo().escalation_signed_off_by_id
        self.assertEqual(signer, self.manager)

    def test_the_need_is_for_nobody_to_write_away(self):
        self.mine.escalation_muted = True
        for name in "needed_date", "barred_id":
            with self.assertRaises(AccessError):
                self.mine.write({f"escalation_sign_off_{name}": False})

    def test_a_manager_lifts_it_where_it_is_set(self):
        self.policy.with_user(self.manager).closing_sign_off = False
        self.mine.stage_id = self.closed
        self.assertTrue(self.ticket.closed)


class TestSignOffOfATeam(SignOffCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.closing_sign_off = False

    def test_a_team_may_want_it_and_so_do_the_teams_below_it(self):
        above = self.env["helpdesk.ticket.team"].create({"name": "All of support"})
        self.team.parent_id = above
        above.escalation_closing_sign_off = True
        self._cannot_close()
        above.escalation_closing_sign_off = False
        self.ticket.with_user(self.agent).stage_id = self.closed
        self.assertTrue(self.ticket.closed)

    def test_a_muted_ticket_needs_it_as_well(self):
        self.team.escalation_closing_sign_off = True
        self._cannot_close(self._new_ticket(0, escalation_muted=True))


class TestSignOffShown(SignOffCommon):
    def _shown(self, user=None):
        self.env.invalidate_all()
        ticket = self.ticket.with_user(user or self.agent)
        return ticket.escalation_sign_off, ticket.escalation_sign_off_text

    def test_the_ticket_says_that_it_needs_one_and_who_gave_it_when(self):
        state, words = self._shown()
        self.assertEqual(state, "needed")
        self.assertIn("the sign-off of the team's leader or a helpdesk manager", words)
        self.assertFalse(self.ticket.with_user(self.agent).escalation_may_sign_off)
        self.assertTrue(self.ticket.with_user(self.leader).escalation_may_sign_off)

        with self._at(20):
            self.ticket.with_user(self.leader).stage_id = self.closed
            self.env.flush_all()
        state, words = self._shown()
        self.assertEqual(state, "signed")
        self.assertTrue(words.startswith("Signed off by esc_leader: "), words)
        self.assertIn("Signed off by esc_leader.", self._notes(self.ticket))
        self.assertEqual(
            self.ticket.sudo().escalation_signed_off_date,
            self.t0 + timedelta(minutes=20),
        )

        self.ticket.with_user(self.leader).stage_id = self.progress
        state, words = self._shown()
        self.assertEqual(state, "needed", "it needs another one")
        self.assertIn("Last signed off by esc_leader", words)
        self._cannot_close()

    def test_who_needs_none_is_shown_none(self):
        self.policy.closing_sign_off = False
        self.assertEqual(self._shown(), (False, False))
        self.ticket.with_user(self.agent).stage_id = self.closed
        self.assertEqual(self._shown(), (False, False))
        self.assertFalse(self.ticket.sudo().escalation_signed_off_by_id)

    def test_the_client_and_the_system_sign_nothing(self):
        portal = self._new_user(
            "esc_portal", "base.group_portal", partner_id=self.client.id
        )
        for user in portal, self.env.ref("base.user_root"):
            ticket = self._new_ticket(0)
            ticket.with_user(user).sudo().stage_id = self.closed
            self.assertFalse(ticket.sudo().escalation_signed_off_by_id)

    def test_the_cards_show_it(self):
        self._run(11)
        incident = self._incident(self.ticket).with_user(self.agent)
        self.assertEqual(incident.sign_off, "needed")
        for model in "helpdesk.ticket", "helpdesk.escalation.incident":
            arch = self.env[model].with_user(self.agent).get_view(view_type="kanban")
            self.assertIn("sign_off", arch["arch"])
