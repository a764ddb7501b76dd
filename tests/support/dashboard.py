"""What the tests of the dashboard and of what it says share."""

from .common import EscalationCommon


class DashboardCommon(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What a database may hold of its own is not our story.
        cls.env["helpdesk.escalation.policy"].search([]).filtered(
            lambda policy: policy != cls.policy
        ).action_archive()

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
