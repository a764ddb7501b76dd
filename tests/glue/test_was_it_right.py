"""Was it right? What raised an alarm is judged by what people did about it."""

from odoo.tools import SQL

from ..support.health import HealthCommon
from ..support.triggers import TriggerCommon
from ..support.waiver import WaiverCommon


class TestWasItRight(WaiverCommon, HealthCommon, TriggerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._add_trigger("keyword", keywords="refund")
        cls.report = cls.env["helpdesk.escalation.cause.report"]

    def _raise(self, count, name="Refund"):
        tickets = self.env["helpdesk.ticket"]
        for _number in range(count):
            tickets += self._new_ticket(0, name=name)
        self._run(1)
        return tickets

    def _get_figures(self):
        self.env.flush_all()
        return self.report._read_group(
            [], ["kind"], ["__count", "is_right:avg", "is_wrong:avg"]
        )

    def test_acted_on_or_dismissed_and_nothing_said_of_the_rest(self):
        confirmed, answered, waived, both, muted, untouched = self._raise(6)
        for ticket in (confirmed, both):
            self._incident(ticket)._confirm(self.agent, "ticket")
        self._staff_answers(answered, 2)
        self._waive(3, waived)
        self._waive(3, both)
        muted.escalation_muted = True
        self._run(4)
        self.assertEqual(self._get_figures(), [("keyword", 6, 0.5, 0.5)])
        rows = self.report.search([])
        verdicts = {row.ticket_id: row.verdict for row in rows}
        self.assertEqual(verdicts[confirmed], "right")
        self.assertEqual(verdicts[answered], "right")
        self.assertEqual(verdicts[waived], "wrong")
        self.assertEqual(verdicts[both], "wrong")
        self.assertFalse(verdicts[muted] or verdicts[untouched])
        self.assertEqual(set(rows.mapped("detail")), {"refund"})

    def test_only_causes_on_tickets_that_the_reader_may_see(self):
        self._raise(1)
        stranger = self._new_user(
            "esc_stranger", "helpdesk_mgmt.group_helpdesk_user_own"
        )
        self.env.flush_all()
        self.assertEqual(self.report.with_user(self.manager).search_count([]), 1)
        self.assertEqual(self.report.with_user(stranger).search_count([]), 0)

    def test_what_cries_wolf_is_proposed_to_be_switched_off(self):
        tickets = self._raise(12)
        for ticket in tickets[:5]:
            self._waive(2, ticket)
        self._staff_answers(tickets[5], 3)
        self.assertNotIn("crying_wolf", self._problems(), "too few to say")
        for ticket in tickets[6:]:
            self._waive(4, ticket)
        problem = self._problems()["crying_wolf"]
        self.assertIn("Keyword (11 of 12)", problem["text"])
        action = problem["button"]["action"]
        self.assertEqual(self.report.search_count(action["domain"]), 12)
        self.assertNotIn("crying_wolf", self._problems(self.agent))

    def test_what_is_mostly_right_is_left_alone(self):
        tickets = self._raise(12)
        for ticket in tickets[:6]:
            self._waive(2, ticket)
        for ticket in tickets[6:]:
            self._staff_answers(ticket, 3)
        self._run(4)
        self.assertNotIn("crying_wolf", self._problems())

    def test_another_addon_adds_what_it_proposes(self):
        ticket = self._raise(1)

        def get_sources(report):
            return [
                *original(report),
                SQL(
                    "SELECT id, id AS ticket_id, create_date AS date, "
                    "'proposal' AS kind, 'Priority' AS detail, "
                    "NULL::int AS policy_id, TRUE AS is_right "
                    "FROM helpdesk_ticket WHERE id = %s",
                    ticket.id,
                ),
            ]

        original = type(self.report)._get_sources
        self.patch(type(self.report), "_get_sources", get_sources)
        figures = {kind: rest for kind, *rest in self._get_figures()}
        self.assertEqual(figures["proposal"], [1, 1, 0])
        self.assertEqual(figures["keyword"][0], 1)
        ids = self.report.search([]).ids
        self.assertEqual(len(set(ids)), 2)
