"""First-tier is what the first tier closed itself, however a ticket went up."""

from odoo import Command

from ..support.common import EscalationCommon


class TestFirstTier(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.report = cls.env["helpdesk.escalation.ticket.report"]
        cls.done = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        cls.upper = cls.env["helpdesk.ticket.team"].create(
            {"name": "Engineering", "user_ids": [Command.set(cls.leader.ids)]}
        )
        cls.team.parent_id = cls.upper

    def _rate(self, *tickets):
        self.env.flush_all()
        ((rate,),) = self.report._read_group(
            [("ticket_id", "in", [ticket.id for ticket in tickets])],
            [],
            ["is_first_tier:avg"],
        )
        return rate

    def _move(self, ticket, team):
        """Move a ticket with Odoo's tracking on, as it is outside of tests."""
        # What happens to a ticket in the transaction that creates it is no change.
        self.flush_tracking()
        ticket = ticket.with_context(tracking_disable=False, mail_notrack=False)
        ticket.team_id = team
        self.flush_tracking()

    def test_what_is_closed_where_it_came_in(self):
        ticket = self._new_ticket()
        ticket.stage_id = self.done
        self.assertEqual(self._rate(ticket), 1)

    def test_what_moved_up_and_was_closed_there(self):
        """A step of a policy moves it no otherwise."""
        ticket = self._new_ticket()
        ticket.team_id = self.upper
        ticket.stage_id = self.done
        self.assertEqual(self._rate(ticket), 0)

    def test_what_came_back_and_was_closed_below(self):
        went, stayed = self._new_ticket(), self._new_ticket()
        self._move(went, self.upper)
        self._move(went, self.team)
        (went + stayed).stage_id = self.done
        self.assertEqual(self._rate(went), 0)
        self.assertEqual(self._rate(went, stayed), 1 / 2)

    def test_what_moved_aside_is_still_of_the_first_tier(self):
        aside = self.env["helpdesk.ticket.team"].create(
            {"name": "Aside", "parent_id": self.upper.id}
        )
        ticket = self._new_ticket()
        self._move(ticket, aside)
        ticket.stage_id = self.done
        self.assertEqual(self._rate(ticket), 1)

    def test_without_a_team_there_are_no_tiers(self):
        ticket = self._new_ticket(team_id=False)
        ticket.stage_id = self.done
        self.assertEqual(self._rate(ticket), 1)

    def test_what_is_open_does_not_count(self):
        ticket = self._new_ticket()
        self.assertIs(self._rate(ticket), False)
