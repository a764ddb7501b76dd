from datetime import timedelta

from odoo import api, fields, models

from .helpdesk_escalation_heartbeat import OLD
from .ir_cron import JOB

DELIVERY = "helpdesk.escalation.webhook.delivery"
HEARTBEAT = "helpdesk.escalation.heartbeat"
# What failed longer ago is in the log alone.
DAYS = 7


class HelpdeskEscalationHealth(models.AbstractModel):
    """Webhooks and heartbeats that do not arrive, while they are wanted."""

    _inherit = "helpdesk.escalation.health"

    @api.model
    def _find_problems(self):
        return [
            *super()._find_problems(),
            self._check_delivery_job(),
            self._check_deliveries(),
            self._check_heartbeats(),
        ]

    @api.model
    def _check_delivery_job(self):
        # Sudo: managers need not read scheduled actions.
        job = self.env.ref(JOB, raise_if_not_found=False)
        if not job or job.sudo().active or not self._is_anybody_informed():
            return None
        return self._prepare_problem(
            "webhook_job_off",
            self.env._(
                "Webhooks and heartbeats are not called: their job is switched off."
            ),
            self.env._("Switch On"),
            "warning",
            method="action_switch_on_webhooks",
        )

    @api.model
    def _is_anybody_informed(self):
        return bool(
            self.env["helpdesk.escalation.webhook"]._get_listeners()
            or self.env[HEARTBEAT]._get_active_ids()
        )

    @api.model
    def action_switch_on_webhooks(self):
        """Switch the job that calls webhooks and heartbeats on again.

        :raise AccessError: for anybody but helpdesk managers
        """
        self._check_manager()
        # Sudo: managers need not read scheduled actions.
        job = self.env.ref(JOB).sudo()
        job.active = True
        job._trigger()
        return True

    @api.model
    def _check_deliveries(self):
        """Find what has failed for good in the last days, and was not sent again."""
        failed = [
            ("state", "=", "failed"),
            ("write_date", ">=", fields.Datetime.now() - timedelta(days=DAYS)),
            ("webhook_id.active", "=", True),
        ]
        groups = self.env[DELIVERY]._read_group(failed, ["webhook_id"], ["__count"])
        if not groups:
            return None
        return self._prepare_problem(
            "webhooks",
            self.env._(
                "Webhook messages that were not delivered in 24 hours: %s. Check the "
                "receiver, then select them and press Send Again.",
                self._join(f"{webhook.name} ({count})" for webhook, count in groups),
            ),
            self.env._("Show"),
            "warning",
            action=self._prepare_list(
                self.env._("Failed Deliveries"), DELIVERY, failed
            ),
        )

    @api.model
    def _check_heartbeats(self):
        """Find addresses that are called in vain for a while, not just once."""
        failing = self.env[HEARTBEAT].search(
            [
                ("active", "=", True),
                ("error", "!=", False),
                "|",
                ("call_date", "=", False),
                ("call_date", "<", fields.Datetime.now() - OLD),
            ]
        )
        if not failing:
            return None
        return self._prepare_problem(
            "heartbeats",
            self.env._(
                "Heartbeats that do not arrive: %s.",
                self._join(f"{one.name} ({one.error.rstrip('.')})" for one in failing),
            ),
            self.env._("Show"),
            "warning",
            action=self._prepare_list(self.env._("Heartbeats"), HEARTBEAT, failing),
        )
