from odoo import models


class HelpdeskEscalationNotification(models.Model):
    """Its mails are filed on the incident, and face inward as that does."""

    _inherit = "helpdesk.escalation.notification"
    _faces_inward = True

    def _keep_colleagues(self, partner_ids):
        return self.incident_id._keep_colleagues(partner_ids)

    def _check_recipients(self, partners):
        return self.incident_id._check_recipients(partners)
