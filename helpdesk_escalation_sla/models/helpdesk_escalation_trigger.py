from datetime import timedelta

from odoo import fields, models

from odoo.addons.helpdesk_escalation_automation.models.hits import TriggerHit

MAX_MINUTES = 365 * 24 * 60


class HelpdeskEscalationTrigger(models.Model):
    _inherit = "helpdesk.escalation.trigger"

    kind = fields.Selection(selection_add=[("sla", "SLA")], ondelete={"sla": "cascade"})
    sla_minutes = fields.Integer(
        string="Minutes Before the Deadline",
        help="How many minutes before a deadline of the ticket's SLA, while the "
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
            return self.env._(
                "%s before the deadline",
                self.step_id._format_minutes(self.sla_minutes),
            )
        return self.env._("deadline passed")

    def _find_causes_sla(self, plan, candidates, searched):
        """Look at the deadlines of these tickets: passed, or about to.

        A deadline that is on hold or met in time is none.
        """
        lines = self.env["helpdesk.ticket.sla"].search_fetch(
            [
                ("ticket_id", "in", [candidate.ticket_id for candidate in candidates]),
                ("state", "in", ["in_progress", "expired"]),
                ("deadline", "!=", False),
            ],
            ["ticket_id", "deadline", "sla_id"],
            order="deadline, id",
        )
        by_ticket = lines.grouped(lambda line: line.ticket_id.id)
        return [
            TriggerHit(candidate.ticket_id, "sla", trigger, 0, line.sla_id.name)
            for candidate in candidates
            for trigger in self
            if trigger.policy_id.id == candidate.policy_id
            for line in by_ticket.get(candidate.ticket_id, lines.browse())[:1]
            if line.deadline <= plan.now + timedelta(minutes=trigger.sla_minutes)
        ]
