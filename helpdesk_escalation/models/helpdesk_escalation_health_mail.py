from odoo import api, fields, models
from odoo.exceptions import UserError

from .helpdesk_escalation_incident_dashboard import NOTIFICATION
from .helpdesk_escalation_notification_queue import MAIL_QUEUE, PATIENCE_IDLE


class HelpdeskEscalationHealth(models.AbstractModel):
    """R9: why mails do not get out."""

    _inherit = "helpdesk.escalation.health"

    @api.model
    def _find_problems(self):
        return [
            *super()._find_problems(),
            self._check_mail_queue(),
            self._check_queued_mails(),
        ]

    @api.model
    def _check_mail_queue(self):
        """Say that Odoo's queue is switched off, where mails are wanted."""
        notifications = self.env[NOTIFICATION].sudo()  # mails are the system's
        if not notifications._is_mail_queue_off() or not (
            self.env["helpdesk.escalation.step"].search_count(
                [("channel", "=", "email"), ("policy_id.active", "=", True)], limit=1
            )
            or notifications.search_count(self._get_queued_domain(), limit=1)
        ):
            return None
        text = self.env._(
            "Odoo's email queue is switched off: escalation emails are not sent, and "
            "people are notified in Odoo 15 minutes later instead."
        )
        job = self.env.ref(MAIL_QUEUE, raise_if_not_found=False)
        if not job or not job.has_access("write"):
            advice = self.env._("Ask your administrator to switch it on.")
            return self._prepare_problem(
                "mail_queue_off", f"{text} {advice}", level="danger"
            )
        action = self._prepare_list(self.env._("Email Queue"), job._name, job)
        action.update(
            res_id=job.id,
            views=[[False, "form"]],
            context={"active_test": False},
        )
        return self._prepare_problem(
            "mail_queue_off", text, self.env._("Show"), "danger", action=action
        )

    @api.model
    def _get_queued_domain(self):
        return [
            ("channel", "=", "email"),
            ("state", "=", "pending"),
            ("mail_id.state", "=", "outgoing"),
        ]

    @api.model
    def _check_queued_mails(self):
        """Say that mails do not get out, though nothing is switched off."""
        notifications = self.env[NOTIFICATION].sudo()  # mails are the system's
        if notifications._is_mail_queue_off():
            return None
        long_ago = fields.Datetime.now() - PATIENCE_IDLE
        stuck = notifications.search(
            [*self._get_queued_domain(), ("queued_date", "<=", long_ago)]
        )
        # As the manager sees them.
        stuck = self.env[NOTIFICATION].search([("id", "in", stuck.ids)])
        if not stuck:
            return None
        return self._prepare_problem(
            "mails_stuck",
            self.env._(
                "Escalation emails have been in Odoo's email queue for more than 15 "
                "minutes: %s. After an hour at most, people are notified in Odoo "
                "instead. Check the outgoing mail server and what else is being sent.",
                len(stuck),
            ),
            self.env._("Show"),
            "warning",
            action=self._prepare_list(
                self.env._("Emails in the Queue"), NOTIFICATION, stuck
            ),
        )

    @api.model
    def action_switch_on(self):
        """Switch the escalation job on again; it runs at once.

        :raise AccessError: for anybody but helpdesk managers
        :raise UserError: in a neutralized copy, which is to notify nobody
        """
        self._check_manager()
        if self._is_neutralized():
            raise UserError(self._prepare_neutralized()["text"])
        return super().action_switch_on()
