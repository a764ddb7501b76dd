from odoo import models

from ..tools.locks import lock_rows


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        """Marking an escalation's activity done means "I'm on it" (R10)."""
        escalation_type = self.env["helpdesk.escalation.notification"]._activity_type()
        escalations = self.filtered(lambda a: a.activity_type_id == escalation_type)
        incidents = self.env["helpdesk.escalation.incident"]
        if escalations:
            incidents = (
                self.env["helpdesk.escalation.notification"]
                .sudo()
                .search([("activity_id", "in", escalations.ids)])
                .incident_id
            )
            # Before all else, as everybody does: two who wait for each other's rows
            # would both be stopped.
            lock_rows(incidents, wait=True)
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        for incident in incidents:
            if incident._may_confirm(self.env.user):
                incident._confirm(self.env.user, "activity")
        return result
