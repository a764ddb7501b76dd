"""Contacts are merged while their tickets wait: nobody is forgotten, nothing raises."""

from datetime import timedelta

from ..support.common import USER, EscalationCommon

COMMENT = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}


class TestMergedContacts(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.again = cls.env["res.partner"].create(
            {"name": "Carla C.", "email": cls.client.email}
        )

    def _merge(self, source, target, user=None):
        """By Odoo's own dialog on the list of contacts."""
        wizards = self.env["base.partner.merge.automatic.wizard"]
        partners = source + target
        wizard = (
            wizards.with_user(user or self.env.user)
            .with_context(active_model="res.partner", active_ids=partners.ids)
            .create({"dst_partner_id": target.id})
        )
        self.assertEqual(wizard.partner_ids, partners)
        wizard.action_merge()
        self.assertFalse(source.exists())
        self.env.flush_all()
        self.env.invalidate_all()

    def _since(self, ticket):
        since = ticket.escalation_waiting_since
        return since and (since - self.t0) / timedelta(minutes=1)

    def _parties(self, ticket):
        """Who spoke on a ticket, in order."""
        messages = ticket.message_ids.sorted("id")
        return [one.escalation_party for one in messages if one.escalation_party]

    def test_who_waits_goes_on_waiting_and_who_was_answered_does_not(self):
        for source, target in (
            (self.again, self.client),
            (self.client, self.again.copy({"name": "Carla, once more"})),
        ):
            waiting = self._new_ticket(0, partner_id=source.id)
            answered = self._new_ticket(0, partner_id=source.id)
            theirs = self._new_ticket(0, partner_id=target.id)
            written = self._new_ticket(0, partner_id=target.id)
            self._staff_answers(waiting, 1)
            self._client_writes(waiting, 2, author=source)
            self._client_writes(answered, 3, author=source)
            self._staff_answers(answered, 4)
            self._staff_answers(theirs, 5)
            self._client_writes(written, 6, author=source)
            tickets = waiting + answered + theirs + written
            before = [(self._since(one), self._parties(one)) for one in tickets]
            self.assertEqual([since for since, _all in before], [2, False, False, 0])
            self._merge(source, target)
            self.assertEqual(
                [(self._since(one), self._parties(one)) for one in tickets], before
            )
            self.assertEqual(tickets.partner_id, target)
            self._run(16)
            for ticket in waiting + written:
                self.assertEqual(self._told(ticket), [(self.agent, "activity")])
            for ticket in answered + theirs:
                self.assertFalse(self._told(ticket))

    def test_by_somebody_of_the_helpdesk(self):
        user = self._new_user("esc_contacts", f"{USER},base.group_partner_manager")
        ticket = self._new_ticket(0, partner_id=self.again.id)
        self._set_policy(self.again, self.policy)
        self._merge(self.again, self.client, user)
        self.assertEqual(self.client.escalation_policy_id, self.policy)
        self._run(10)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_by_somebody_who_sees_no_ticket(self):
        user = self._new_user(
            "esc_contacts", "base.group_user,base.group_partner_manager"
        )
        ticket = self._new_ticket(0, partner_id=self.again.id)
        self._set_policy(self.again, self.policy)
        self.team.escalation_policy_id = False
        self._merge(self.again, self.client, user)
        self._run(10)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_an_alarm_and_who_is_on_it_stay(self):
        active = self._new_ticket(0, partner_id=self.again.id)
        confirmed = self._new_ticket(0, partner_id=self.again.id)
        self._run(10)
        self._incident(confirmed).with_user(self.agent).action_confirm()
        self._merge(self.again, self.client)
        self._run(30)
        self.assertEqual(self._told(active)[1:], [(self.leader, "email")])
        self.assertEqual(self._incident(confirmed).state, "confirmed")
        self.assertEqual(self._incident(confirmed).confirmed_by_id, self.agent)
        self._staff_answers(active, 31)
        self.assertEqual(self._incident(active).resolution, "answered")

    def test_the_policy_of_who_is_left_counts(self):
        own = self._new_policy("Own", {"delay": 5, "recipient": "team_leader"})
        theirs = self._new_policy("Theirs", {"delay": 7, "recipient": "responsible"})
        self._set_policy(self.client, own)
        self._set_policy(self.again, theirs)
        ticket = self._new_ticket(0, partner_id=self.again.id)
        self._merge(self.again, self.client)
        self.assertEqual(ticket.effective_escalation_policy_id, own)
        self._run(6)
        self.assertEqual(self._told(ticket), [(self.leader, "activity")])

    def test_what_was_said_to_the_other_contact_was_said_to_the_client(self):
        self.again.email = "carla@home.example"
        ticket = self._new_ticket(0, partner_id=self.client.id)
        self._run(10)
        said = ticket.with_user(self.agent).message_post(
            body="We are looking into it.", partner_ids=self.again.ids, **COMMENT
        )
        self.assertFalse(said.sudo().escalation_party)
        self._merge(self.again, self.client)
        self.assertEqual(said.sudo().escalation_party, "staff")
        self.assertFalse(self._since(ticket))
        self.assertEqual(self._incident(ticket).resolution, "answered")

    def test_what_was_said_to_a_vendor_stays_so(self):
        vendor = self.env["res.partner"].create({"name": "V", "email": "v@v.example"})
        ticket = self._new_ticket(0, partner_id=self.again.id)
        said = ticket.with_user(self.agent).message_post(
            body="Can you deliver?", partner_ids=vendor.ids, **COMMENT
        )
        self._merge(self.again, self.client)
        self.assertFalse(said.sudo().escalation_party)
        self.assertEqual(self._since(ticket), 0)

    def test_an_employees_other_contact_asked_and_they_did_not_answer_themselves(self):
        """Whichever of the two is left."""
        for number, keeps_login in enumerate((True, False)):
            employee = self._new_user(f"esc_employee{number}", USER)
            private = self.env["res.partner"].create(
                {"name": "At home", "email": f"e{number}@home.example"}
            )
            ticket = self._new_ticket(0, partner_id=private.id)
            mine = ticket.with_user(employee).message_post(
                body="Still broken!", **COMMENT
            )
            self.assertEqual(mine.sudo().escalation_party, "staff")
            pair = (private, employee.partner_id)
            self._merge(*pair if keeps_login else reversed(pair))
            self.assertEqual(employee.partner_id, ticket.partner_id)
            self.assertEqual(mine.sudo().escalation_party, "client")
            self.assertEqual(self._since(ticket), 0)
            self._staff_answers(ticket, 3)
            self.assertFalse(self._since(ticket))

    def test_what_came_from_outside_is_never_an_answer_afterwards(self):
        """A client who turns out to be one of us has asked all the same."""
        colleague = self.env["res.partner"].create(
            {"name": "Cleo", "email": "cleo@acme.example"}
        )
        ticket = self._new_ticket(0)
        self._staff_answers(ticket, 1)
        self._client_writes(ticket, 2, author=colleague)
        self._merge(colleague, self.leader.partner_id)
        self.assertEqual(self._since(ticket), 2)
        self._run(12)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_the_substitute_of_an_agent_whose_contacts_are_merged(self):
        twice = self.env["res.partner"].create(
            {"name": "esc_agent", "email": self.agent.email}
        )
        self.agent.escalation_substitute_id = self.leader
        ticket = self._new_ticket(0)
        self._merge(self.agent.partner_id, twice)
        self.assertEqual(self.agent.partner_id, twice)
        self.agent.write(
            {
                "out_of_office_from": self.t0 - timedelta(days=1),
                "out_of_office_to": self.t0 + timedelta(days=1),
            }
        )
        self._run(10)
        self.assertEqual(self._told(ticket), [(self.leader, "activity")])

    def test_who_was_notified_and_becomes_the_client_confirms_nothing(self):
        ticket = self._new_ticket(0, partner_id=self.again.id)
        self._run(10)
        self._merge(self.again, self.agent.partner_id)
        incident = self._incident(ticket)
        self.assertFalse(incident.with_user(self.agent).may_confirm)
        self._run(30)
        self.assertEqual(self._told(ticket)[1:], [(self.leader, "email")])

    def test_in_each_company_its_own_policy(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        policy = self._new_policy("There", {"delay": 10}, company_id=elsewhere.id)
        self._set_policy(self.again.with_company(elsewhere), policy)
        self._merge(self.again, self.client)
        self.assertFalse(self.client.escalation_policy_id)
        self.assertEqual(
            self.client.with_company(elsewhere).escalation_policy_id, policy
        )

    def test_a_thousand_tickets_are_not_judged_one_by_one(self):
        tickets = self.env["helpdesk.ticket"]
        for _number in range(2):
            tickets |= self._new_ticket(0, partner_id=self.again.id)
        for ticket in tickets:
            self._staff_answers(ticket, 1)
        wizard = self.env["base.partner.merge.automatic.wizard"]
        self.env.flush_all()

        def queries():
            before = self.env.cr.sql_log_count
            wizard._escalation_judge_merged(self.again)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few = queries()
        for _number in range(6):
            ticket = self._new_ticket(0, partner_id=self.again.id)
            self._staff_answers(ticket, 1)
        self.assertEqual(queries(), few)
