"""What the tests of closing that needs a sign-off share."""

from odoo.exceptions import RedirectWarning

from .common import EscalationCommon


class SignOffCommon(EscalationCommon):
    """The policy of the team wants a sign-off, and a ticket waits under it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.closing_sign_off = True
        cls.ticket = cls._new_ticket(0)
        stages = cls.env["helpdesk.ticket.stage"]
        cls.closed = stages.search([("closed", "=", True)], limit=1)
        cls.progress = stages.search([("closed", "=", False)])[1]

    def _requests(self, ticket=None):
        return (ticket or self.ticket).activity_ids.filtered(
            lambda activity: activity.activity_type_id
            == self.env.ref("helpdesk_escalation_sign_off.mail_activity_type_sign_off")
        )

    def _stopped(self, deed):
        """Somebody is stopped kindly; what they were told, and the button."""
        with self.assertRaises(RedirectWarning) as caught, self.env.cr.savepoint():
            deed()
        self.env.invalidate_all()
        return caught.exception.args

    def _cannot_close(self, ticket=None, user=None):
        mine = (ticket or self.ticket).with_user(user or self.agent)
        self._stopped(lambda: mine.write({"stage_id": self.closed.id}))
