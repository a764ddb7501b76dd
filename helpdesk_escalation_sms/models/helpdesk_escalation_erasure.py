from odoo import api, models

from odoo.addons.helpdesk_escalation.tools.erasing import Words

NOTIFICATION = "helpdesk.escalation.notification"


class HelpdeskEscalationErasure(models.AbstractModel):
    """S16: what the provider answered, and texts that Odoo has kept with numbers."""

    _inherit = "helpdesk.escalation.erasure"

    @api.model
    def _get_words(self):
        return [
            *super()._get_words(),
            Words(
                NOTIFICATION,
                fields=("sms_failure",),
                incidents="incident_id",
                users=("user_id",),
                of_notifications=True,
            ),
        ]

    @api.model
    def _remove_from(self, incidents, of_notifications, why):
        result = super()._remove_from(incidents, of_notifications, why)
        if of_notifications:
            # Of what is over none is still to be sent.
            incidents.notification_ids.sms_id.unlink()
        return result
