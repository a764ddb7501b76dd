"""The dashboard: figures that agree with their lists, cards, and who follows live."""

import json
from ast import literal_eval
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree

from odoo.api import Environment
from odoo.exceptions import AccessError
from odoo.tools.safe_eval import safe_eval

from ..support.common import MANAGER, OWN, TEAM
from ..support.dashboard import DashboardCommon, FiguresCommon

VIEW = "helpdesk_escalation.helpdesk_escalation_incident_view"


class TestFigures(FiguresCommon):
    def test_each_user_sees_figures_that_agree_with_the_lists(self):
        for user, expected in [
            (self.own, [1, 0, 0, 1, 1]),
            (self.stranger, [0, 0, 0, 1]),
            (self.agent, [4, 1, 1, 1, 1, 1, 7]),
            (self.leader, [4, 1, 1, 1, 1, 1, 7]),
            (self.manager, [4, 1, 1, 1, 1, 1, 7]),
        ]:
            with self.subTest(user.login):
                tiles = self._tiles(user)
                self.assertEqual([t["value"] for t in tiles.values()], expected)
                for name, tile in tiles.items():
                    listed = self._listed(user, tile["action"])
                    self.assertEqual(len(listed), tile["value"], name)

    def test_a_page_that_follows_what_happens_looks_at_no_waiting_ticket(self):
        """What is wrong is looked for in all that are open."""
        ask = Environment.execute_query
        for with_health in (True, False):
            self.env.invalidate_all()
            incidents = self.incidents.with_user(self.manager)
            with patch.object(
                Environment, "execute_query", autospec=True, side_effect=ask
            ) as asked:
                dashboard = incidents.get_dashboard(with_health=with_health)
            clocks = [
                call
                for call in asked.mock_calls
                if "partner_chain" in str(call.args[1])
            ]
            self.assertEqual(bool(clocks), with_health)
            self.assertEqual("problems" in dashboard, with_health)
            self.assertEqual("watch" in dashboard, with_health)

    def test_what_our_tiles_list_has_cards_for_a_phone_that_name_the_ticket(self):
        for tile in self._tiles(self.manager).values():
            action = tile["action"]
            self.assertIn([False, "kanban"], action["views"], tile["name"])
            self.assertEqual(action["mobile_view_mode"], "kanban", tile["name"])
            model = self.env[action["res_model"]].with_user(self.manager)
            card = model.get_view(view_type="kanban")["arch"]
            if "ticket_id" in model._fields:
                self.assertIn('name="ticket_id"', card, tile["name"])

    def test_what_is_wrong_has_a_tile_only_while_it_is(self):
        names = set(self._tiles(self.leader))
        self.assertLessEqual({"nobody_reached", "failed_mails"}, names)
        for name in "silent", "unmailed":
            self._incident(self.tickets[name])._resolve("closed")
        names = set(self._tiles(self.leader))
        self.assertFalse({"nobody_reached", "failed_mails"} & names)

    def test_today_is_the_users_day(self):
        """At 23:30 UTC it is tomorrow already in Tokyo."""
        done = self._incident(self.tickets["done"])
        done.resolved_date = datetime(2026, 3, 10, 14, 0)
        for timezone, now, expected in [
            ("UTC", "2026-03-10 23:30", 1),
            ("Asia/Tokyo", "2026-03-10 14:30", 1),
            ("Asia/Tokyo", "2026-03-10 23:30", 0),
            ("America/Lima", "2026-03-11 03:30", 1),
        ]:
            with self.subTest(timezone, now=now), freeze_time(now):
                user = self.leader
                user.tz = timezone
                self._incident(self.tickets["past"]).resolved_date = False
                dashboard = self.incidents.with_user(user).with_context(tz=timezone)
                tile = dashboard.get_dashboard()["tiles"][2]
                self.assertEqual(tile["name"], "resolved_today")
                self.assertEqual(tile["value"], expected)

    def test_the_dashboard_of_teams_counts_the_same(self):
        teams = self.env["helpdesk.ticket.team"]
        action = self.env.ref(
            "helpdesk_escalation.helpdesk_escalation_incident_action_active"
        )
        for user, expected in (self.agent, 4), (self.own, 1), (self.stranger, 0):
            with self.subTest(user.login):
                (tile,) = (
                    tile
                    for tile in teams.with_user(user).retrieve_dashboard()
                    if tile["name"] == "Escalated"
                )
                self.assertEqual(tile["value"], expected)
                self.assertEqual(self.env.ref(tile["action"]), action)
                listed = self.incidents.with_user(user).search(
                    literal_eval(action.domain)
                )
                self.assertEqual(len(listed), expected)
                team = self.team.with_user(user)
                self.assertEqual(team.escalation_active_count, expected)
                listed = self._listed(user, team.action_view_escalations())
                self.assertEqual(len(listed), expected)

    def test_who_is_not_in_the_helpdesk_has_neither(self):
        clerk = self.director
        names = [
            tile["name"] for tile in self.team.with_user(clerk).retrieve_dashboard()
        ]
        self.assertNotIn("Escalated", names)
        with self.assertRaises(AccessError):
            self.incidents.with_user(clerk).get_dashboard()

    def test_the_cards_can_be_grouped_by_all_that_one_asks_for(self):
        arch = self.env.ref(f"{VIEW}_search").arch
        fields_ = [
            safe_eval(context)["group_by"]
            for context in etree.fromstring(arch).xpath("//filter/@context")
        ]
        self.assertLessEqual(
            {"team_id", "policy_id", "client_id", "user_id", "step_id"}, set(fields_)
        )
        incidents = self.incidents.with_user(self.leader)
        for name in fields_:
            with self.subTest(name):
                groups = incidents.web_read_group([], [name])["groups"]
                self.assertEqual(sum(g["__count"] for g in groups), 7)
        by_person = incidents._read_group([], ["user_id"], ["__count"])
        self.assertEqual(dict(by_person)[self.own], 1)

    def test_activities_are_those_of_the_tickets_that_are_escalated(self):
        action = self.env.ref("helpdesk_escalation.helpdesk_ticket_action_activities")
        for view_type in "kanban", "list":
            arch = etree.fromstring(
                self.incidents.with_user(self.agent).get_view(view_type=view_type)[
                    "arch"
                ]
            )
            (button,) = arch.xpath("//header/button[@display='always']")
            self.assertEqual(button.get("name"), str(action.id))
        tickets = self.env["helpdesk.ticket"].with_user(self.agent)
        listed = tickets.search(literal_eval(action.domain))
        cases = self.incidents.with_user(self.agent).search(
            [("state", "!=", "resolved"), ("is_leading", "=", True)]
        )
        self.assertEqual(listed, cases.ticket_id.sorted())
        data = self.env["mail.activity"].with_user(self.agent)
        data = data.get_activity_data("helpdesk.ticket", literal_eval(action.domain))
        self.assertTrue(data["grouped_activities"])


