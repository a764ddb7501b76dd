from odoo import api, fields, models


class HelpdeskEscalationIncident(models.Model):
    """One cause, many tickets: the incident of one stands for those of all."""

    _inherit = "helpdesk.escalation.incident"

    same_cause_count = fields.Integer(
        compute="_compute_same_cause_count",
        string="Tickets with the Same Cause",
        help="How many other tickets this escalation stands for.",
    )

    @api.depends("state", "ticket_id.escalation_same_cause_ids")
    def _compute_same_cause_count(self):
        for incident in self:
            incident.same_cause_count = (
                incident.state != "resolved"
                and incident.ticket_id.escalation_same_cause_count
            )

    def action_same_cause(self):
        """Say that tickets have the same cause: opens a small dialog."""
        self.check_access("read")
        return self.ticket_id.action_escalation_same_cause()

    def _resolve(self, resolution):
        """The clients of the others wait again, and the run sees to it (R1)."""
        result = super()._resolve(resolution)
        # Sudo: whoever has ended it may not see the others.
        others = self.env["helpdesk.ticket"].sudo()
        if self and others.search_count(
            [("escalation_cause_ticket_id", "in", self.ticket_id.ids)], limit=1
        ):
            self.env["helpdesk.escalation.engine"].sudo()._trigger_run()
        return result
