"""Escalating by hand what cannot be: a clear word, nothing half done, a draft kept."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.helpdesk_escalation_handover.models import (
    helpdesk_escalation_handover as handover_file,
)

from ..support.common import TEAM
from ..support.handover import HANDOVER, HandoverCommon

PARTS = handover_file.PARTS


class TestHandoverInput(HandoverCommon):
    def _assert_refused(self, words, draft=None, error=UserError, **values):
        """The handover is refused in these words and leaves no trace but the draft."""
        draft = draft or self._draft()
        if values:
            draft.write(values)
        ticket = draft.sudo().ticket_id
        self.env.flush_all()
        before = (ticket.team_id, ticket.user_id, len(ticket.message_ids))
        with self.assertRaisesRegex(error, words), self.env.cr.savepoint():
            draft.action_escalate()
        self.env.invalidate_all()
        draft = draft.sudo()
        self.assertEqual(draft.state, "draft")
        self.assertEqual(
            draft.user_impact, values.get("user_impact", HANDOVER["user_impact"])
        )
        self.assertFalse(draft.incident_ids)
        self.assertEqual(
            (ticket.team_id, ticket.user_id, len(ticket.message_ids)), before
        )

    # ------------------------------------------------------------------
    # The ticket
    # ------------------------------------------------------------------

    def test_a_closed_an_archived_or_a_duplicate_ticket(self):
        closed = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        original = self._new_ticket(0, name="The original")
        for words, values in (
            ("is closed. Reopen it", {"stage_id": closed.id}),
            ("is archived. Restore it", {"active": False}),
            ("Escalate the original, .*The original", {"duplicate_id": original.id}),
        ):
            ticket = self._new_ticket(0)
            draft = self._draft(ticket)
            ticket.write(values)
            with self.subTest(words):
                self._assert_refused(words, draft)
                with self.assertRaisesRegex(UserError, words):
                    ticket.with_user(self.agent).action_escalation_escalate()

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_a_ticket_that_one_may_not_edit(self):
        stranger = self._new_user("esc_stranger", TEAM)
        with self.assertRaisesRegex(AccessError, "You may not edit this ticket"):
            self.ticket.with_user(stranger).action_escalation_escalate()
        draft = self._draft()
        self.ticket.team_id = self.upper
        with self.assertRaisesRegex(AccessError, "You may not edit this ticket"):
            draft.action_escalate()
        self.assertEqual(draft.sudo().state, "draft")

    def test_a_ticket_that_somebody_changed_meanwhile(self):
        stage = self.env["helpdesk.ticket.stage"].search([("closed", "=", False)])[1]
        for words, values in (
            ("Assigned user", {"user_id": self.leader.id}),
            ("Stage", {"stage_id": stage.id}),
            ("Priority", {"priority": "3"}),
        ):
            ticket = self._new_ticket(0)
            draft = self._draft(ticket)
            ticket.write(values)
            with self.subTest(words):
                self._assert_refused(f"changed the ticket meanwhile: {words}", draft)
                # Opened again, it shows the ticket as it is now.
                ticket.with_user(self.agent).action_escalation_escalate()
                draft.action_escalate()
                self.assertEqual(draft.sudo().state, "done")

    def test_a_ticket_that_somebody_handed_over_meanwhile(self):
        draft = self._draft()
        self._escalate(
            user=self.leader,
            to_team_id=False,
            to_user_id=self.expert.id,
            hand_over=False,
        )
        self._assert_refused("meanwhile: Handover", draft)

    # ------------------------------------------------------------------
    # To whom
    # ------------------------------------------------------------------

    def test_nowhere(self):
        self._assert_refused("Choose a team or a person", to_team_id=False)

    def test_where_it_is_already(self):
        self._assert_refused(
            "with this team and person already", to_team_id=self.team.id
        )
        ticket = self._new_ticket(0, user_id=self.leader.id)
        for team in self.team.id, False:
            draft = self._draft(ticket, to_team_id=team, to_user_id=self.leader.id)
            self._assert_refused("with this team and person already", draft)

    def test_oneself(self):
        draft = self._draft(user=self.leader, to_team_id=False)
        self._assert_refused(
            "You cannot escalate to yourself", draft, to_user_id=self.leader.id
        )
        alone = self.env["helpdesk.ticket.team"].create(
            {"name": "Alone", "user_ids": [Command.set(self.agent.ids)]}
        )
        self._assert_refused("Nobody but you is in Alone", to_team_id=alone.id)

    def test_an_archived_team_or_person(self):
        draft = self._draft()
        self.upper.active = False
        self._assert_refused("Engineering is archived", draft)
        self.upper.active = True
        draft.to_user_id = self.expert
        self.expert.action_archive()
        self._assert_refused("not an active internal user", draft)

    def test_a_portal_user(self):
        portal = self._new_user("esc_portal", "base.group_portal")
        self._assert_refused(
            "not an active internal user", to_team_id=False, to_user_id=portal.id
        )

    def test_another_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "There", "company_id": company.id, "user_ids": []}
        )
        stranger = self._new_user(
            "esc_stranger",
            TEAM,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        draft = self._draft(to_team_id=False)
        draft.sudo().to_team_id = team
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            draft.action_escalate()
        self.agent.company_ids += company
        both = draft.with_context(allowed_company_ids=self.agent.company_ids.ids)
        self._assert_refused("There belongs to Elsewhere", both)
        draft.sudo().to_team_id = False
        self._assert_refused("has no access to", both, to_user_id=stranger.id)

    def test_a_person_of_another_team_or_outside_the_helpdesk(self):
        self._assert_refused(
            "is not in the team Engineering", to_user_id=self.leader.id
        )
        clerk = self._new_user("esc_clerk", "base.group_user")
        self._assert_refused(
            "does not work in the helpdesk", to_team_id=False, to_user_id=clerk.id
        )

    # ------------------------------------------------------------------
    # The parts
    # ------------------------------------------------------------------

    def test_parts_that_are_empty_or_blank(self):
        draft = self._draft()
        self.assertFalse(draft.missing_text)
        self._assert_refused(
            "complete: User Impact, Type of Reason.",
            draft,
            user_impact=" \n ",
            reason_kind=False,
        )
        self.assertEqual(
            draft.missing_text, "Still missing (2): User Impact, Type of Reason"
        )

    def test_the_receiving_team_says_what_it_must_know(self):
        self._require("issue_summary", "environment")
        draft = self._draft(user_impact=False, reason=False, reason_kind=False)
        with self.assertRaisesRegex(UserError, "complete: Environment."):
            draft.action_escalate()
        draft.environment = "none"
        draft.action_escalate()
        self.assertEqual(draft.sudo().state, "done")

    def test_a_team_that_requires_nothing(self):
        self._require()
        draft = self._draft(**dict.fromkeys(HANDOVER, False))
        self.assertFalse(draft.missing_text)
        draft.action_escalate()
        self.assertEqual(draft.sudo().state, "done")

    def _require(self, *codes):
        parts = self.env["helpdesk.escalation.handover.part"]
        self.upper.escalation_handover_part_ids = parts.search([("code", "in", codes)])

    def test_the_parts_are_those_of_the_handover_in_name_and_order(self):
        handover = self.env["helpdesk.escalation.handover"]
        parts = self.env["helpdesk.escalation.handover.part"].search([])
        self.assertEqual(tuple(parts.mapped("code")), PARTS)
        self.assertEqual(
            parts.mapped("name"),
            [handover._fields[code].string for code in PARTS],
        )

    def test_new_teams_and_those_from_before_the_installation_require_the_same(self):
        usual = self.upper._get_required_parts()
        self.assertEqual(
            usual,
            [
                "issue_summary",
                "user_impact",
                "current_state",
                "troubleshooting",
                "reason",
            ],
        )
        teams = self.env["helpdesk.ticket.team"]
        self.assertEqual(teams._get_required_parts(), usual, "and so without a team")
        # Teams of before, in all states, have nothing.
        self.team.active = False
        both = self.team + self.upper
        both.escalation_handover_part_ids = False
        teams._require_default_parts()
        for team in both:
            self.assertEqual(team._get_required_parts(), usual)

    def test_a_client_who_cannot_be_told(self):
        self._assert_refused(
            "a time to come", tell_client=True, news_by=self.t0.replace(year=2000)
        )
        self.client.email = False
        self.ticket.partner_email = False
        draft = self._draft()
        draft.invalidate_recordset()
        self._assert_refused("no email address", draft, tell_client=True)

    # ------------------------------------------------------------------
    # Twice, and by others
    # ------------------------------------------------------------------

    def test_twice(self):
        draft = self._draft(user=self.leader)
        draft.action_escalate()
        with self.assertRaisesRegex(UserError, "handed over already"):
            draft.action_escalate()
        with self.assertRaisesRegex(UserError, "handed over already"):
            draft.action_discard()
        self.assertEqual(len(draft.sudo().incident_ids), 1)

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_a_draft_is_its_authors_and_a_record_is_the_systems(self):
        draft = self._draft(user=self.leader)
        for user in self.agent, self.manager:
            stranger = draft.with_user(user)
            self.assertFalse(stranger.search([("id", "=", draft.id)]))
            for deed in (
                stranger.read,
                stranger.action_escalate,
                stranger.action_discard,
                lambda one=stranger: one.write({"reason": "X"}),
            ):
                with self.assertRaises(AccessError):
                    deed()
        for forged in (
            {"state": "done"},
            {"user_id": self.agent.id},
            {"outcome": "taken"},
        ):
            with self.assertRaises(AccessError):
                draft.write(forged)
        draft.action_escalate()
        self.assertTrue(draft.with_user(self.manager).read(["reason"]))
        for user in self.leader, self.manager:
            with self.assertRaises(AccessError):
                draft.with_user(user).write({"reason": "I never said that"})

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_giving_back(self):
        incident = self._escalate(to_user_id=self.expert.id)
        for kind, words in ("send_back", "what is missing"), ("de_escalate", "a note"):
            with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
                self._give_back(incident, self.expert, kind, " \n")
        with self.assertRaises(AccessError):
            self._give_back(incident, self.agent, "send_back")
        stranger = self._new_user("esc_stranger", TEAM)
        with self.assertRaises(AccessError):
            self._give_back(incident, stranger, "send_back")
        dialog = (
            self.env["helpdesk.escalation.handover.return"]
            .with_user(self.expert)
            .create({"incident_id": incident.id, "kind": "send_back", "note": "X"})
        )
        self._give_back(incident, self.expert, "de_escalate")
        with self.assertRaisesRegex(UserError, "Resolved at"):
            dialog.action_return()
        self.assertEqual(incident.resolution, "de_escalated")

    def test_giving_back_to_a_team_that_is_gone(self):
        incident = self._escalate(to_user_id=self.expert.id)
        self.team.active = False
        with self.assertRaisesRegex(UserError, "Support is archived"):
            self._give_back(incident, self.expert, "send_back")
        self._give_back(incident, self.expert, "de_escalate")
        self.assertEqual(self.ticket.team_id, self.upper, "it stays where it is")

    def test_an_automatic_one_is_not_given_back(self):
        self._run(10)
        incident = self._incident(self.ticket)
        self.assertFalse(incident.with_user(self.leader).may_hand_back)
        with self.assertRaisesRegex(UserError, "Nobody handed this ticket over"):
            incident.with_user(self.leader).action_send_back()