class TestFilters(FiguresCommon):
    def _found(self, user, name):
        """What a filter of the search view finds, None when the user has it not."""
        incidents = self.incidents.with_user(user)
        arch = etree.fromstring(incidents.get_view(view_type="search")["arch"])
        for node in arch.xpath(f"//filter[@name='{name}']"):
            domain = safe_eval(node.get("domain"), {"uid": user.id})
            return set(incidents.search(domain).ticket_id.mapped("name"))
        return None

    def test_an_agent_begins_with_their_own(self):
        action = self.env.ref("helpdesk_escalation.helpdesk_escalation_incident_action")
        self.assertIn("search_default_my_escalations", action.context)
        self.assertEqual(self._found(self.own, "my_escalations"), {"own"})
        self.assertIsNone(self._found(self.own, "mine"), "each has it once")
        self.assertEqual(self._found(self.stranger, "my_escalations"), set())
        self.assertIsNone(self._found(self.manager, "my_escalations"))
        self.assertEqual(self._found(self.manager, "mine"), set())

    def test_mine_is_also_what_my_team_has_to_see_to(self):
        self.assertEqual(
            self._found(self.leader, "my_escalations"), set(self.tickets), "they lead"
        )
        found = self._found(self.agent, "my_escalations")
        self.assertNotIn("own", found, "a colleague has it")
        self.tickets["own"].user_id = False
        self.assertIn("own", self._found(self.agent, "my_escalations"))

    def test_by_when_they_were_opened(self):
        """At 18:00 on a Monday; the last Friday evening was three days ago."""
        monday = datetime(2026, 3, 9, 18)
        opened = {
            "waits": monday,
            "own": datetime(2026, 3, 6, 17, 30),
            "taken": datetime(2026, 3, 6, 16, 30),
            "silent": datetime(2026, 2, 27, 18),
        }
        self.leader.tz = "UTC"
        for name, ticket in self.tickets.items():
            moment = opened.get(name, datetime(2026, 1, 1))
            self._date_to(self._incident(ticket), moment)
        for now, since_friday, today in (
            (monday, {"waits", "own"}, {"waits"}),
            (datetime(2026, 3, 6, 18), {"waits", "own"}, {"waits", "own", "taken"}),
            (datetime(2026, 3, 6, 16), {"waits", "own", "taken", "silent"}, None),
        ):
            with freeze_time(now), self.subTest(now=now):
                found = self._found(self.leader, "opened_since_friday")
                self.assertEqual(found, since_friday)
                if today:
                    self.assertEqual(self._found(self.leader, "opened_today"), today)
        with freeze_time(monday):
            found = self._found(self.leader, "opened_last_week")
            self.assertEqual(found, {"waits", "own", "taken"})


