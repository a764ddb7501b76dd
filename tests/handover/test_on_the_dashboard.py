"""Handovers on the dashboard: first, and with a word to who may not take them."""

from ..support.handover import HandoverCommon


class TestOnTheDashboard(HandoverCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.others = [cls._new_ticket(0, name=f"Ticket {n}") for n in range(2)]

    def setUp(self):
        super().setUp()
        self._run(30)
        self._escalate(minute=31)
        self.handed = self.incidents.search([("kind", "=", "manual")])

    def test_who_was_asked_for_help_comes_first(self):
        cards = self.incidents.search([("state", "=", "active")])
        self.assertGreater(len(cards), 2)
        self.assertEqual(cards[0], self.handed, "though others have waited longer")

    def test_whoever_handed_it_over_reads_why_there_is_no_button(self):
        self.assertFalse(self.handed.with_user(self.expert).confirm_refusal)
        self.ticket.message_subscribe(self.agent.partner_id.ids)
        card = self.handed.with_user(self.agent)
        self.assertFalse(card.may_confirm)
        self.assertIn("You handed it over", card.confirm_refusal)

    def test_taken_among_others_it_is_kept_as_taken(self):
        mine = self.handed + self._incident(self.others[0])
        self.assertIs(mine.with_user(self.manager).action_confirm(), True)
        self.assertEqual(self.handed.handover_id.outcome, "taken")
        self.assertEqual(self.handed.handover_id.outcome_user_id, self.manager)
