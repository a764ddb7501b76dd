"""What the tests of the health share."""

from odoo import fields

from .dashboard import DashboardCommon


class HealthCommon(DashboardCommon):
    """One watched team, a job that has just run, and a mail server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron.sudo().lastcall = fields.Datetime.now()
        # Tickets of other teams are not our story.
        cls.env["helpdesk.ticket.team"].search([]).filtered(
            lambda team: team != cls.team
        ).action_archive()
        cls.env["ir.mail_server"].create(
            {"name": "Post office", "smtp_host": "mail.example"}
        )

    def _problems(self, user=None):
        problems = self._dashboard(user or self.manager)["problems"]
        return {problem["name"]: problem for problem in problems}

    def _one(self, name):
        """The one problem there is."""
        problems = self._problems()
        self.assertEqual(set(problems), {name})
        return problems[name]

    def _shown(self, problem):
        return self._listed(self.manager, problem["button"]["action"])

    def _press(self, problem):
        method = problem["button"]["method"]
        health = self.env["helpdesk.escalation.health"].with_user(self.manager)
        return getattr(health, method)()
