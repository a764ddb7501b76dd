"""The list of tickets: who waits, who is escalated, at a price that does not grow."""

from odoo.tools import SQL

from ..support.common import EscalationCommon

SHOWN = {"escalation_status": {}, "escalation_waiting_since": {}}


class TestTicketList(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.none = cls.env["helpdesk.ticket.team"].create({"name": "No policy"})
        cls.tickets = cls.env["helpdesk.ticket"]
        slow = cls._new_policy("Slow", {"delay": 99})
        for minute, (name, values) in enumerate(
            {
                "Escalated": {},
                "Taken": {},
                "Waits": {"escalation_policy_id": slow},
                "Answered": {},
                "Muted": {"escalation_muted": True},
                "Nobody's": {"team_id": cls.none, "user_id": False},
            }.items()
        ):
            values = {key: getattr(value, "id", value) for key, value in values.items()}
            cls.tickets += cls._new_ticket(minute, name=name, **values)
        cls.by_name = {ticket.name: ticket for ticket in cls.tickets}
        cls._staff_answers(cls.by_name["Answered"], 9)

    def setUp(self):
        super().setUp()
        self._run(15)
        self._incident(self.by_name["Taken"])._confirm(self.leader, "ticket")
        self.env.invalidate_all()

    def _find(self, *domain):
        tickets = self.env["helpdesk.ticket"].with_user(self.manager)
        return set(
            tickets.search([("id", "in", self.tickets.ids), *domain]).mapped("name")
        )

    def test_each_ticket_says_where_it_stands(self):
        self.assertEqual(
            {name: ticket.escalation_status for name, ticket in self.by_name.items()},
            {
                "Escalated": "active",
                "Taken": "confirmed",
                "Waits": "waiting",
                "Answered": False,
                "Muted": "unwatched",
                "Nobody's": "unwatched",
            },
        )

    def test_the_filters_find_what_they_say(self):
        for status, names in {
            "active": {"Escalated"},
            "confirmed": {"Taken"},
            "waiting": {"Waits"},
            "unwatched": {"Muted", "Nobody's"},
            False: {"Answered"},
        }.items():
            with self.subTest(status=status):
                self.assertEqual(self._find(("escalation_status", "=", status)), names)
                self.assertEqual(
                    self._find(("escalation_status", "!=", status)),
                    set(self.by_name) - names,
                )
        self.assertEqual(
            self._find(("escalation_status", "in", ["active", False])),
            {"Escalated", "Answered"},
        )
        no_policy = ("effective_escalation_policy_id", "=", False)
        self.assertEqual(self._find(no_policy), {"Muted", "Nobody's"})
        self.assertEqual(
            self._find(("effective_escalation_policy_id", "=", self.policy.id)),
            {"Escalated", "Taken", "Answered"},
        )
        self.assertEqual(
            self._find(("effective_escalation_policy_id", "ilike", "slo")), {"Waits"}
        )
        self.assertEqual(
            self._find(("escalation_waiting_since", "=", False)), {"Answered"}
        )
        since = self.by_name["Taken"].escalation_waiting_since
        self.assertEqual(
            self._find(("escalation_waiting_since", "<=", since)),
            {"Escalated", "Taken"},
        )

    def test_a_list_is_grouped_by_it_and_each_group_opens(self):
        tickets = self.env["helpdesk.ticket"].with_user(self.manager)
        itself = [("id", "in", self.tickets.ids)]
        for field, sizes in {
            "escalation_status": {
                "active": 1,
                "confirmed": 1,
                "waiting": 1,
                "unwatched": 2,
                False: 1,
            },
            "effective_escalation_policy_id": {"Standard": 3, "Slow": 1, False: 2},
            "escalation_waiting_since:day": None,
        }.items():
            with self.subTest(field):
                groups = tickets.formatted_read_group(itself, [field], ["__count"])
                if sizes:
                    found = {
                        group[field]
                        and (
                            group[field][1]
                            if isinstance(group[field], tuple)
                            else group[field]
                        ): group["__count"]
                        for group in groups
                    }
                    self.assertEqual(found, sizes)
                for group in groups:
                    self.assertEqual(
                        tickets.search_count([*itself, *group["__extra_domain"]]),
                        group["__count"],
                    )
        self.assertTrue(tickets.fields_get()["escalation_status"]["groupable"])

    def test_a_list_is_sorted_by_it(self):
        tickets = self.env["helpdesk.ticket"].with_user(self.manager)
        longest = tickets.search(
            [("id", "in", self.tickets.ids)], order="escalation_waiting_since", limit=2
        )
        self.assertEqual(longest.mapped("name"), ["Escalated", "Taken"])

    # ------------------------------------------------------------------
    # What it costs
    # ------------------------------------------------------------------

    def _list_queries(self, count, specification):
        """Open a list of so many tickets as the web client does, count the queries."""
        self.env.flush_all()
        self.env.invalidate_all()
        tickets = self.env["helpdesk.ticket"].with_user(self.manager)
        before = self.env.cr.sql_log_count
        found = tickets.web_search_read(
            [("team_id", "=", self.team.id)], specification, limit=count
        )
        self.assertEqual(len(found["records"]), count)
        return self.env.cr.sql_log_count - before

    def test_the_columns_cost_two_queries_however_long_the_list(self):
        self.env["helpdesk.ticket"].create(
            [
                {
                    "name": f"Ticket {number}",
                    "description": "Please",
                    "team_id": self.team.id,
                    "user_id": self.agent.id,
                    "partner_id": self.client.id,
                    "escalation_muted": bool(number % 2),
                }
                for number in range(80)
            ]
        )
        self._run(30)
        host = {"number": {}, "name": {}, "stage_id": {"fields": {"display_name": {}}}}
        self._list_queries(80, {**host, **SHOWN})
        for count in 10, 80:
            without = self._list_queries(count, host)
            self.assertEqual(self._list_queries(count, {**host, **SHOWN}), without + 2)

    def test_a_filter_and_a_grouping_cost_the_same_however_many_incidents(self):
        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            tickets = self.env["helpdesk.ticket"].with_user(self.manager)
            before = self.env.cr.sql_log_count
            tickets.search_count([("escalation_status", "=", "active")])
            tickets.formatted_read_group([], ["escalation_status"], ["__count"])
            return self.env.cr.sql_log_count - before

        cost()
        few = cost()
        for number in range(20):
            self._new_ticket(0, name=f"More {number}")
        self._run(20)
        self.assertEqual(cost(), few)

    def _explain(self, *domain):
        """How PostgreSQL finds the first page of a list, as a text."""
        tickets = self.env["helpdesk.ticket"].with_user(self.manager)
        found = tickets._search(list(domain), order=tickets._order, limit=80)
        plan = self.env.execute_query(SQL("EXPLAIN %s", found.select()))
        return "\n".join(line for (line,) in plan)

    def test_a_filter_finds_its_tickets_once_and_not_for_each_line(self):
        since = self.by_name["Taken"].escalation_waiting_since
        for condition in (
            ("escalation_status", "in", ("waiting", "unwatched")),
            ("escalation_status", "=", False),
            ("escalation_waiting_since", "!=", False),
            ("escalation_waiting_since", "<=", since),
        ):
            with self.subTest(condition):
                plan = self._explain(condition)
                self.assertIn("hashed SubPlan", plan)
                self.assertNotIn("Semi Join", plan)

    def test_the_filter_of_escalated_tickets_reads_no_messages(self):
        """Nor tickets: incidents tell, of which there are few."""
        plan = self._explain(("escalation_status", "in", ("active", "snoozed")))
        self.assertNotIn("mail_message", plan)
        self.assertIn(
            "mail_message", self._explain(("escalation_status", "=", "waiting"))
        )

    def test_of_closed_tickets_only_those_are_looked_at_that_somebody_wrote_on(self):
        answered = self.by_name["Answered"]
        self.assertIn(answered.id, self._find_looked_at())
        answered.stage_id = self._find_closed_stage()
        self.assertNotIn(answered.id, self._find_looked_at())
        self._client_writes(answered, 60)
        with self._at(60 * 24 * 60):
            self.assertIn(answered.id, self._find_looked_at(), "however long ago")
            waiting = ("escalation_status", "=", "waiting")
            self.assertEqual(self._find(waiting), {"Waits", "Answered"})

    def test_an_escalated_ticket_is_found_and_grouped_also_when_it_is_closed(self):
        """As with one that was escalated by hand."""
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET stage_id = %s WHERE id = %s",
            [self._find_closed_stage().id, self.by_name["Escalated"].id],
        )
        self.env.invalidate_all()
        active = ("escalation_status", "=", "active")
        self.assertEqual(self._find(active), {"Escalated"})
        groups = self.env["helpdesk.ticket"].formatted_read_group(
            [("id", "in", self.tickets.ids)], ["escalation_status"], ["__count"]
        )
        statuses = {group["escalation_status"] for group in groups}
        self.assertEqual(
            statuses, {"active", "confirmed", "waiting", "unwatched", False}
        )

    def _find_closed_stage(self):
        return self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )

    def _find_looked_at(self):
        overview = self.env["helpdesk.ticket"]._get_escalation_overview()
        rows = self.env.execute_query(SQL("SELECT id FROM %s AS overview", overview))
        return {ticket_id for (ticket_id,) in rows}

    def test_what_a_list_shows_first_is_read_from_an_index(self):
        """However many tickets there are: none but the first have to be sorted."""
        tickets = self.env["helpdesk.ticket"]
        first = tickets._search([], order=tickets._order, limit=80)
        # As with many tickets: these few it would rather read and sort.
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = self.env.execute_query(SQL("EXPLAIN %s", first.select()))
        plan = "\n".join(line for (line,) in plan)
        self.assertIn("Index Scan using helpdesk_ticket_escalation_list_idx", plan)
        self.assertNotIn("Sort", plan)
