from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.helpdesk_escalation.models.groups import MANAGER_GROUP

DAYS = 7
THIS_WEEK = [("create_date", ">=", f"today -{DAYS - 1}d")]


class HelpdeskEscalationIncident(models.Model):
    """The manager's tile: how many incidents opened this week, against the last."""

    _inherit = "helpdesk.escalation.incident"

    @api.model
    def _get_dashboard_tiles(self):
        tiles = super()._get_dashboard_tiles()
        if self.env.user.has_group(MANAGER_GROUP):
            tiles.append(self._prepare_weekly_tile())
        return tiles

    @api.model
    def _prepare_weekly_tile(self):
        """Prepare a tile of the user's last seven days, with a line of fourteen."""
        counts = self._count_by_day(2 * DAYS)
        label = self.env._("Last 7 days (previous: %s)", sum(counts[:DAYS]))
        tile = self._prepare_tile("week", label, self._name, THIS_WEEK, "")
        return {**tile, "trend": counts}

    @api.model
    def _count_by_day(self, days):
        """Count the incidents opened on each of the user's last days.

        :rtype: list[int]
        """
        today = fields.Date.context_today(self)
        rows = self._read_group(
            [("create_date", ">=", f"today -{days - 1}d"), ("is_leading", "=", True)],
            ["create_date:day"],
            ["__count"],
        )
        counts = {moment.date(): count for moment, count in rows}
        return [
            counts.get(today - timedelta(days=before), 0)
            for before in reversed(range(days))
        ]
