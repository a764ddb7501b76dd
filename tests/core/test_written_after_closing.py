"""R3: a client who writes on a closed ticket waits, and what is imported does not."""

from datetime import timedelta

from ..support.coming_back import ComingBackCommon


class TestWrittenAfterClosing(ComingBackCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self._new_ticket()
        self._staff_answers(self.ticket, 2)
        self._write(self.ticket, 5, stage_id=self.done.id)

    def _escalate(self):
        self._client_writes(self.ticket, 10)
        self._run(20)
        incident = self._incident(self.ticket)
        self.assertEqual(incident.state, "active")
        return incident

    def test_it_is_escalated_as_any_other_wait(self):
        incident = self._escalate()
        self.assertEqual(self._since(self.ticket), 10)
        self.assertEqual(self._told(self.ticket), [(self.agent, "activity")])
        self._run(40)
        self.assertEqual(self._told(self.ticket)[1:], [(self.leader, "email")])
        self.assertEqual(incident.state, "active")

    def test_whatever_counts_it_is_the_clients_word(self):
        self._client_writes(self.ticket, 10)
        self._client_writes(self.ticket, 12)
        for count_from, minute in (
            ("client_last", 12),
            ("client_first", 10),
            ("unresolved", 10),
        ):
            self.policy.count_from = count_from
            self.assertEqual(self._anchor(self.ticket), minute)

    def test_an_answer_ends_it(self):
        for count_from in ("client_last", "unresolved"):
            with self.subTest(count_from):
                self.policy.count_from = count_from
                self._client_writes(self.ticket, 10)
                self._run(20)
                incident = self.ticket.escalation_incident_ids.sorted("id")[-1]
                self.assertEqual(incident.state, "active")
                self._staff_answers(self.ticket, 21)
                self.assertEqual(incident.resolution, "answered")
                self.assertEqual(incident.resolved_by_id, self.agent.partner_id)
                self.assertIsNone(self._since(self.ticket))

    def test_the_next_closing_ends_it(self):
        incident = self._escalate()
        cancelled = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_cancelled")
        self._write(self.ticket, 25, stage_id=cancelled.id)
        self.assertEqual(incident.resolution, "closed_waiting")
        self.assertIsNone(self._since(self.ticket))
        self._run(60)
        self.assertEqual(len(self.ticket.escalation_incident_ids), 1)

    def test_reopening_does_not_end_it_and_closing_again_does(self):
        incident = self._escalate()
        self._write(self.ticket, 25, stage_id=self.working.id)
        self._run(40)
        self.assertEqual(incident.state, "active")
        self.assertEqual(len(self._told(self.ticket)), 2, "its steps go on")
        self._write(self.ticket, 45, stage_id=self.done.id)
        self.assertEqual(incident.resolution, "closed_waiting")

    def test_a_stage_that_becomes_a_closed_one_is_the_next_closing(self):
        stage = self.env["helpdesk.ticket.stage"].create({"name": "Over"})
        incident = self._escalate()
        self._write(self.ticket, 25, stage_id=stage.id)
        self.assertEqual(self._since(self.ticket), 10)
        self._write(stage, 30, closed=True)
        self.assertIsNone(self._since(self.ticket))
        self._run(31)
        self.assertEqual(incident.resolution, "closed_waiting")
        self._client_writes(self.ticket, 35)
        self.assertEqual(self._since(self.ticket), 35)
        self._write(stage, 40, closed=False)
        self.assertEqual(self._since(self.ticket), 35)

    def test_archiving_and_do_not_escalate_end_it(self):
        for resolution, values in (
            ("archived", {"active": False}),
            ("muted", {"escalation_muted": True}),
        ):
            ticket = self._new_ticket()
            self._write(ticket, 5, stage_id=self.done.id)
            self._client_writes(ticket, 10)
            self._run(20)
            self._write(ticket, 21, **values)
            self.assertEqual(self._incident(ticket).resolution, resolution)

    def test_a_ticket_created_closed_hears_its_client_too(self):
        ticket = self._new_ticket(stage_id=self.done.id)
        self.assertIsNone(self._since(ticket))
        self._client_writes(ticket, 10)
        self._run(20)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_a_stage_that_became_a_closed_one_later(self):
        stage = self.env["helpdesk.ticket.stage"].create({"name": "Later closed"})
        ticket = self._new_ticket(stage_id=stage.id)
        self._run(11)
        incident = self._incident(ticket)
        stage.closed = True
        self._run(12)
        self.assertEqual(incident.resolution, "closed_waiting")
        self._client_writes(ticket, 20)
        self._run(30)
        self.assertEqual(len(ticket.escalation_incident_ids), 2)

    def test_a_policy_may_ignore_it(self):
        self.policy.ignore_closed_replies = True
        self._client_writes(self.ticket, 10)
        self.assertIsNone(self._since(self.ticket))
        self._run(60)
        self.assertFalse(self.ticket.escalation_incident_ids)
        self._write(self.ticket, 70, stage_id=self.working.id)
        self.assertEqual(self._since(self.ticket), 70, "it has come back now")
        self._run(80)
        self.assertEqual(self._told(self.ticket), [(self.agent, "activity")])

    def test_switched_to_ignoring_it_ends(self):
        incident = self._escalate()
        self.policy.ignore_closed_replies = True
        self._run(21)
        self.assertEqual(incident.resolution, "closed_waiting")

    def test_tile_filter_and_list_show_it(self):
        self._client_writes(self.ticket, 10)
        tickets = self.env["helpdesk.ticket"].with_user(self.agent)
        domain = [("escalation_written_after_closing", "=", True)]
        self.assertEqual(tickets.search(domain), self.ticket)
        self.assertTrue(self.ticket.escalation_written_after_closing)
        self.assertIn(
            self.ticket, tickets.search([("escalation_status", "=", "waiting")])
        )
        (tile,) = (
            tile
            for tile in self.incidents.with_user(self.agent).get_dashboard()["tiles"]
            if tile["name"] == "written_after_closing"
        )
        self.assertEqual((tile["value"], tile["action"]["domain"]), (1, domain))
        self._staff_answers(self.ticket, 11)
        self.assertFalse(tickets.search(domain))
        self.assertIn(
            self.ticket,
            tickets.search([("escalation_written_after_closing", "=", False)]),
        )

    def test_the_ticket_says_what_comes_next(self):
        self._client_writes(self.ticket, 10)
        self.assertIn("next step at", self.ticket.escalation_status_text)

    def test_a_start_date_leaves_it_alone_and_counts_it(self):
        self._client_writes(self.ticket, 10)
        self.policy.start_date = self.t0 + timedelta(minutes=15)
        self.assertEqual(self.policy.backlog_count, 1)
        self._run(60)
        self.assertFalse(self.ticket.escalation_incident_ids)

    def test_longer_ago_than_thirty_days_it_is_not_looked_for(self):
        self._client_writes(self.ticket, 10)
        self._run(10 + 31 * 24 * 60)
        self.assertFalse(self.ticket.escalation_incident_ids)

    def test_an_open_incident_outlasts_the_thirty_days(self):
        incident = self._escalate()
        self._run(10 + 31 * 24 * 60)
        self.assertEqual(incident.state, "active")

    # What is imported ----------------------------------------------------------

    def _assert_nobody_waits(self):
        self.assertIsNone(self._since(self.ticket))
        self._run(300)
        self.assertFalse(self.ticket.escalation_incident_ids)

    def test_messages_that_are_created_start_no_wait(self):
        self.env["mail.message"].create(
            {
                "model": "helpdesk.ticket",
                "res_id": self.ticket.id,
                "author_id": self.client.id,
                "message_type": "comment",
                "subtype_id": self.env.ref("mail.mt_comment").id,
                "body": "From the old system",
            }
        )
        self._assert_nobody_waits()

    def test_messages_posted_with_their_old_date_start_no_wait(self):
        self.ticket.message_post(
            body="From the old system",
            author_id=self.client.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            date=self.t0 - timedelta(days=400),
        )
        self._assert_nobody_waits()

    def test_messages_of_an_import_start_no_wait(self):
        self._client_writes(self.ticket.with_context(import_file=True), 10)
        self._assert_nobody_waits()

    def test_old_messages_that_the_job_reads_start_no_wait(self):
        message = self._client_writes(self.ticket, 10).sudo()
        message.write({"escalation_party": False, "escalation_late": False})
        self.env.flush_all()
        reading = self.env["helpdesk.escalation.message.reading"]
        reading._judge(message.id + 1, message.id)
        self.assertEqual(message.escalation_party, "client")
        self._assert_nobody_waits()

    def test_a_closing_after_the_words_settles_them(self):
        ticket = self._new_ticket()
        self._client_writes(ticket, 3)
        self._write(ticket, 5, stage_id=self.done.id)
        self.assertIsNone(self._since(ticket))

    def test_a_mail_with_a_wrong_date_is_heard(self):
        self.team.write({"alias_name": "late-help"})
        mail = (
            "From: Carla <carla@acme.example>\nTo: late-help@{domain}\n"
            "Subject: Re: fire\nMessage-Id: <late@acme.example>\n"
            "In-Reply-To: {parent}\nReferences: {parent}\n"
            "Date: Mon, 03 Jan 2011 10:00:00 +0000\n"
            "Content-Type: text/plain\n\nIt burns again!"
        ).format(
            domain=self.team.alias_domain,
            parent=self.ticket.message_ids.sorted("id")[-1].message_id,
        )
        self.env["mail.thread"].message_process(None, mail)
        self._date(self.ticket.message_ids.sorted("id")[-1], 10)
        self.assertEqual(self._since(self.ticket), 10)

    # What it costs -------------------------------------------------------------

    def test_closed_tickets_are_not_read(self):
        """The run reads late messages from their index, and no closed ticket."""
        many = self.env["helpdesk.ticket"].create(
            [
                {
                    "name": f"Old {number}",
                    "description": "X",
                    "team_id": self.team.id,
                    "stage_id": self.done.id,
                }
                for number in range(300)
            ]
        )
        self._date(many, -1000)
        self._client_writes(self.ticket, 10)
        self.env.flush_all()
        # They have a past, as in life: of a few messages the planner reads any index.
        self.env.cr.execute(
            "INSERT INTO mail_message (model, res_id, message_type, create_date) "
            "SELECT 'helpdesk.ticket', id, 'notification', create_date "
            "FROM helpdesk_ticket, generate_series(1, 20)"
        )
        self.env.cr.execute("ANALYZE helpdesk_ticket")
        self.env.cr.execute("ANALYZE mail_message")
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        with self._at(15):
            found = self.env["helpdesk.escalation.clock"]._find_late_ids()
        self.assertEqual(found, self.ticket.ids)
        cursor = self.env.cr._obj
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {cursor.query.decode()}")
        (([explained],),) = cursor.fetchall()
        nodes = list(self._nodes(explained["Plan"]))
        self.assertIn(
            "mail_message_escalation_late_idx", [n.get("Index Name") for n in nodes]
        )
        read = [
            node["Actual Rows"] * node["Actual Loops"]
            for node in nodes
            if node.get("Relation Name") == "helpdesk_ticket"
        ]
        self.assertLess(sum(read), 5)

    def _nodes(self, node):
        yield node
        for child in node.get("Plans", ()):
            yield from self._nodes(child)
