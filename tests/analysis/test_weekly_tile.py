"""The manager's tile on the dashboard."""

from ..support.dashboard import FiguresCommon


class TestWeeklyTile(FiguresCommon):
    def test_a_manager_sees_this_week_against_the_last(self):
        ages = zip(self.tickets.values(), (0, 1, 6, 7, 8, 13, 14), strict=True)
        for ticket, days in ages:
            self._date(self._incident(ticket), -days * 24 * 60)
        tile = self._tiles(self.manager)["week"]
        self.assertEqual(tile["value"], 3)
        self.assertEqual(tile["trend"], [1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1])
        self.assertEqual(tile["label"], "Last 7 days (previous: 3)")
