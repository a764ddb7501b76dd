"""A new ticket: the model proposes, people decide."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from ..support.common import OWN
from ..support.model_server import ModelCommon

PROPOSED = {
    "category": "Software",
    "priority": "Very High",
    "team": "Engineering",
    "tone": "Angry",
    "quote": "This is a disgrace.",
}
TEXT = "<p>Nothing prints. This is a disgrace.</p>"


class TestProposals(ModelCommon):
    def setUp(self):
        super().setUp()
        self.server.say(PROPOSED)

    def _arrive(self, **values):
        ticket = self._new_ticket(0, **{"description": TEXT, **values})
        self._ask()
        return ticket

    def _pick(self, ticket, kind):
        return ticket.escalation_ai_proposal_ids.filtered(lambda one: one.kind == kind)

    def test_a_new_ticket_gets_proposals_and_stays_as_it_is(self):
        ticket = self._arrive()
        self.assertEqual(
            self._proposed(ticket),
            {
                "category": "Software",
                "priority": "Very High",
                "team": "Engineering",
                "tone": "Angry",
            },
        )
        self.assertEqual(self._pick(ticket, "tone").quote, "This is a disgrace.")
        self.assertFalse(self._pick(ticket, "team").quote)
        self.assertFalse(ticket.category_id)
        self.assertEqual(ticket.priority, "1")
        self.assertEqual(ticket.team_id, self.team)
        question = self._question(ticket)
        self.assertEqual(question.state, "done")
        self.assertEqual((question.calls, question.tokens), (1, 100))
        self.assertFalse(question.reason)

    def test_one_click_does_what_is_proposed_as_the_person_who_clicks(self):
        ticket = self._arrive()
        mine = ticket.with_user(self.agent)
        for kind in ("category", "priority", "tone"):
            self._pick(mine, kind).action_accept()
        self.assertEqual(ticket.category_id, self.software)
        self.assertEqual(ticket.priority, "3")
        self.assertEqual(self._proposed(ticket), {"team": "Engineering"})
        self._pick(ticket.with_user(self.manager), "team").action_accept()
        self.assertEqual(ticket.team_id, self.engineering)
        decided = self.proposals.search([("ticket_id", "=", ticket.id)])
        self.assertEqual(set(decided.mapped("state")), {"accepted"})
        by = {one.kind: one.decided_by_id for one in decided}
        self.assertEqual(by["category"], self.agent)
        self.assertEqual(by["team"], self.manager)

    def test_what_is_refused_is_not_proposed_again(self):
        ticket = self._arrive()
        proposal = self._pick(ticket.with_user(self.agent), "category")
        proposal.action_refuse()
        self.assertEqual(proposal.state, "refused")
        self.assertFalse(ticket.category_id)
        self.questions._put("arrival", ticket)
        self._ask()
        self.assertEqual(
            set(self._proposed(ticket)), {"priority", "team", "tone"}, "the newer ones"
        )

    def test_who_chooses_by_hand_has_decided(self):
        """The same means that it was right; something else that it was not."""
        ticket = self._arrive()
        ticket.with_user(self.agent).write(
            {"category_id": self.software.id, "priority": "2"}
        )
        states = {
            one.kind: (one.state, one.decided_by_id)
            for one in self.proposals.search([("ticket_id", "=", ticket.id)])
        }
        self.assertEqual(states["category"], ("accepted", self.agent))
        self.assertEqual(states["priority"], ("refused", self.agent))
        self.assertEqual(states["team"][0], "proposed")

    def test_what_a_job_or_the_client_changes_says_nothing_of_the_model(self):
        ticket = self._arrive()
        ticket.with_user(self.env.ref("base.user_root")).priority = "2"
        portal = self._new_user("esc_portal", "base.group_portal")
        ticket.with_user(portal).sudo().category_id = self.hardware
        for kind in ("priority", "category"):
            proposal = self.proposals.search(
                [("ticket_id", "=", ticket.id), ("kind", "=", kind)]
            )
            self.assertEqual(proposal.state, "outdated")
            self.assertFalse(proposal.decided_by_id)

    def test_nothing_is_proposed_that_is_so_already(self):
        ticket = self._arrive(category_id=self.software.id, priority="3")
        self.assertEqual(set(self._proposed(ticket)), {"team", "tone"})

    def test_that_a_client_is_calm_is_kept_and_not_shown(self):
        self.server.say({"tone": "Calm"})
        ticket = self._arrive()
        self.assertFalse(ticket.escalation_ai_proposal_ids)

    def test_only_who_may_edit_the_ticket_decides(self):
        ticket = self._arrive()
        stranger = self._new_user("esc_stranger", OWN)
        employee = self._new_user("esc_employee", "base.group_user")
        client = self._new_user(
            "esc_portal", "base.group_portal", partner_id=self.client.id
        )
        ticket.message_subscribe((employee + client).partner_id.ids)
        self.assertTrue(ticket.with_user(client).has_access("read"))
        for user in (stranger, employee, client, self.env.ref("base.public_user")):
            proposal = self._pick(ticket, "category").with_user(user)
            for press in (proposal.action_accept, proposal.action_refuse):
                with self.assertRaises(AccessError):
                    press()
            if user == stranger:
                self.assertFalse(proposal.search([]))
            else:
                with self.assertRaises(AccessError):
                    proposal.search([])
        # Who may only read it.
        self.env["ir.model.access"].search(
            [("model_id.model", "=", ticket._name), ("perm_write", "=", True)]
        ).perm_write = False
        proposal = self._pick(ticket.with_user(self.agent), "category")
        for press in (proposal.action_accept, proposal.action_refuse):
            with self.assertRaisesRegex(AccessError, "may edit the ticket"):
                press()
        self.assertEqual(proposal.state, "proposed")

    def test_a_late_or_second_click_is_answered_kindly(self):
        ticket = self._arrive()
        proposal = self._pick(ticket.with_user(self.agent), "category")
        proposal.action_accept()
        with self.assertRaisesRegex(UserError, "no longer open"):
            proposal.action_accept()
        with self.assertRaisesRegex(UserError, "no longer open"):
            proposal.action_refuse()

    def test_what_is_gone_meanwhile_cannot_be_accepted(self):
        ticket = self._arrive()
        proposal = self._pick(ticket.with_user(self.agent), "category")
        self.software.active = False
        with self.assertRaisesRegex(UserError, "does not exist any more"):
            proposal.action_accept()
        self.assertFalse(ticket.category_id)
        self.software.unlink()
        self.assertEqual(proposal.label, "Software", "its name is kept")
        proposal.action_refuse()

    def test_another_companys_lists_are_not_offered(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.env["helpdesk.ticket.category"].create(
            {"name": "Their secret", "company_id": company.id}
        )
        self.env["helpdesk.ticket.team"].create(
            {"name": "Their team", "company_id": company.id}
        )
        self._arrive()
        self.assertNotIn("Their", str(self.server.requests))
        self.server.requests.clear()
        self._arrive(company_id=company.id, team_id=False, user_id=False)
        self.assertFalse(self.server.requests, "it is off in that company")

    def test_the_ticket_shows_them(self):
        ticket = self._arrive()
        with Form(ticket.with_user(self.agent)) as form:
            self.assertEqual(len(form.escalation_ai_proposal_ids), 4)

    def test_it_speaks_the_readers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.software.with_context(lang="fr_FR").name = "Logiciel"
        ticket = self._arrive()
        proposal = self._pick(ticket, "category").with_context(lang="fr_FR")
        self.assertEqual(proposal.label, "Logiciel")

    def test_what_people_made_of_them_can_be_counted(self):
        ticket = self._arrive()
        mine = ticket.with_user(self.manager)
        self._pick(mine, "category").action_accept()
        self._pick(mine, "priority").action_refuse()
        counts = self.proposals.with_user(self.manager)._read_group(
            [("ticket_id", "=", ticket.id)], ["kind", "state"], ["__count"]
        )
        self.assertIn(("category", "accepted", 1), counts)
        self.assertIn(("priority", "refused", 1), counts)


class TestWhatIsAsked(ModelCommon):
    def test_off_until_set_up(self):
        for values in ({"on": False}, {"on": False, "url": False, "model": False}):
            self._switch_on(**values)
            ticket = self._new_ticket(0)
            self.assertFalse(self._question(ticket))

    def test_switched_off_meanwhile_nothing_is_sent(self):
        ticket = self._new_ticket(0)
        self._switch_on(on=False)
        self._ask()
        self.assertFalse(self.server.requests)
        self.assertEqual(self._question(ticket).state, "dropped")

    def test_what_needs_no_proposal_any_more_is_not_asked(self):
        closed = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        tickets = self.env["helpdesk.ticket"]
        for values in (
            {"stage_id": closed.id},
            {"active": False},
            {"duplicate_id": self._new_ticket(0).id},
        ):
            ticket = self._new_ticket(0)
            ticket.write(values)
            tickets |= ticket
        gone = self._new_ticket(0)
        gone.unlink()
        self.questions.search([]).filtered(
            lambda one: one.ticket_id not in tickets and one.ticket_id
        ).unlink()
        self._ask()
        self.assertFalse(self.server.requests)

    def test_what_a_machine_has_opened_is_not_asked(self):
        self.assertFalse(self._question(self._new_ticket(escalation_auto_opened=True)))
        imported = self.env["helpdesk.ticket"].with_context(import_file=True)
        ticket = imported.create({"name": "Old", "description": "<p>Old</p>"})
        self.assertFalse(self._question(ticket))

    def test_a_ticket_by_mail_is_asked_by_what_the_client_newly_wrote(self):
        mail = (
            "From: Carla Client <carla@acme.example>\n"
            "To: {}\n"
            "Subject: No invoice prints\n"
            "Message-ID: <1@acme.example>\n\n"
            "Since nine nothing comes out.\n\n"
            "-- \nCarla Client\nACME, 0171 1234567\n"
        )
        ticket_id = self.env["mail.thread"].message_process(
            "helpdesk.ticket", mail.format("help@helpdesk.example")
        )
        self._ask()
        self.assertTrue(ticket_id)
        self.assertEqual(
            self._sent(),
            {"subject": "No invoice prints", "text": "Since nine nothing comes out."},
        )

    def test_a_client_in_the_portal_needs_no_rights_for_it(self):
        self._new_user("esc_portal", "base.group_portal", partner_id=self.client.id)
        portal = self.client.user_ids
        ticket = (
            self.env["helpdesk.ticket"]
            .with_user(portal)
            .sudo()
            .create({"name": "Mine", "description": "<p>Help</p>"})
        )
        self.assertEqual(self._question(ticket).state, "pending")
        self.assertNotIn("escalation_ai_proposal_ids", ticket.sudo(False).fields_get())

    def test_it_costs_a_client_nothing_when_it_breaks(self):
        """Whatever is wrong with us, the ticket comes."""
        self.patch(
            type(self.questions), "_put", lambda *args: self.env.cr.execute("SELECT x")
        )
        with self.assertLogs("odoo.addons.helpdesk_escalation_ai", "ERROR"):
            with self.assertLogs("odoo.sql_db", "ERROR"):
                ticket = self._new_ticket(0)
        self.assertTrue(ticket.exists())
