from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _escalation_unreachable_reason(self, ticket, channel):
        reason = super()._escalation_unreachable_reason(ticket, channel)
        if reason or channel != "sms":
            return reason
        return self._escalation_get_sms_obstacle()

    def _escalation_get_sms_obstacle(self):
        """Say why no SMS can reach a person; False where one can."""
        partner = self.partner_id
        if not partner.phone:
            return self.env._("No phone number.")
        if not partner.phone_sanitized:
            return self.env._("No valid phone number.")
        return False