class TestSinceOneLeft(FiguresCommon):
    def _left(self, now, timezone="UTC"):
        self.leader.tz = timezone
        with freeze_time(now):
            incidents = self.incidents.with_user(self.leader)
            return incidents.with_context(tz=timezone)._get_left_date()

    def test_it_is_the_end_of_the_last_working_day(self):
        self.env.company.resource_calendar_id = self._new_hours(range(5), 9, 16)
        friday = datetime(2026, 3, 6, 16)
        self.assertEqual(self._left("2026-03-09 08:00"), friday, "on a Monday")
        self.assertEqual(self._left("2026-03-08 08:00"), friday, "on a Sunday")
        self.assertEqual(self._left("2026-03-10 20:00"), datetime(2026, 3, 9, 16))

    def test_without_hours_it_is_five_in_the_evening(self):
        self.env.company.resource_calendar_id = False
        friday = datetime(2026, 3, 6, 17)
        self.assertEqual(self._left("2026-03-09 08:00"), friday)
        self.assertEqual(self._left("2026-03-10 08:00"), datetime(2026, 3, 9, 17))
        tokyo = datetime(2026, 3, 6, 8)
        self.assertEqual(self._left("2026-03-08 23:00", "Asia/Tokyo"), tokyo)

    def test_the_figure_lists_all_that_happened(self):
        """Opened before the weekend, and closed, taken or notified of during it."""
        self.env.company.resource_calendar_id = False
        past, weekend = datetime(2026, 3, 2), datetime(2026, 3, 7)
        cases = {name: self._incident(ticket) for name, ticket in self.tickets.items()}
        for case in cases.values():
            self._date_to(case, past)
            case.write({"step_date": past, "confirmed_date": past})
            case.resolved_date = case.resolved_date and past
        cases["waits"].step_date = weekend
        cases["taken"].confirmed_date = weekend
        cases["done"].resolved_date = weekend
        self.leader.tz = "UTC"
        with freeze_time("2026-03-09 08:00"):
            tile = self._tiles(self.leader)["since_left"]
        self.assertEqual(tile["value"], 3)
        self.assertRegex(tile["label"], "Since you left: Fri")
        found = self.incidents.browse(self._listed(self.leader, tile["action"]).ids)
        self.assertEqual(
            set(found.ticket_id.mapped("name")), {"waits", "taken", "done"}
        )


