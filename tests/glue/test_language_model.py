"""A language model beside automation and handover: a tone that escalates, a summary."""

import json
from contextlib import closing

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from ..support.growth import GrowthCommon
from ..support.handover import HandoverCommon
from ..support.model_server import ModelCommon
from ..support.triggers import TriggerCommon

ANGRY = {"tone": "Angry", "quote": "This is a disgrace."}
TEXT = "<p>Nothing prints. This is a disgrace.</p>"


class TestTone(ModelCommon, TriggerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tone = cls._add_trigger("tone", step_id=cls.policy.step_ids.sorted()[1].id)

    def test_a_tone_escalates_where_a_policy_wants_it_and_says_who_says_so(self):
        self.server.say(ANGRY)
        ticket = self._new_ticket(0, description=TEXT)
        self._run(1)
        self.assertFalse(ticket.escalation_incident_ids, "nothing was read yet")
        self._ask()
        self._run(2)
        self.assertEqual(
            self._causes(ticket),
            ["Tone (language model): the model read “This is a disgrace.”"],
        )
        with closing(self.env.cr.savepoint()):
            self.env["helpdesk.escalation.erasure"]._erase_tickets(ticket)
            self.assertEqual(self._causes(ticket), ["Tone (language model)"])
        self.env.invalidate_all()
        self.assertEqual(self._told(ticket), [(self.leader, "email")])
        self._run(3)
        self.assertEqual(len(self._told(ticket)), 1, "once in a wait")

    def test_the_answer_makes_the_run_come_at_once(self):
        self.server.say(ANGRY)
        self._new_ticket(0, description=TEXT)
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        triggers.unlink()
        self._ask()
        self.assertTrue(
            self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        )

    def test_without_the_trigger_no_tone_escalates(self):
        self.tone.unlink()
        self.server.say(ANGRY)
        ticket = self._new_ticket(0, description=TEXT)
        self._ask()
        self._client_writes(ticket, 1)
        self.assertEqual(len(self._question(ticket)), 1, "no further message is read")
        self._run(2)
        self.assertFalse(ticket.escalation_incident_ids)

    def test_a_tone_that_is_not_bad_enough_or_shows_no_sentence_is_no_cause(self):
        for answer in (
            {"tone": "Annoyed", "quote": "This is a disgrace."},
            {"tone": "Angry", "quote": "You are all useless."},
            {"tone": "Angry"},
            {"tone": "Furious", "quote": "This is a disgrace."},
        ):
            with self.subTest(answer):
                self.server.say(answer)
                ticket = self._new_ticket(0, description=TEXT)
                self._ask()
                self._run(2)
                self.assertFalse(ticket.escalation_incident_ids)
        self.tone.tone = "annoyed"
        self.server.say({"tone": "Annoyed", "quote": "This is a disgrace."})
        ticket = self._new_ticket(0, description=TEXT)
        self._ask()
        self._run(2)
        self.assertTrue(ticket.escalation_incident_ids)

    def test_a_further_message_is_read_and_an_answered_one_is_not_held_against(self):
        self.server.say(ANGRY)
        ticket = self._new_ticket(0, description=TEXT)
        self._ask()
        self._staff_answers(ticket, 1)
        self._run(2)
        self.assertFalse(ticket.escalation_incident_ids)
        self._client_writes(ticket, 3)
        self.server.say({"tone": "Angry", "quote": "Is anybody there?"})
        self._ask()
        self.assertEqual(self._sent()["text"], "Is anybody there?")
        self._run(4)
        (cause,) = ticket.escalation_incident_ids.cause_ids
        self.assertEqual(cause.detail, "Is anybody there?")
        self.assertEqual(cause.message_id.body, "<p>Is anybody there?</p>")

    def test_what_somebody_has_refused_is_no_cause(self):
        self.server.say(ANGRY)
        ticket = self._new_ticket(0, description=TEXT)
        self._ask()
        ticket.with_user(self.agent).escalation_ai_proposal_ids.action_refuse()
        self._run(2)
        self.assertFalse(ticket.escalation_incident_ids)

    def test_a_calm_tone_and_a_model_that_is_away_call_nothing_off(self):
        for answer in ({"tone": "Calm"}, "no"):
            self.server.say(answer)
            ticket = self._new_ticket(0, description=TEXT)
            self._ask()
            self._run(10)
            self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_a_manager_chooses_it_in_the_policy(self):
        with Form(self.policy.with_user(self.manager)) as form:
            with form.trigger_ids.new() as line:
                line.kind = "tone"
                line.tone = "worried"
        self.assertEqual(
            self.policy.trigger_ids[-1].display_name, "Tone (language model): Worried"
        )
        self.assertNotIn("calm", dict(self.tone._selection_tone()))


class TestToneGrowth(GrowthCommon, ModelCommon, TriggerCommon):
    def test_many_readings_cost_a_run_what_few_cost(self):
        self._add_trigger("tone")

        def read(count):
            tickets = self._new_tickets(count, self.policy)
            self.proposals.create(
                [
                    {
                        "ticket_id": ticket.id,
                        "kind": "tone",
                        "value": "worried",
                        "quote": "Please help",
                    }
                    for ticket in tickets
                ]
            )
            cost = self._count_queries(self._run, 5)
            self.assertFalse(tickets.escalation_incident_ids)
            return cost

        read(2)
        few = read(10)
        self.assertLessEqual(read(40), few + 1)


class TestSummary(ModelCommon, HandoverCommon):
    POINTS = {
        "points": [
            {"text": "The printer is on fire.", "messages": [1]},
            {"text": "Nobody answers.", "messages": [2, 2, 1]},
            {"text": "Invented.", "messages": []},
            {"text": "Out of range.", "messages": [7]},
            {"text": "See https://evil.example now", "messages": [2]},
        ]
    }

    def setUp(self):
        super().setUp()
        self._client_writes(self.ticket, 5)
        self._ask()
        self.server.requests.clear()
        self.server.say(json.dumps(self.POINTS))
        self.draft = self._draft(current_state="The queue stops.")

    def test_a_summary_is_asked_for_and_comes_when_it_comes(self):
        self.assertEqual(self.draft.ai_summary_state, "none")
        action = self.draft.action_ai_summarize()
        self.assertEqual(action["res_id"], self.draft.id, "the dialog stays open")
        self.env.invalidate_all()
        self.assertEqual(self.draft.ai_summary_state, "pending")
        self.draft.action_ai_summarize()
        self._ask()
        self.assertEqual(len(self.server.requests), 1, "asked once")
        self.assertEqual(
            [one["text"] for one in self._sent()["messages"]],
            ["Please help", "Is anybody there?"],
        )
        self.assertEqual(self.draft.ai_summary_state, "ready")
        self.assertEqual(self.draft.current_state, "The queue stops.")

    def test_it_is_used_marked_and_with_the_messages_it_rests_on(self):
        self.draft.action_ai_summarize()
        self._ask()
        self.draft.action_ai_use()
        lines = self.draft.current_state.splitlines()
        self.assertEqual(
            lines[0], "Summary written by a language model (small), please check:"
        )
        self.assertEqual(
            lines[1:4],
            [
                "- The printer is on fire. [1]",
                "- Nobody answers. [1, 2]",
                "- See [link] now [2]",
            ],
        )
        self.assertRegex(
            lines[4], r"It rests on: \[1\] .*Carla Client; \[2\] .*Carla Client"
        )
        self.assertEqual(lines[-1], "The queue stops.")
        self.env.invalidate_all()
        self.assertEqual(self.draft.ai_summary_state, "none")
        self.draft.current_state = "My own words."
        self.draft.action_escalate()
        self.assertNotIn("language model", self.draft.sudo().handover_text)
        proposal = self.proposals.search([("kind", "=", "summary")])
        self.assertEqual(proposal.state, "accepted")
        self.assertEqual(proposal.decided_by_id, self.agent)

    def test_it_is_left_out(self):
        self.draft.action_ai_summarize()
        self._ask()
        self.draft.action_ai_leave()
        self.assertEqual(self.draft.current_state, "The queue stops.")
        self.assertEqual(
            self.proposals.search([("kind", "=", "summary")]).state, "refused"
        )
        with self.assertRaisesRegex(UserError, "no summary any more"):
            self.draft.action_ai_use()

    def test_it_is_no_proposal_for_the_ticket(self):
        self.draft.action_ai_summarize()
        self._ask()
        self.assertFalse(self.ticket.escalation_ai_proposal_ids)

    def test_the_handover_goes_on_without_it(self):
        self.server.hang_up()
        self.draft.action_ai_summarize()
        self._ask()
        self.draft.action_escalate()
        self.assertEqual(self.ticket.team_id, self.upper)

    def test_points_without_messages_are_no_summary(self):
        self.server.say(json.dumps({"points": self.POINTS["points"][2:4]}))
        self.draft.action_ai_summarize()
        self._ask()
        self.assertEqual(self.draft.ai_summary_state, "none")
        self.assertIn("No point names", self._question(self.ticket).reason)

    def test_only_its_author_and_only_while_it_is_on(self):
        for name in ("summarize", "show", "use", "leave"):
            with self.assertRaises(AccessError):
                getattr(self.draft.with_user(self.leader), f"action_ai_{name}")()
        self._switch_on(on=False)
        self.env.invalidate_all()
        self.assertFalse(self.draft.ai_summary_state)
        with self.assertRaisesRegex(UserError, "switched off"):
            self.draft.action_ai_summarize()
