"""What the client asked lately, and what comes back within the warranty."""

from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo.tests import BaseCase
from odoo.tools import mute_logger

from odoo.addons.helpdesk_escalation_handover.tools.likeness import is_alike

from ..support.handover import HandoverCommon

DAY = 24 * 60


class TestHistory(HandoverCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.done = cls.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        cls.printing, cls.network = cls.env["helpdesk.ticket.category"].create(
            [{"name": "Printing"}, {"name": "Network"}]
        )
        cls.ticket.category_id = cls.printing

    def _closed(self, opened, closed, **values):
        """A ticket opened and closed so many days ago."""
        values.setdefault("category_id", self.printing.id)
        ticket = self._new_ticket(-opened * DAY, **values)
        ticket.stage_id = self.done
        ticket.closed_date = self.t0 - timedelta(days=closed)
        return ticket

    def _lines(self, draft):
        return draft.history_ids.grouped("ticket_id")

    def test_what_was_closed_within_the_warranty_is_marked(self):
        like = self._closed(30, 5)
        other = self._closed(10, 3, category_id=self.network.id)
        still_open = self._new_ticket(-2 * DAY, category_id=self.printing.id)
        too_old = self._closed(40, 20)
        lines = self._lines(self._draft())
        self.assertEqual(set(lines), {like, other, still_open})
        self.assertNotIn(too_old, lines)
        self.assertTrue(lines[like].is_within_warranty)
        self.assertFalse(lines[other].is_within_warranty)
        self.assertFalse(lines[still_open].is_within_warranty)
        self.assertTrue(lines[like].closed_date)

    def test_the_team_says_how_long(self):
        like = self._closed(60, 20)
        self.assertEqual(self.team.escalation_handover_days, 14)
        draft = self._draft()
        self.assertFalse(draft.history_ids)
        self.assertEqual(draft.history_days, 14)
        self.team.escalation_handover_days = 90
        draft = self._draft()
        self.assertEqual(draft.history_days, 90)
        self.assertTrue(self._lines(draft)[like].is_within_warranty)

    @mute_logger("odoo.sql_db")
    def test_at_least_a_day(self):
        with self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self.team.escalation_handover_days = 0
            self.env.flush_all()

    def test_one_click_refers_to_it(self):
        like = self._closed(30, 5, name="Printer was on fire")
        draft = self._draft()
        self.assertIn("Within warranty: ", draft.warranty_text)
        self.assertIn(like.display_name, draft.warranty_text)
        self.assertTrue(draft.may_relate_warranty)
        action = draft.action_relate_warranty()
        self.assertEqual(action["res_id"], draft.id, "the dialog stays")
        self.assertFalse(draft.may_relate_warranty)
        self.assertEqual(draft.history_ids.filtered("is_related").ticket_id, like)
        self.assertIn("Printer was on fire", draft.handover_text)
        self.assertIn("within warranty", draft.handover_text)
        draft.action_escalate()
        handover = draft.sudo()
        self.assertEqual(handover.history_ids.ticket_id, like)
        body = str(handover.with_user(self.manager)._render_body())
        self.assertIn("within warranty", body)
        self.assertIn("closed on", body)

    def test_of_another_client_nothing_is_shown(self):
        stranger = self.env["res.partner"].create({"name": "Somebody else"})
        self._closed(10, 3, partner_id=stranger.id)
        draft = self._draft()
        self.assertFalse(draft.history_ids or draft.warranty_text)

    def test_without_a_category_nothing_is_alike(self):
        self.ticket.category_id = False
        self._closed(10, 3, category_id=False)
        draft = self._draft()
        self.assertEqual(len(draft.history_ids), 1)
        self.assertFalse(draft.history_ids.is_within_warranty)

    def test_what_was_reopened_is_not_closed(self):
        ticket = self._closed(10, 3)
        ticket.stage_id = self.ticket.stage_id
        self.assertFalse(self._draft().history_ids.is_within_warranty)

    def test_a_category_set_later_counts_when_the_dialog_opens_again(self):
        self.ticket.category_id = self.network
        like = self._closed(10, 3)
        draft = self._draft()
        self.assertFalse(self._lines(draft)[like].is_within_warranty)
        self.ticket.category_id = self.printing
        draft = self._draft()
        self.assertTrue(self._lines(draft)[like].is_within_warranty)


class TestLikeness(BaseCase):
    """Of modules beside the host too: products, and types of tickets."""

    test_tags = {"standard", "at_install"}

    def test_what_is_alike(self):
        for one, other in (
            ({"category_id": 1}, {"category_id": 1}),
            ({"category_id": 1, "type_id": 7}, {"category_id": 1, "type_id": False}),
            ({"product_id": 3, "type_id": 7}, {"product_id": 3, "type_id": 7}),
            ({"category_id": 1, "product_id": 3}, {"category_id": 1}),
        ):
            with self.subTest(one=one, other=other):
                self.assertTrue(is_alike(one, other))
                self.assertTrue(is_alike(other, one))

    def test_what_is_not(self):
        for one, other in (
            ({}, {}),
            ({"category_id": False}, {"category_id": False}),
            ({"category_id": 1}, {"category_id": 2}),
            ({"category_id": 1, "type_id": 7}, {"category_id": 1, "type_id": 8}),
            ({"category_id": 1, "product_id": 3}, {"category_id": 1, "product_id": 4}),
            ({"type_id": 7}, {"type_id": 7}),
        ):
            with self.subTest(one=one, other=other):
                self.assertFalse(is_alike(one, other))
                self.assertFalse(is_alike(other, one))