class TestFirstPage(DashboardCommon):
    def _start(self, user):
        start = self._dashboard(user)["start"]
        return start["title"], [button["label"] for button in start["buttons"]]

    def test_it_says_what_to_do_next_and_offers_it_to_who_may(self):
        helper = self._new_user("esc_helper", OWN)
        quiet = ("Nobody is waiting too long", [])
        create, choose = "Create a Policy", "Assign to Teams"
        self.assertEqual(self._start(self.manager), quiet)

        self.team.escalation_policy_id = False
        self.assertEqual(
            self._start(self.manager),
            (
                "Your policy is waiting for its team",
                [choose, "Choose a Default"],
            ),
        )
        self.env.company.escalation_policy_id = self.policy
        self.assertEqual(self._start(self.manager), quiet)
        self.env.company.escalation_policy_id = False
        self.policy.active = False
        self.assertEqual(
            self._start(self.manager),
            (
                "Let no client be forgotten",
                ["Create Starter Policies", create],
            ),
        )
        self.assertEqual(self._start(helper), quiet)

        self.policy.active = True
        self.client.escalation_policy_id = self.policy
        self.assertEqual(self._start(self.manager), quiet)

    def test_what_it_offers_opens(self):
        self.policy.active = False
        for button in self._dashboard(self.manager)["start"]["buttons"]:
            action = button["action"]
            model = self.env[action["res_model"]].with_user(self.manager)
            self.assertTrue(model.get_views(action["views"])["views"])


