from odoo import models


class SmsTracker(models.Model):
    _inherit = "sms.tracker"

    def _action_update_from_provider_error(self, provider_error):
        """Keep that a text of ours did not arrive; the run sees to it.

        What the queue meets itself, the text's own state says: nothing of ours is
        written then, as a lock of somebody else would have it send all again.
        """
        result = super()._action_update_from_provider_error(provider_error)
        if "sms_known_failure_reason" in self.env.context:
            return result
        lines = self.env["helpdesk.escalation.notification"].sudo()
        lines = lines.search(
            [
                ("sms_uuid", "in", self.mapped("sms_uuid")),
                ("state", "in", ("pending", "sent")),
            ]
        )
        if lines:
            lines.sms_failure = self.env._("The SMS was not delivered.")
            self.env["helpdesk.escalation.engine"]._trigger_run()
        return result
