from datetime import timedelta

from odoo import models

from odoo.addons.helpdesk_escalation.models.helpdesk_escalation_engine_triggers import (
    Found,
)


class HelpdeskEscalationEngine(models.AbstractModel):
    _inherit = "helpdesk.escalation.engine"

    def _find_causes_sla(self, plan, triggers, watches, searched):
        """Look at the deadlines of watched tickets: passed, or about to.

        A deadline that is on hold or met in time is none.
        """
        lines = self.env["helpdesk.ticket.sla"].search_fetch(
            [
                ("ticket_id", "in", [watch.ticket_id for watch in watches]),
                ("state", "in", ["in_progress", "expired"]),
                ("deadline", "!=", False),
            ],
            ["ticket_id", "deadline", "sla_id"],
            order="deadline, id",
        )
        by_ticket = lines.grouped(lambda line: line.ticket_id.id)
        return [
            Found(watch.ticket_id, "sla", trigger, 0, line.sla_id.name)
            for watch in watches
            for trigger in triggers
            if trigger.policy_id.id == watch.policy_id
            for line in by_ticket.get(watch.ticket_id, lines.browse())[:1]
            if line.deadline <= plan.now + timedelta(minutes=trigger.sla_minutes)
        ]
