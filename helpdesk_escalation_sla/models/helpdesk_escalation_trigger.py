from odoo import fields, models

MAX_MINUTES = 365 * 24 * 60


class HelpdeskEscalationTrigger(models.Model):
    _inherit = "helpdesk.escalation.trigger"

    kind = fields.Selection(selection_add=[("sla", "SLA")], ondelete={"sla": "cascade"})
    sla_minutes = fields.Integer(
        string="Minutes Before the Deadline",
        help="So many minutes before a deadline of the ticket's SLA passes, while the "
        "client waits. 0: when it has passed.",
    )

    _sla_minutes_range = models.Constraint(
        f"CHECK (sla_minutes BETWEEN 0 AND {MAX_MINUTES})",
        "An SLA trigger fires 0 minutes to one year before the deadline.",
    )

    def _get_detail(self):
        if self.kind != "sla":
            return super()._get_detail()
        if self.sla_minutes:
            return self.env._("%s min before the deadline", self.sla_minutes)
        return self.env._("deadline passed")
