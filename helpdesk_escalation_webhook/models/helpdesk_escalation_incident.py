import logging

from odoo import SUPERUSER_ID, api, models

from odoo.addons.helpdesk_escalation.tools.contention import is_contention

_logger = logging.getLogger(__name__)


class HelpdeskEscalationIncident(models.Model):
    """What happens on an incident that webhooks are informed of."""

    _inherit = "helpdesk.escalation.incident"

    @api.model_create_multi
    def create(self, vals_list):
        incidents = super().create(vals_list)
        incidents._inform_webhooks("incident.opened")
        return incidents

    def write(self, vals):
        user_id = vals.get("confirmed_by_id")
        if not user_id:
            return super().write(vals)
        # Also where somebody takes over from somebody else, or snoozes it.
        taken = self.filtered(
            lambda one: one.confirmed_by_id.id != user_id or vals.get("snoozed_until")
        )
        result = super().write(vals)
        taken._inform_webhooks("incident.confirmed")
        return result

    def unlink(self):
        # Who was informed that it is open must not wait for its end.
        self.filtered(lambda one: one.state != "resolved")._inform_webhooks(
            "incident.resolved", is_deleted=True
        )
        return super().unlink()

    def _notify(self, values, stories):
        notifications = super()._notify(values, stories)
        fired = {}
        for line in notifications:
            if (line.step_id or line.is_fallback) and not line.received_as:
                key = line.incident_id.id, line.step_id.id, line.step_name
                fired.setdefault(key, []).append(line)
        self._inform_webhooks("incident.step_fired", fired=fired)
        return notifications

    def _resolve(self, resolution):
        ended = self.filtered(lambda one: one.state != "resolved")
        result = super()._resolve(resolution)
        ended._inform_webhooks("incident.resolved")
        return result

    def _inform_webhooks(self, event, **details):
        """Keep what has happened for those who are informed of it.

        No fault of it stops an escalation.

        :param str event: what has happened
        :param details: what else to say of it, see ``_prepare_deliveries``
        """
        webhooks = self.env["helpdesk.escalation.webhook"]
        if not self or not webhooks._get_listeners():
            return
        try:
            with self.env.cr.savepoint():
                # As the system, whoever is at work.
                webhooks.with_user(SUPERUSER_ID)._add_deliveries(
                    self.ids, event, **details
                )
        except Exception as error:
            if is_contention(error):
                raise
            _logger.exception("Webhooks are not informed of %s: %s", self, event)
