"""Escalating by hand: the handover, who is told, what the policy does, the way back."""

from datetime import timedelta

from odoo import Command

from ..support.handover import HANDOVER, HandoverCommon


class TestHandover(HandoverCommon):
    # ------------------------------------------------------------------
    # The dialog
    # ------------------------------------------------------------------

    def test_the_draft_begins_with_what_the_ticket_knows(self):
        self._client_writes(self.ticket, 1)
        note = self.ticket.with_user(self.agent).message_post(
            body="Changed the cable",
            message_type="comment",
            subtype_xmlid="mail.mt_note",
        )
        self._date(note, 2)
        self.ticket.with_user(self.agent).action_escalation_escalate()
        draft = self.env["helpdesk.escalation.handover"].search(
            [("ticket_id", "=", self.ticket.id)]
        )
        self.assertEqual(draft.issue_summary, self.ticket.name)
        self.assertIn("Please help", draft.current_state)
        self.assertIn("Is anybody there?", draft.current_state)
        self.assertIn("Changed the cable", draft.troubleshooting)
        self.assertNotIn("Is anybody there?", draft.troubleshooting)
        self.assertFalse(draft.user_impact)
        self.assertEqual(draft.to_team_id, self.upper, "the tier above is proposed")
        self.assertEqual(draft.to_tier, 2)
        self.assertEqual(draft.from_tier, 1)
        self.assertTrue(draft.hand_over)
        self.assertFalse(draft.tell_client)

    def test_the_words_of_a_mail_that_made_the_ticket_are_not_there_twice(self):
        self._write_as_client("Please help")
        self.assertRegex(self._draft_state(), r"^[^\n]*, Carla Client: Please help$")
        self._write_as_client("Please help me, now!")
        self.assertRegex(
            self._draft_state(),
            r"^[^\n]*, Carla Client: Please help\n[^\n]*, Carla Client: .* now!$",
        )

    def _write_as_client(self, body):
        self.ticket.message_post(
            body=body,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.client.id,
        )

    def _draft_state(self):
        ticket = self.ticket.with_user(self.agent)
        action = ticket.action_escalation_escalate()
        draft = ticket.env[action["res_model"]].browse(action["res_id"])
        state = draft.current_state
        draft.action_discard()
        return state

    def test_the_draft_is_kept_and_found_again(self):
        draft = self._draft(user_impact="Twelve people")
        again = self.ticket.with_user(self.agent).action_escalation_escalate()
        self.assertEqual(again["res_id"], draft.id)
        self.assertEqual(draft.user_impact, "Twelve people")
        other = self.ticket.with_user(self.leader).action_escalation_escalate()
        self.assertNotEqual(other["res_id"], draft.id, "each has an own one")
        draft.action_discard()
        self.assertFalse(draft.exists())

    def test_the_dialog_shows_the_state_of_the_ticket(self):
        draft = self._draft()
        checks = {name: good for name, good, _words in draft._get_readiness()}
        self.assertEqual(
            checks,
            {
                "Category": False,
                "Priority": True,
                "Assigned": True,
                "Still open": True,
                "Last answer to the client": False,
            },
        )
        self._staff_answers(self.ticket, 1)
        self.ticket.category_id = self.env["helpdesk.ticket.category"].create(
            {"name": "Printing & paper"}
        )
        draft.invalidate_recordset()
        checks = {name: good for name, good, _words in draft._get_readiness()}
        self.assertTrue(checks["Category"] and checks["Last answer to the client"])
        self.assertIn("Printing &amp; paper", draft.readiness)

    def test_the_standing_orders_are_at_hand(self):
        self.policy.standard = "Call the client first."
        draft = self._draft()
        draft.to_team_id.sudo().escalation_authority = "Refunds up to 50 euros."
        self.assertEqual(draft.standard, "Call the client first.")
        self.assertEqual(draft.authority, "Refunds up to 50 euros.")

    def test_the_recent_tickets_of_the_client_are_shown_and_named(self):
        category = self.env["helpdesk.ticket.category"].create({"name": "Printing"})
        colleague = self.env["res.partner"].create(
            {"name": "Carl", "parent_id": self.client_company.id}
        )
        same = self._new_ticket(0, name="Same contact", category_id=category.id)
        company = self._new_ticket(
            0, name="Same company", partner_id=colleague.id, category_id=category.id
        )
        old = self._new_ticket(-15 * 24 * 60, name="Too long ago")
        stranger = self.env["res.partner"].create({"name": "Somebody else"})
        other = self._new_ticket(0, name="Other client", partner_id=stranger.id)
        hidden_team = self.env["helpdesk.ticket.team"].create({"name": "Secret"})
        hidden = self._new_ticket(
            0, name="Not for the agent", team_id=hidden_team.id, user_id=False
        )

        draft = self._draft()
        self.assertEqual(draft.history_ids.ticket_id, same + company)
        self.assertFalse((old + other + hidden) & draft.history_ids.ticket_id)
        self.assertEqual(draft.recurring_text, "Recurring: 2 × Printing")
        line = draft.history_ids.filtered(lambda one: one.ticket_id == company)
        draft.history_ids = [Command.update(line.id, {"is_related": True})]
        self.assertEqual(line.action_open_ticket()["res_id"], company.id)

        draft.action_escalate()
        self.assertEqual(draft.sudo().history_ids.ticket_id, company)
        note = self._handover_note()
        self.assertIn("Same company", note.body)
        self.assertNotIn("Same contact", note.body)

    # ------------------------------------------------------------------
    # The handover
    # ------------------------------------------------------------------

    def _handover_note(self):
        return self.ticket.message_ids.filtered(
            lambda message: HANDOVER["user_impact"] in (message.body or "")
        )

    def test_the_ticket_moves_and_its_stage_stays(self):
        stage = self.env["helpdesk.ticket.stage"].create(
            {"name": "Only in Support", "team_ids": [Command.set(self.team.ids)]}
        )
        self.ticket.stage_id = stage
        incident = self._escalate(to_user_id=self.expert.id, to_priority="3")
        self.assertEqual(self.ticket.team_id, self.upper)
        self.assertEqual(self.ticket.user_id, self.expert)
        self.assertEqual(self.ticket.priority, "3")
        self.assertEqual(self.ticket.stage_id, stage)
        handover = incident.handover_id
        self.assertEqual(handover.state, "done")
        self.assertEqual(
            (handover.user_id, handover.from_team_id, handover.from_user_id),
            (self.agent, self.team, self.agent),
        )
        self.assertEqual(
            (handover.to_team_id, handover.to_user_id), (self.upper, self.expert)
        )
        self.assertEqual(incident.kind, "manual")
        self.assertEqual(incident.policy_id, self.watch, "of the receiving team")

    def test_the_assignment_can_be_kept(self):
        self._escalate(hand_over=False)
        self.assertEqual(self.ticket.team_id, self.upper)
        self.assertEqual(self.ticket.user_id, self.agent)

    def test_a_team_gets_it_unassigned_and_its_leader_is_told(self):
        incident = self._escalate()
        self.assertFalse(self.ticket.user_id)
        self.assertEqual(self._told(self.ticket), [(self.chief, "activity")])
        self.assertFalse(incident.nobody_reached)
        activity = self._activities(self.chief)
        self.assertEqual(activity.summary, "esc_agent hands a ticket over to you")
        seen = self.ticket.with_user(self.expert)
        self.assertEqual(seen.escalation_status, "active")
        self.assertIn("Client waiting since", seen.escalation_status_text)
        self.assertIn("Nobody has taken it yet", seen.escalation_status_text)

    def test_without_a_leader_the_members_are_told(self):
        self.upper.user_id = False
        self._escalate()
        self.assertEqual(
            set(self._told(self.ticket)),
            {(self.expert, "activity"), (self.chief, "activity")},
        )

    def test_who_is_away_has_a_substitute(self):
        self.expert.write(
            {
                "out_of_office_from": self.t0 - timedelta(days=1),
                "escalation_substitute_id": self.chief.id,
            }
        )
        self._escalate(to_user_id=self.expert.id)
        self.assertEqual(self._told(self.ticket), [(self.chief, "activity")])
        line = self._incident(self.ticket).notification_ids
        self.assertEqual(line.filtered("substituted_user_id").user_id, self.chief)

    def test_the_receiver_is_never_nobody(self):
        self.upper.write({"user_id": False, "user_ids": [Command.set(self.expert.ids)]})
        self.ticket.partner_id = self.expert.partner_id
        incident = self._escalate()
        self.assertIn((self.manager, "activity"), self._told(self.ticket))
        self.assertFalse(incident.nobody_reached)

    def test_a_mail_brings_the_handover_where_the_team_wants_it(self):
        self.upper.escalation_mail_receiver = True
        self._escalate(to_user_id=self.expert.id)
        self.assertEqual(
            self._told(self.ticket), [(self.expert, "activity"), (self.expert, "email")]
        )
        self._run(1)
        mail = self._incident(self.ticket).notification_ids.mail_id
        self.assertEqual(mail.recipient_ids, self.expert.partner_id)
        self.assertIn("esc_agent hands a ticket over to you", mail.subject)
        for text in HANDOVER["user_impact"], HANDOVER["troubleshooting"], "Access":
            self.assertIn(text, mail.body_html)
        message = mail.mail_message_id
        self.assertEqual(message.model, "helpdesk.escalation.incident")
        self.assertTrue(message.is_internal)
        self.assertNotIn(HANDOVER["user_impact"], message.body)

    def test_the_log_names_nobody_twice(self):
        """However many channels bring it to them."""
        self.upper.escalation_mail_receiver = True
        self._escalate(to_user_id=self.expert.id)
        self.assertEqual(len(self._told(self.ticket)), 2)
        (line,) = [note for note in self._notes(self.ticket) if "Notified:" in note]
        self.assertIn("Notified: esc_expert.", line)

    def test_many_handovers_are_letters_and_no_digest(self):
        self.upper.escalation_mail_receiver = True
        tickets = self.ticket
        for number in range(6):
            tickets += self._new_ticket(0, name=f"Printer {number}")
        for ticket in tickets:
            self._escalate(ticket, to_user_id=self.expert.id)
        self._run(1)
        lines = self.notifications.search(
            [("ticket_id", "in", tickets.ids), ("channel", "=", "email")]
        )
        self.assertEqual(len(lines.mail_id), 7)

    def test_a_team_without_a_policy_is_told_all_the_same(self):
        self.upper.escalation_policy_id = False
        incident = self._escalate()
        self.assertFalse(incident.policy_id)
        self.assertEqual(self._told(self.ticket), [(self.chief, "activity")])
        self._run(600)
        self.assertEqual(incident.state, "active", "nothing ends it but people")
        self.assertEqual(len(self._told(self.ticket)), 1)

    # ------------------------------------------------------------------
    # The client hears nothing of it
    # ------------------------------------------------------------------

    def test_the_handover_is_an_internal_note_that_no_client_sees(self):
        portal = self._new_user(
            "esc_portal", "base.group_portal", partner_id=self.client.id
        )
        self.ticket.message_subscribe(self.client.ids)
        self._escalate()
        note = self._handover_note()
        self.assertEqual(len(note), 1)
        self.assertTrue(note.is_internal)
        self.assertEqual(note.subtype_id, self.env.ref("mail.mt_note"))
        self.assertFalse(note.notified_partner_ids)
        self.assertFalse(note.escalation_party)
        seen = (
            self.env["mail.message"]
            .with_user(portal)
            .search(
                [("model", "=", "helpdesk.ticket"), ("res_id", "=", self.ticket.id)]
            )
        )
        self.assertNotIn(note, seen)
        for message in seen.sudo():
            for part in HANDOVER.values():
                self.assertNotIn(part, message.body or "")
        self.assertFalse(
            self.env["mail.mail"].search([("recipient_ids", "in", self.client.ids)])
        )

    def test_the_client_is_told_in_their_language_if_wanted(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.client.lang = "fr_FR"
        template = self.env.ref(
            "helpdesk_escalation_handover.mail_template_client_notice"
        )
        template.with_context(lang="fr_FR").subject = "{{ object.number }}: transmis"
        incident = self._escalate(
            minute=5, tell_client=True, news_by=self.t0 + timedelta(days=1)
        )
        notice = self.ticket.message_ids.filtered(
            lambda message: message.message_type == "auto_comment"
        )
        self.assertEqual(notice.subject, f"{self.ticket.number}: transmis")
        self.assertIn(self.client, notice.notified_partner_ids)
        self.assertFalse(notice.subtype_id.internal or notice.is_internal)
        for part in HANDOVER.values():
            self.assertNotIn(part, notice.body)
        self.assertEqual(incident.state, "active")

    def test_telling_the_client_is_no_answer(self):
        self._client_writes(self.ticket, 1)
        self._escalate(minute=5, tell_client=True, news_by=self.t0 + timedelta(days=1))
        notice = self.ticket.message_ids.filtered(
            lambda message: message.message_type == "auto_comment"
        )
        self.assertFalse(notice.escalation_party)
        moment = self.incidents.with_context(lang="en_US", tz=self.client.tz)
        promise = moment._format_moment_for_all(self.t0 + timedelta(days=1))
        self.assertIn(f"hear from us again by {promise}.", notice.body)
        clock = self.env["helpdesk.escalation.clock"].browse(self.ticket.id)
        self.assertEqual(clock.waiting_since, self.t0, "the client waits on")
        self.assertFalse(clock.staff_date)

    def test_a_team_proposes_to_tell_the_client(self):
        self.team.escalation_tell_client = True
        self.assertTrue(self._draft().tell_client)
        unknown = self._new_ticket(0, partner_id=False)
        self.assertFalse(self._draft(unknown).tell_client, "no address")

    # ------------------------------------------------------------------
    # The policy watches
    # ------------------------------------------------------------------

    def test_the_policy_runs_until_somebody_is_on_it(self):
        incident = self._escalate(to_user_id=self.expert.id)
        self._run(29)
        self.assertEqual(self._told(self.ticket), [(self.expert, "activity")])
        self._run(30)
        lines = incident.notification_ids.filtered(lambda line: line.step_id)
        self.assertEqual(lines.user_id, self.chief)
        self.assertIn(HANDOVER["user_impact"], lines.mail_id.body_html)
        self.assertIn("Nobody has taken over for 30min", lines.mail_id.subject)
        self.ticket.with_user(self.expert).action_escalation_confirm()
        self.assertEqual(incident.state, "confirmed")
        self.assertEqual(incident.handover_id.outcome, "taken")
        self._run(61)
        self.assertNotIn((self.director, "activity"), self._told(self.ticket))

    def test_the_escalator_does_not_take_it(self):
        incident = self._escalate(hand_over=False)
        self.assertFalse(incident.with_user(self.agent).may_confirm)
        self.assertTrue(incident.with_user(self.expert).may_confirm)

    def test_an_answer_of_the_receiver_takes_it_and_does_not_end_it(self):
        incident = self._escalate(to_user_id=self.expert.id, hand_over=False)
        self.team.user_ids += self.agent
        self.upper.user_ids += self.leader
        answer = self._staff_answers(self.ticket, 5, user=self.expert)
        self.assertTrue(answer)
        self.assertEqual(incident.state, "confirmed")
        self.assertEqual(
            (incident.confirmed_by_id, incident.confirmed_via), (self.expert, "answer")
        )
        self._run(6)
        self.assertEqual(incident.state, "confirmed", "the hard part is not done")

    def test_an_answer_of_others_takes_nothing(self):
        incident = self._escalate(hand_over=False)
        self._staff_answers(self.ticket, 5, user=self.leader)
        self._run(6)
        self.assertEqual(incident.state, "active")

    def test_the_run_finds_an_answer_that_the_fast_path_missed(self):
        incident = self._escalate(to_user_id=self.expert.id)
        self._staff_answers(self.ticket, 5, user=self.expert)
        incident.write({"state": "active", "confirmed_by_id": False})
        self._run(31)
        self.assertEqual(incident.confirmed_by_id, self.expert)
        self.assertNotIn((self.chief, "email"), self._told(self.ticket))

    def test_it_may_be_open_beside_the_automatic_one(self):
        self.watch.step_ids[0].write({"delay": 10, "channel": "activity"})
        incident = self._escalate()
        self._run(10)
        both = self.incidents.search([("ticket_id", "=", self.ticket.id)])
        self.assertEqual(set(both.mapped("kind")), {"manual", "automatic"})
        automatic = both - incident
        told = automatic.notification_ids | incident.notification_ids.filtered(
            "step_id"
        )
        told = told.filtered(lambda line: line.state == "sent")
        self.assertEqual(told.user_id, self.chief)
        self.assertEqual(len(told), 1, "nobody is told twice in one run")
        self.assertFalse(incident.nobody_reached or automatic.nobody_reached)
        self.ticket.with_user(self.expert).action_escalation_confirm()
        self.assertEqual(set(both.mapped("state")), {"confirmed"})
        self._staff_answers(self.ticket, 12, user=self.expert)
        self._run(13)
        self.assertEqual(automatic.state, "resolved")
        self.assertEqual(incident.state, "confirmed")

    def test_an_escalated_wait_goes_on_where_the_receivers_have_no_policy(self):
        self.upper.escalation_policy_id = False
        self._run(10)
        automatic = self._incident(self.ticket)
        self._escalate(minute=15)
        self.assertEqual(self.ticket.team_id, self.upper)
        self.assertEqual(self.ticket.escalation_policy_id, self.policy)
        self.assertEqual(automatic.state, "active")
        self._run(60)
        self.assertIn((self.director, "email"), self._told(self.ticket))

    def test_an_escalated_wait_goes_on_under_the_policy_of_the_receivers(self):
        """And the ticket's own policy is what it was."""
        self._run(10)
        automatic = self._incident(self.ticket)
        self._escalate(minute=15)
        self.assertEqual(self.ticket.effective_escalation_policy_id, self.watch)
        self.assertFalse(self.ticket.escalation_policy_id)
        self.assertEqual(automatic.state, "active")

    def test_an_old_wait_is_still_one_when_it_is_handed_over(self):
        self.watch.start_date = self.t0
        old = self._new_ticket(-600)
        self._escalate(old)
        self.assertEqual(self.watch.backlog_count, 1)
        self._run(1)
        self.assertEqual(self._incident(old).kind, "manual")
        self.watch.with_user(self.manager).action_include_backlog()
        self.assertEqual(self.watch.backlog_count, 0)
        self._run(2)
        kinds = old.escalation_incident_ids.mapped("kind")
        self.assertEqual(sorted(kinds), ["automatic", "manual"])

    def test_do_not_escalate_silences_the_policy_and_not_the_people(self):
        self.ticket.escalation_muted = True
        incident = self._escalate()
        self.assertEqual(self._told(self.ticket), [(self.chief, "activity")])
        self._run(31)
        self.assertEqual(incident.state, "active")
        self.assertEqual(len(self._told(self.ticket)), 1)

    def test_closing_archiving_and_duplicates_end_it(self):
        closed = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        original = self._new_ticket(0)
        for resolution, values in (
            ("closed", {"stage_id": closed.id}),
            ("archived", {"active": False}),
            ("duplicate", {"duplicate_id": original.id}),
        ):
            ticket = self._new_ticket(0)
            incident = self._escalate(ticket)
            ticket.write(values)
            self.assertEqual(incident.resolution, resolution)
            self.assertFalse(self._activities(self.chief, ticket))

    def test_a_confirmation_that_is_not_kept_starts_the_steps_again(self):
        incident = self._escalate(to_user_id=self.expert.id)
        with self._at(5):
            incident._confirm(self.expert, "ticket", self.t0 + timedelta(minutes=20))
        self._run(21)
        self.assertEqual((incident.state, incident.round), ("active", 2))
        self._run(51)
        self.assertIn((self.chief, "email"), self._told(self.ticket))

    # ------------------------------------------------------------------
    # The way back
    # ------------------------------------------------------------------

    def test_sent_back_with_what_is_missing(self):
        incident = self._escalate(to_user_id=self.expert.id)
        self._give_back(incident, self.expert, "send_back", "Which server?")
        self.assertEqual(self.ticket.team_id, self.team)
        self.assertEqual(self.ticket.user_id, self.agent)
        self.assertEqual(
            (incident.state, incident.resolution), ("resolved", "sent_back")
        )
        handover = incident.handover_id
        self.assertEqual(
            (handover.outcome, handover.outcome_reason, handover.outcome_user_id),
            ("sent_back", "Which server?", self.expert),
        )
        activity = self._activities(self.agent)
        self.assertEqual(
            activity.summary, "esc_expert sent this back: something is missing"
        )
        self.assertIn("Which server?", activity.note)
        self.assertFalse(self._activities(self.expert))
        self.assertEqual(self.ticket.escalation_sent_back_count, 1)
        self.assertEqual(self.upper.escalation_sent_back_count, 1)
        self.assertFalse(
            self.ticket.message_follower_ids.filtered(
                lambda follower: follower.partner_id == self.agent.partner_id
            ),
            "an activity makes nobody a follower",
        )

    def test_de_escalated_with_a_reason(self):
        incident = self._escalate(to_user_id=self.expert.id)
        self.ticket.with_user(self.expert).action_escalation_confirm()
        self._give_back(
            incident, self.expert, "de_escalate", "New driver on srv3", reason="solved"
        )
        self.assertEqual(
            (self.ticket.team_id, self.ticket.user_id), (self.team, self.agent)
        )
        self.assertEqual(incident.resolution, "de_escalated")
        self.assertEqual(
            incident.handover_id.outcome_reason,
            "Specialist work is done: New driver on srv3",
        )
        self.assertIn("New driver on srv3", self._activities(self.agent).note)
        self.assertTrue(
            any("New driver on srv3" in note for note in self._notes(self.ticket))
        )

    def test_de_escalated_to_another(self):
        third = self.env["helpdesk.ticket.team"].create(
            {"name": "Third", "user_ids": [Command.set(self.leader.ids)]}
        )
        incident = self._escalate(to_user_id=self.expert.id)
        self._give_back(
            incident,
            self.expert,
            "de_escalate",
            to_team_id=third.id,
            to_user_id=self.leader.id,
        )
        self.assertEqual(
            (self.ticket.team_id, self.ticket.user_id), (third, self.leader)
        )
        self.assertTrue(self._activities(self.leader))

    def test_escalated_further_and_the_chain_stays(self):
        top = self.env["helpdesk.ticket.team"].create(
            {"name": "Vendor", "user_ids": [Command.set(self.leader.ids)]}
        )
        self.upper.parent_id = top
        self.assertEqual(
            (self.team + self.upper + top).mapped("escalation_tier"), [1, 2, 3]
        )
        first = self._escalate(to_user_id=self.expert.id)
        action = first.with_user(self.expert).action_escalate_further()
        draft = self.env["helpdesk.escalation.handover"].browse(action["res_id"])
        self.assertEqual(draft.to_team_id, top)
        self.assertEqual(draft.user_impact, HANDOVER["user_impact"], "typed once")
        self.assertFalse(draft.reason)
        second = self._escalate(user=self.expert, reason="A bug of the vendor")
        self.assertEqual(first.resolution, "escalated_further")
        self.assertEqual(first.handover_id.outcome, "escalated_further")
        self.assertEqual(second.handover_id.previous_id, first.handover_id)
        self.assertEqual(
            self.ticket.escalation_handover_ids, second.handover_id + first.handover_id
        )
        self.assertEqual(self.ticket.escalation_handover_incident_id, second)

    def test_a_ticket_moves_out_of_sight(self):
        result = self._draft().action_escalate()
        self.assertFalse(self.ticket.with_user(self.agent).has_access("read"))
        self.assertIn("You no longer see the ticket", result["params"]["message"])
        self.assertEqual(result["params"]["next"]["target"], "main")
        stays = self._draft(self._new_ticket(0), user=self.leader).action_escalate()
        self.assertNotIn("no longer", stays["params"]["message"])

    # ------------------------------------------------------------------
    # The record
    # ------------------------------------------------------------------

    def test_the_handover_can_be_copied_and_printed(self):
        incident = self._escalate()
        handover = incident.handover_id.with_user(self.expert)
        for part in (
            HANDOVER["issue_summary"],
            HANDOVER["reason"],
            "Engineering (tier 2)",
        ):
            self.assertIn(part, handover.handover_text)
        report = handover.action_print()
        self.assertEqual(report["type"], "ir.actions.report")
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.expert)
            ._render_qweb_html(
                "helpdesk_escalation_handover.report_handover", handover.ids
            )
        )
        self.assertIn(HANDOVER["user_impact"], html.decode())

    def test_what_people_write_is_text(self):
        self._escalate(user_impact="<script>alert(1)</script> & more")
        note = self.ticket.message_ids.filtered(
            lambda message: "alert(1)" in (message.body or "")
        )
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more", note.body)

    def test_a_person_outside_the_team_is_lent_the_ticket(self):
        outsider = self._new_user("esc_outsider", "base.group_user")
        incident = self._escalate(
            to_team_id=False, to_user_id=outsider.id, hand_over=False
        )
        self.assertEqual(self.ticket.team_id, self.team)
        self.assertTrue(self.ticket.with_user(outsider).has_access("read"))
        self._give_back(incident, self.leader, "de_escalate")
        self.assertFalse(self.ticket.with_user(outsider).has_access("read"))

    def test_who_sees_only_own_tickets_receives(self):
        own = self._new_user("esc_own", "helpdesk_mgmt.group_helpdesk_user_own")
        self.upper.user_ids += own
        incident = self._escalate(to_user_id=own.id)
        self.assertTrue(incident.with_user(own).handover_body)
        self._give_back(incident, own, "send_back")
        self.assertEqual(self.ticket.user_id, self.agent)
