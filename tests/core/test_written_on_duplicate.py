"""R3: what a client writes on a duplicate counts for the ticket at the chain's end."""

from ..support.coming_back import ComingBackCommon


class TestWrittenOnDuplicate(ComingBackCommon):
    def setUp(self):
        super().setUp()
        self.other_client = self.env["res.partner"].create(
            {"name": "Dora", "email": "dora@elsewhere.example"}
        )
        self.original, self.middle = self._new_ticket(), self._new_ticket()
        self.duplicate = self._new_ticket(partner_id=self.other_client.id)
        for ticket in self.original, self.middle, self.duplicate:
            self._staff_answers(ticket, 2)
        self.middle.duplicate_id = self.original
        self.duplicate.duplicate_id = self.middle

    def _write_on_duplicate(self, minute):
        return self._client_writes(self.duplicate, minute, author=self.other_client)

    def _incidents(self, ticket):
        return ticket.escalation_incident_ids.sorted("id")

    def test_it_counts_for_the_ticket_at_the_end_of_the_chain(self):
        self._write_on_duplicate(10)
        self._write_on_duplicate(12)
        self.assertEqual(self._since(self.original), 10)
        self.assertIsNone(self._since(self.middle))
        self.assertIsNone(self._since(self.duplicate))
        self.assertEqual(self._anchor(self.original), 12)
        for count_from in ("client_first", "unresolved"):
            self.policy.count_from = count_from
            self.assertEqual(
                self._anchor(self.original), 10 if count_from == "client_first" else 0
            )
        self.policy.count_from = "client_last"
        self._run(22)
        self.assertEqual(self._told(self.original), [(self.agent, "activity")])
        self.assertFalse(self._told(self.duplicate))

    def test_an_answer_here_ends_it_at_once(self):
        self._write_on_duplicate(10)
        self._run(20)
        self._staff_answers(self.duplicate, 21)
        self.assertEqual(self._incident(self.original).resolution, "answered")
        self.assertIsNone(self._since(self.original))

    def test_an_answer_there_to_somebody_else_does_not_end_it(self):
        self._write_on_duplicate(10)
        self._run(20)
        self._staff_answers(self.original, 21)
        self._run(22)
        self.assertEqual(self._incident(self.original).state, "active")
        self.assertEqual(self._since(self.original), 10)

    def test_an_answer_there_that_reaches_that_client_ends_it(self):
        self._write_on_duplicate(10)
        self._run(20)
        self.original.with_user(self.agent).message_post(
            body="Here you are",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.other_client.ids,
        )
        self._run(22)
        self.assertEqual(self._incident(self.original).resolution, "answered")

    def test_an_answer_there_to_the_same_client_ends_it(self):
        self._client_writes(self.middle, 10)
        self._run(20)
        self._staff_answers(self.original, 21)
        self.assertEqual(self._incident(self.original).resolution, "answered")

    def test_two_clients_wait_each_for_an_answer_of_their_own(self):
        self._write_on_duplicate(10)
        self._client_writes(self.original, 12)
        self.assertEqual(self._since(self.original), 10)
        self._staff_answers(self.duplicate, 13)
        self.assertEqual(self._since(self.original), 12)
        self._write_on_duplicate(14)
        self._staff_answers(self.original, 15)
        self.assertEqual(self._since(self.original), 14)

    def test_a_circle_counts_for_itself(self):
        self.original.duplicate_id = self.duplicate
        self._write_on_duplicate(10)
        self.assertEqual(self._since(self.duplicate), 10)
        self.assertIsNone(self._since(self.original))
        self._run(20)
        incident = self._incident(self.duplicate)
        self.assertEqual(incident.state, "active")
        self._run(21)
        self.assertEqual(incident.state, "active")
        self._staff_answers(self.duplicate, 22)
        self.assertEqual(incident.resolution, "answered")

    def test_a_chain_that_changes_counts_for_its_new_end(self):
        self._write_on_duplicate(10)
        self._write(self.middle, 15, duplicate_id=False)
        self.assertEqual(self._since(self.middle), 15, "when that came back")
        self.assertIsNone(self._since(self.original))

    def test_a_duplicate_that_is_none_any_more_waits_itself(self):
        self._write_on_duplicate(10)
        self._write(self.duplicate, 15, duplicate_id=False)
        self.assertEqual(self._since(self.duplicate), 15)
        self.assertIsNone(self._since(self.original))

    def test_the_end_of_the_chain_is_closed(self):
        self._write(self.original, 5, stage_id=self.done.id)
        self._write_on_duplicate(10)
        self._run(20)
        self.assertEqual(self._told(self.original), [(self.agent, "activity")])
        tickets = self.env["helpdesk.ticket"]
        self.assertEqual(
            tickets.search([("escalation_written_after_closing", "=", True)]),
            self.original,
        )
        self._write(self.original, 25, stage_id=self.done.id)
        self.assertEqual(self._incident(self.original).resolution, "closed_waiting")
        self.assertIsNone(self._since(self.original))

    def test_archived_nobody_waits(self):
        self._write_on_duplicate(10)
        self._write(self.original, 11, active=False)
        self.assertIsNone(self._since(self.original))

    def test_closed_while_who_wrote_there_waits(self):
        self._write_on_duplicate(10)
        self._run(20)
        self._write(self.original, 25, stage_id=self.done.id)
        self.assertEqual(self._incident(self.original).resolution, "closed_waiting")

    def test_closed_by_its_own_client_while_another_one_waits(self):
        portal = self._new_user(
            "esc_portal", "base.group_portal", partner_id=self.client.id
        )
        self._write_on_duplicate(10)
        self._run(20)
        self._write(self.original.with_user(portal).sudo(), 25, stage_id=self.done.id)
        self.assertEqual(self._incident(self.original).resolution, "closed_waiting")

    def test_answered_and_then_closed_is_closed(self):
        self._write_on_duplicate(10)
        self._run(20)
        self.patch(
            type(self.env["helpdesk.escalation.engine"]),
            "_resolve_now",
            lambda engine, ticket_ids, speaker=None: None,
        )
        self._answer_at(self.original, partner_ids=self.other_client.ids)
        self._write(self.original, 25, stage_id=self.done.id)
        self._run(26)
        self.assertEqual(self._incident(self.original).resolution, "closed")

    def test_archived_later_the_duplicate_waits_itself_from_then(self):
        self._write_on_duplicate(10)
        self._write(self.original, 20, active=False)
        self.assertEqual(self._since(self.middle), 20, "the last one that is left")
        self._write(self.middle, 30, active=False)
        self.assertEqual(self._since(self.duplicate), 30)
        self._run(40)
        self.assertEqual(self._told(self.duplicate), [(self.agent, "activity")])
        self._write(self.original, 50, active=True)
        self._run(51)
        self.assertEqual(self._since(self.original), 50)
        self.assertEqual(self._incident(self.duplicate).resolution, "duplicate")

    def test_archived_before_it_counts_for_the_last_one_that_is_left(self):
        self._write(self.original, 5, active=False)
        self._write_on_duplicate(10)
        self.assertEqual(self._since(self.middle), 10)
        self._write(self.middle, 15, active=False)
        self._write_on_duplicate(17)
        self.assertEqual(self._since(self.duplicate), 15)
        self._run(28)
        incident = self._incident(self.duplicate)
        self.assertEqual(incident.state, "active")
        self._staff_answers(self.duplicate, 29)
        self.assertEqual(incident.resolution, "answered")

    def test_one_in_the_middle_is_archived_and_the_end_is_there(self):
        self._write(self.middle, 5, active=False)
        self._write_on_duplicate(10)
        self.assertEqual(self._since(self.original), 10)

    def test_what_was_settled_before_it_was_archived_stays_so(self):
        for settle in (
            lambda: self.original.with_user(self.agent).message_post(
                body="Here you are",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=self.other_client.ids,
            ),
            lambda: self.original.with_user(
                self.agent
            ).action_escalation_no_answer_needed(),
            lambda: self._write(self.original, 12, stage_id=self.done.id),
        ):
            with self.subTest(settle):
                self.setUp()
                self._write_on_duplicate(10)
                settle()
                self._write(self.original, 20, active=False)
                for ticket in self.original, self.middle, self.duplicate:
                    self.assertIsNone(self._since(ticket))

    # ------------------------------------------------------------------
    # Who is that very client
    # ------------------------------------------------------------------

    def _new_pair(self, original_vals, duplicate_vals):
        original = self._new_ticket(**original_vals)
        duplicate = self._new_ticket(**duplicate_vals)
        for ticket in original, duplicate:
            self._staff_answers(ticket, 2)
        duplicate.duplicate_id = original
        return original, duplicate

    def _answer_at(self, ticket, **values):
        return ticket.with_user(self.agent).message_post(
            body="Here you are",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            **values,
        )

    def test_a_client_without_a_contact_is_known_by_the_address(self):
        partner = self.env["res.partner"].create(
            {"name": "Zoe", "email": "Zoe@home.example"}
        )
        for label, on_original, values in (
            ("on the ticket", '"Zoe" <zoe@home.example>', {}),
            ("notified", "x@home.example", {"partner_ids": partner.ids}),
            ("typed", "x@home.example", {"outgoing_email_to": "Z <zoe@home.example>"}),
        ):
            with self.subTest(label):
                original, duplicate = self._new_pair(
                    {"partner_id": False, "partner_email": on_original},
                    {"partner_id": False, "partner_email": "Zoe <Zoe@home.example>"},
                )
                question = duplicate.message_post(
                    body="Still nothing?",
                    message_type="email",
                    subtype_xmlid="mail.mt_comment",
                    author_id=False,
                    email_from="Zoe <zoe@home.example>",
                )
                self._date(question, 10)
                self.assertEqual(self._since(original), 10)
                self._answer_at(original, **values)
                self.assertIsNone(self._since(original))

    def test_another_contact_of_the_same_address_is_the_same_client(self):
        again = self.env["res.partner"].create(
            {"name": "Carla again", "email": self.client.email}
        )
        original, duplicate = self._new_pair({}, {"partner_id": again.id})
        self._client_writes(duplicate, 10, author=again)
        self.assertEqual(self._since(original), 10)
        self._staff_answers(original, 12)
        self.assertIsNone(self._since(original))

    def test_an_address_in_somebodys_name_is_not_theirs(self):
        original, duplicate = self._new_pair(
            {
                "partner_id": False,
                "partner_email": '"dora@elsewhere.example, via us" <x@home.example>',
            },
            {"partner_id": self.other_client.id},
        )
        self._client_writes(duplicate, 10, author=self.other_client)
        self._answer_at(original)
        self.assertEqual(self._since(original), 10)
