from odoo import models

from odoo.addons.helpdesk_escalation.models.helpdesk_escalation_engine_triggers import (
    Found,
)


class HelpdeskEscalationEngine(models.AbstractModel):
    _inherit = "helpdesk.escalation.engine"

    def _find_causes_rating(self, plan, triggers, watches, searched):
        """Look for bad ratings among the words of the wait."""
        ratings = self.env["rating.rating"].search(
            [
                ("res_model", "=", "helpdesk.ticket"),
                ("res_id", "in", [watch.ticket_id for watch in watches]),
                ("consumed", "=", True),
                ("rating_text", "=", "ko"),
                ("message_id.escalation_party", "=", "client"),
            ],
            order="id",
        )
        by_ticket = ratings.grouped("res_id")
        found = []
        for watch in watches:
            fresh = by_ticket.get(watch.ticket_id, ratings.browse()).filtered(
                lambda rating, watch=watch: rating.message_id.id
                >= watch.waiting_message_id
            )[:1]
            found += [
                Found(
                    watch.ticket_id,
                    "rating",
                    trigger,
                    fresh.message_id.id,
                    f"{fresh.rating:g}/5",
                )
                for trigger in triggers
                if fresh and trigger.policy_id.id == watch.policy_id
            ]
        return found