class TestCards(DashboardCommon):
    def _next(self, ticket, minute):
        """What the card says comes next, and at which minute."""
        incident = self._incident(ticket)
        with self._at(minute):
            incident.invalidate_recordset()
            due = incident.next_date
        return incident.next_label, due and (due - self.t0) / timedelta(minutes=1)

    def test_each_step_is_announced_until_the_last_one(self):
        ticket = self._new_ticket(0)
        self._run(10)
        incident = self._incident(ticket)
        self.assertEqual(
            incident.step_label, "Step 1 of 3 · Responsible · notification"
        )
        self.assertEqual(self._next(ticket, 11), ("Team leader", 30))
        self._run(30)
        self.assertEqual(incident.step_label, "Step 2 of 3 · Team leader · email")
        self.assertEqual(self._next(ticket, 31), (self.director.name, 60))
        self._run(60)
        self.assertEqual(self._next(ticket, 61), (False, False))

    def test_a_step_that_reached_nobody_does_not_wait(self):
        ticket = self._new_ticket(0)
        self._run(10)
        self._incident(ticket).nobody_reached = True
        self.assertEqual(self._next(ticket, 11), ("Team leader", 10))

    def test_a_repetition_and_an_expiry_are_announced(self):
        self.policy.write({"repeat_count": 1, "repeat_delay": 20, "confirm_expiry": 15})
        ticket = self._new_ticket(0)
        again = "The steps start again"
        self._run(60)
        self.assertEqual(self._next(ticket, 61), (again, 80))
        with self._at(62):
            self._incident(ticket)._confirm(self.leader, "ticket")
        self.assertEqual(self._next(ticket, 63), (again, 77))
        self._incident(ticket).on_it_until = self.t0 + timedelta(minutes=70)
        self.assertEqual(self._next(ticket, 63), (again, 70))
        self._incident(ticket)._resolve("closed")
        self.assertEqual(self._next(ticket, 64), (False, False))

    def test_it_comes_when_the_engine_does_it_in_working_hours(self):
        """Friday 16:50, open until 17:00: what is due at closing time waits too."""
        calendar = self._new_hours(range(5), 9, 17)
        friday = datetime(2026, 3, 13, 16, 50)
        waits = [(friday, 5), (friday, 10), (friday, 30), (friday, 0)]
        waits += [(datetime(2026, 3, 14, 12), 0), (friday, 60 * 45)]
        working_time = calendar._escalation_working_time(self.env.company)
        self.assertEqual(
            [working_time.due(since, delay) for since, delay in waits],
            [
                datetime(2026, 3, 13, 16, 55),
                datetime(2026, 3, 16, 9, 0),
                datetime(2026, 3, 16, 9, 20),
                datetime(2026, 3, 13, 16, 50),
                datetime(2026, 3, 16, 9, 0),
                datetime(2026, 3, 23, 13, 50),
            ],
        )
        for since, delay in waits:
            due = working_time.due(since, delay)
            for moment, is_due in (due, True), (due - timedelta(seconds=1), False):
                cutoff = working_time.cutoff(moment, delay)
                with self.subTest(since=since, delay=delay, moment=moment):
                    self.assertEqual(bool(cutoff) and since <= cutoff, is_due)

    def test_who_waits_has_a_name_also_without_a_contact(self):
        known = self._new_ticket(0)
        unknown = self._new_ticket(
            0, partner_id=False, partner_name=False, partner_email="eve@else.example"
        )
        self._run(10)
        self.assertEqual(self._incident(known).client_name, "Carla Client (ACME)")
        self.assertEqual(self._incident(unknown).client_name, "eve@else.example")

    def test_the_last_words_are_on_the_card_in_one_line(self):
        ticket = self._new_ticket(0)
        message = self._client_writes(ticket, 5)
        message.body = "<p>It smokes,<br/>and <b>nobody</b> comes.</p>"
        self._run(15)
        card = self._incident(ticket).with_user(self.leader)
        self.assertEqual(card.client_words_line, "It smokes, and nobody comes.")
        self.assertEqual(card.client_words, "It smokes,\nand nobody comes.")
        self.assertIn("Carla Client wrote, ", card.client_words_title)
        stranger = self._new_user("esc_stranger", TEAM)
        hidden = card.with_user(stranger).sudo()
        self.assertFalse(hidden.client_words, "superuser rights show it to nobody")
        self.assertFalse(hidden.story)

    def test_a_card_without_a_button_says_why(self):
        ticket = self._new_ticket(0)
        self._run(10)
        card = self._incident(ticket)
        self.assertFalse(card.with_user(self.agent).confirm_refusal)
        ticket.partner_id = self.agent.partner_id
        self.env.invalidate_all()
        self.assertFalse(card.with_user(self.agent).may_confirm)
        self.assertRegex(card.with_user(self.agent).confirm_refusal, "the client")

    def _urgency(self, ticket, minute):
        card = self._incident(ticket)
        with self._at(minute):
            card.invalidate_recordset()
            return card.urgency, card.urgency_color

    def test_it_grows_until_the_last_step_and_has_colours(self):
        ticket = self._new_ticket(0)
        self._run(10)
        blue, orange, red, green, none = 4, 2, 1, 10, 0
        for minute, expected in (
            (10, (16, blue)),
            (30, (50, orange)),
            (59, (98, orange)),
            (60, (100, red)),
            (90, (100, red)),
        ):
            self.assertEqual(self._urgency(ticket, minute), expected)
        card = self._incident(ticket)
        self.assertEqual((card.urgency_date - self.t0).seconds, 3600)
        card.nobody_reached = True
        self.assertEqual(self._urgency(ticket, 10)[1], red)
        card._confirm(self.leader, "ticket")
        self.assertEqual(self._urgency(ticket, 10), (0, green))
        card._resolve("closed")
        self.assertEqual(self._urgency(ticket, 10), (0, none))

    def test_it_does_not_grow_outside_working_hours(self):
        """Open until 17:00: the last step, an hour after 16:30, comes on Monday."""
        ticket = self._new_ticket(0)
        self._run(10)
        self.policy.calendar_id = self._new_hours(range(5), 9, 17)
        card = self._incident(ticket)
        card.anchor_date = datetime(2026, 3, 13, 16, 30)
        for now, share in (
            (datetime(2026, 3, 13, 16, 45), 25),
            (datetime(2026, 3, 13, 20), 50),
            (datetime(2026, 3, 16, 8), 50),
            (datetime(2026, 3, 16, 9, 15), 75),
        ):
            with freeze_time(now), self.subTest(now=now):
                card.invalidate_recordset()
                self.assertEqual(card.urgency, share)
                self.assertEqual(card.urgency_date, datetime(2026, 3, 16, 9, 30))

    def _cost_of_the_page(self, user):
        """Count the queries of all that the web client asks for to show the page."""
        incidents = self.incidents.with_user(user)
        arch = etree.fromstring(incidents.get_view(view_type="kanban")["arch"])
        names = {node.get("name") for node in arch.iter("field")}
        specification = {
            name: {"fields": {"display_name": {}}}
            if incidents._fields[name].relational
            else {}
            for name in names
        }
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        result = incidents.web_read_group(
            [],
            ["state"],
            auto_unfold=True,
            unfold_read_specification=specification,
            unfold_read_default_limit=int(arch.get("limit")),
        )
        incidents.get_dashboard()
        shown = sum(len(g.get("__records", [])) for g in result["groups"])
        return shown, self.env.cr.sql_log_count - before

    def test_the_page_costs_the_same_however_many_cards_it_shows(self):
        self.policy.calendar_id = self._new_hours(range(7), 0, 24)

        def escalate(count):
            self._new_tickets(count)
            self._run(40)

        costs = {}
        for count in 2, 8, 50:
            escalate(count)
            for user in self.leader, self.manager:
                self._cost_of_the_page(user)  # fills what is cached between pages
                shown, costs[user, count] = self._cost_of_the_page(user)
        self.assertEqual(shown, 40, "more are loaded when one asks for them")
        for user in self.leader, self.manager:
            self.assertLessEqual(costs[user, 50], costs[user, 8], user.login)

    def _new_tickets(self, count):
        clients = self.env["res.partner"].create(
            [{"name": f"Client {number}"} for number in range(count)]
        )
        tickets = self.env["helpdesk.ticket"].create(
            [
                {
                    "name": f"Printer of {client.name}",
                    "description": "<p>Please help</p>",
                    "team_id": self.team.id,
                    "user_id": self.agent.id,
                    "partner_id": client.id,
                }
                for client in clients
            ]
        )
        self._date(tickets, 0)
        self._date(tickets.message_ids, 0)


