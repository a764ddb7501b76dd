"""One ticket is one case on screen, whatever incidents are behind it."""

from ast import literal_eval

from lxml import etree

from ..support.dashboard import DashboardCommon
from ..support.growth import GrowthCommon
from ..support.handover import HANDOVER, HandoverCommon


class TestOneCase(HandoverCommon, DashboardCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.watch.active = True

    def setUp(self):
        super().setUp()
        self._run(10)
        self.automatic = self._incident(self.ticket)
        self.manual = self._escalate(minute=15, to_user_id=self.expert.id)
        self.both = self.automatic + self.manual

    def test_one_card_one_figure_and_one_line_stand_for_both(self):
        self.assertEqual(set(self.both.mapped("state")), {"active"})
        self.assertEqual(self.both.filtered("is_leading"), self.manual)
        tile = self._tiles(self.manager)["active"]
        self.assertEqual(tile["value"], 1)
        self.assertEqual(self._listed(self.manager, tile["action"]), self.manual)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_escalation.helpdesk_escalation_incident_action"
        )
        action["domain"] = [("is_leading", "=", True)]
        self.assertEqual(self._listed(self.manager, action), self.manual)
        self.assertEqual(
            self.incidents.search([("is_leading", "=", False)]), self.automatic
        )
        self.assertEqual(self.upper.escalation_active_count, 1)

    def test_one_banner_says_who_has_it_and_that_the_client_waits(self):
        seen = self.ticket.with_user(self.expert)
        self.assertEqual(seen.escalation_incident_id, self.manual)
        self.assertEqual(seen.escalation_status, "active")
        self.assertTrue(seen.escalation_may_confirm)
        for words in (
            "esc_agent handed this over to esc_expert",
            "Nobody has taken it yet",
            "Client waiting since",
        ):
            self.assertIn(words, seen.escalation_status_text)

    def test_whoever_handed_over_is_not_asked_to_take_it(self):
        other = self._new_ticket(0, name="Another one")
        self._run(16)
        self._escalate(other, user=self.manager, minute=17)
        seen = other.with_user(self.manager)
        self.assertEqual(seen.escalation_status, "active")
        self.assertFalse(seen.escalation_may_confirm or seen.escalation_may_assign)
        self.assertTrue(seen.escalation_may_de_escalate)

    def test_one_click_takes_all_and_is_told_once(self):
        self.manual.with_user(self.expert).action_confirm()
        self.assertEqual(set(self.both.mapped("state")), {"confirmed"})
        self.assertEqual(self.both.confirmed_by_id, self.expert)
        self.assertEqual(self.manual.handover_id.outcome, "taken")
        said = [note for note in self._notes(self.ticket) if "is on it" in note]
        self.assertEqual(said, ["esc_expert is on it."])
        self.assertIn(
            "esc_expert has been on it since",
            self.ticket.with_user(self.leader).escalation_status_text,
        )
        self.manual.with_user(self.expert).action_release()
        self.assertEqual(set(self.both.mapped("state")), {"active"})

    def test_a_manager_reopens_or_takes_over_all_of_it_with_one_click(self):
        ticket = self.ticket.with_user(self.manager)
        self.manual.with_user(self.expert).action_confirm()
        self.assertIs(ticket.action_escalation_reopen(), True, "nothing came too late")
        self.assertEqual(set(self.both.mapped("state")), {"active"})
        self.manual.with_user(self.expert).action_confirm()
        self.assertIs(ticket.action_escalation_take_over(), True)
        self.assertEqual(self.both.confirmed_by_id, self.manager)
        notes = [one for one in self._notes(self.ticket) if "taken over from" in one]
        self.assertEqual(len(notes), 1)

    def test_by_whatever_of_them_it_is_taken(self):
        self.automatic.with_user(self.expert).action_confirm()
        self.assertEqual(set(self.both.mapped("state")), {"confirmed"})
        self.assertEqual(self.manual.handover_id.outcome, "taken")

    def test_one_next_moment_is_the_first_of_all(self):
        self.watch.step_ids.sorted()[0].delay = 25
        coming = self.both._find_next()
        self.assertEqual(len(coming), 2, "each has its own")
        first = min(moment for _step, moment in coming.values())
        self.assertEqual(self.manual.next_date, first)
        self.assertEqual(self.automatic.next_date, first)
        found = self.ticket._find_escalation_next()[self.ticket]
        self.assertEqual(found[1], first)

    def test_notifying_now_fires_what_comes_first(self):
        coming = self.both._find_next()
        first = min(coming, key=lambda one: coming[one][1])
        before = len(first.notification_ids)
        self.manual.with_user(self.expert).action_escalate_now()
        self.assertGreater(len(first.notification_ids), before)

    def test_one_story_is_told_of_both(self):
        self.manual.with_user(self.expert).action_confirm()
        titles = [stop["title"] for stop in self.manual._get_story()]
        self.assertEqual(
            titles, [stop["title"] for stop in self.automatic._get_story()]
        )
        self.assertEqual(titles.count("esc_expert is on it"), 1)
        self.assertTrue(any("handed this over" in title for title in titles))
        self.assertEqual(
            self.ticket.with_user(self.manager).escalation_history.count("<section"), 1
        )

    def test_the_alarm_of_whoever_handed_over_goes(self):
        self.assertFalse(self._activities(self.agent))
        self.assertTrue(self._activities(self.expert))
        self.assertFalse(self.ticket.with_user(self.agent).escalation_to_me)

    def test_that_it_was_sent_back_is_seen_to_by_escalating_again(self):
        self._give_back(self.manual, self.expert, "send_back")
        self.assertTrue(self._activities(self.agent))
        self._escalate(minute=20, to_user_id=self.expert.id)
        self.assertFalse(self._activities(self.agent))

    def test_the_receiver_has_one_alarm(self):
        """Also where the policy had notified them of the same ticket before."""
        self.policy.step_ids[1].channel = "activity"
        other = self._new_ticket(0, name="Another one")
        self._run(30)
        self.assertEqual(len(self._activities(self.leader, other)), 1)
        self._escalate(other, minute=31, to_team_id=False, to_user_id=self.leader.id)
        (alarm,) = self._activities(self.leader, other)
        self.assertIn("hands a ticket over to you", alarm.summary)

    def test_what_nobody_has_taken_comes_before_what_somebody_has(self):
        self.manual.with_user(self.expert).action_confirm()
        self._staff_answers(self.ticket, 20, user=self.expert)
        self._run(21)
        self.assertEqual(self.automatic.state, "resolved")
        self.assertFalse(self.automatic.is_leading, "the case goes on")
        self.assertEqual(self._figures(self.manager)["resolved_today"], 0)
        self._client_writes(self.ticket, 22)
        self._run(60)
        again = self.incidents.search(
            [("ticket_id", "=", self.ticket.id), ("state", "=", "active")]
        )
        self.assertTrue(again.is_leading)
        self.assertFalse(self.manual.is_leading)
        self.assertEqual(self.ticket.escalation_status, "active")
        self.assertEqual(again.joint_id, self.automatic, "one story all along")

    def test_the_next_tier_goes_on_with_the_same_story(self):
        top = self.env["helpdesk.ticket.team"].create(
            {"name": "Vendor", "user_id": self.manager.id}
        )
        self.upper.parent_id = top
        further = self._escalate(user=self.expert, minute=20)
        self.assertEqual(self.manual.resolution, "escalated_further")
        self.assertEqual(further.joint_id, self.automatic)
        self.assertTrue(further.is_leading)
        self.assertFalse(self.manual.is_leading)

    def test_a_policy_that_stays_with_the_ticket_is_named(self):
        other = self._new_ticket(0, name="Another one")
        self._run(20)
        self.upper.escalation_policy_id = False
        draft = self._draft(other)
        words = "No escalation policy applies in Engineering"
        self.assertIn(words, draft.kept_policy_text)
        self.assertIn("Standard", draft.kept_policy_text)
        with self._at(21):
            draft.action_escalate()
        self.assertEqual(other.escalation_policy_id, self.policy)
        self.assertTrue(any(words in note for note in self._notes(other)))

    def test_a_card_of_what_was_handed_over_says_since_when_the_client_waits(self):
        self.assertEqual(self.manual.client_waiting_since, self.automatic.anchor_date)
        self.assertFalse(self.automatic.client_waiting_since)

    def test_who_looks_for_handovers_finds_the_case_whatever_leads(self):
        view = self.env.ref(
            "helpdesk_escalation_handover."
            "helpdesk_escalation_incident_view_search_handover"
        )
        arch = etree.fromstring(view.arch)
        (domain,) = arch.xpath("//filter[@name='by_hand']/@domain")
        self.assertEqual(self.incidents.search(literal_eval(domain)), self.both)

    def test_a_handover_that_nobody_has_taken_says_so(self):
        handover = self.manual.handover_id
        self.assertEqual(handover.outcome_state, "not_taken")
        self.manual.with_user(self.expert).action_confirm()
        self.assertEqual(handover.outcome_state, "taken")

    def test_nothing_is_said_where_the_receivers_have_a_policy(self):
        self.assertFalse(self._draft(self._new_ticket(0)).kept_policy_text)


class TestOneCaseCosts(HandoverCommon, GrowthCommon):
    def _look(self):
        cards = self.incidents.with_user(self.manager)
        cards.web_search_read(
            [("is_leading", "=", True), ("state", "!=", "resolved")],
            {
                name: {}
                for name in (
                    "cause_text",
                    "may_confirm",
                    "may_waive",
                    "next_label",
                    "next_date",
                    "notified_user_ids",
                    "step_label",
                )
            },
        )
        tickets = cards.search([]).ticket_id
        tickets.mapped("escalation_status_text")

    def test_more_cards_cost_no_more_queries(self):
        counts = []
        for count in (2, 6):
            tickets = self._new_tickets(count, self.in_app)
            self._run(10)
            for ticket in tickets:
                draft = self._draft(ticket)
                draft.write(HANDOVER)
                draft.action_escalate()
            counts.append(self._count_queries(self._look))
        self.assertLessEqual(counts[1], counts[0])
