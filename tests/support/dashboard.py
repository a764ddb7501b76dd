"""What the tests of the dashboard and of what it says share."""

from datetime import timedelta

from odoo import fields

from .common import OWN, TEAM, EscalationCommon


class DashboardCommon(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What a database may hold of its own is not our story.
        cls.env["helpdesk.escalation.policy"].search([]).filtered(
            lambda policy: policy != cls.policy
        ).action_archive()

    @classmethod
    def _date_to(cls, records, moment):
        """Move the creation of records to a moment."""
        cls._date(records, (moment - cls.t0) / timedelta(minutes=1))

    def _dashboard(self, user):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.incidents.with_user(user).get_dashboard()

    def _tiles(self, user):
        return {tile["name"]: tile for tile in self._dashboard(user)["tiles"]}

    def _figures(self, user):
        return {name: tile["value"] for name, tile in self._tiles(user).items()}

    def _listed(self, user, action):
        """What the web client lists for an action."""
        self.assertEqual(action["type"], "ir.actions.act_window")
        model = self.env[action["res_model"]].with_user(user)
        return model.browse(
            row["id"]
            for row in model.web_search_read(action["domain"], {"id": {}})["records"]
        )


class FiguresCommon(DashboardCommon):
    """Incidents of each kind that a figure counts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls._new_user("esc_own", OWN)
        cls.stranger = cls._new_user("esc_stranger", TEAM)
        cls.tickets = {
            name: cls._new_ticket(0, name=name)
            for name in ("waits", "own", "taken", "silent", "unmailed", "done", "past")
        }
        cls.tickets["own"].user_id = cls.own

    def setUp(self):
        super().setUp()
        self._run(10)
        by_name = {name: self._incident(t) for name, t in self.tickets.items()}
        by_name["taken"]._confirm(self.leader, "ticket")
        by_name["silent"].nobody_reached = True
        by_name["unmailed"].notification_ids.write(
            {"channel": "email", "state": "failed"}
        )
        by_name["done"]._resolve("answered")
        by_name["past"]._resolve("closed")
        by_name["past"].resolved_date = fields.Datetime.now() - timedelta(days=2)