class TestLive(DashboardCommon):
    """Open pages are told that something changed, and nothing else."""

    def _announced(self):
        """Messages on the bus since the last look: (channel, message)."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([], order="id")
        news = [
            (json.loads(row.channel)[1:], json.loads(row.message))
            for row in rows
            # What single people and tickets are told is tested in test_popup.py.
            if '"helpdesk_escalation/changed"' in row.message
        ]
        rows.unlink()
        return news

    def test_all_that_happens_to_an_incident_is_announced_once(self):
        group = self.env.ref(OWN)
        expected = (
            ["res.groups", group.id],
            {"type": "helpdesk_escalation/changed", "payload": {}},
        )
        tickets = [self._new_ticket(0) for _ in range(3)]
        self._announced()
        self._run(5)
        self.assertEqual(self._announced(), [], "nothing has happened")
        self._run(10)
        self.assertEqual(self._announced(), [expected], "opened")
        self._run(11)
        self.assertEqual(self._announced(), [], "nothing more has happened")
        self._run(30)
        self.assertEqual(self._announced(), [expected], "advanced")
        first, second, third = (self._incident(ticket) for ticket in tickets)
        (first + second).with_user(self.leader).action_confirm()
        self.assertEqual(self._announced(), [expected], "confirmed")
        first.with_user(self.leader).action_release()
        self.assertEqual(self._announced(), [expected], "released")
        self._staff_answers(tickets[0], 31)
        self.assertEqual(self._announced(), [expected], "resolved")
        third.error = "No luck"
        self.assertEqual(self._announced(), [expected], "failed")
        tickets[1].unlink()
        self.assertEqual(self._announced(), [expected], "deleted")

    def test_only_the_helpdesk_hears_it(self):
        group = self.env.ref(OWN)
        portal = self._new_user("esc_portal", "base.group_portal")
        manager = self._new_user("esc_boss", MANAGER)
        self.assertIn(group, self.agent.all_group_ids)
        self.assertIn(group, manager.all_group_ids)
        for user in portal, self.director, self.env.ref("base.public_user"):
            self.assertNotIn(group, user.all_group_ids)
