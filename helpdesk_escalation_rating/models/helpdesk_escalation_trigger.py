from odoo import fields, models

from odoo.addons.helpdesk_escalation_automation.models.hits import TriggerHit


class HelpdeskEscalationTrigger(models.Model):
    _inherit = "helpdesk.escalation.trigger"

    kind = fields.Selection(
        selection_add=[("rating", "Bad rating")], ondelete={"rating": "cascade"}
    )

    def _find_causes_rating(self, plan, candidates, searched):
        """Look for bad ratings among the words of the wait."""
        ratings = self.env["rating.rating"].search(
            [
                ("res_model", "=", "helpdesk.ticket"),
                ("res_id", "in", [candidate.ticket_id for candidate in candidates]),
                ("consumed", "=", True),
                ("rating_text", "=", "ko"),
                ("message_id.escalation_party", "=", "client"),
            ],
            order="id",
        )
        by_ticket = ratings.grouped("res_id")
        found = []
        for candidate in candidates:
            fresh = by_ticket.get(candidate.ticket_id, ratings.browse()).filtered(
                lambda rating, candidate=candidate: rating.message_id.id
                >= candidate.waiting_message_id
            )[:1]
            found += [
                TriggerHit(
                    candidate.ticket_id,
                    "rating",
                    trigger,
                    fresh.message_id.id,
                    self._get_rating_detail(fresh),
                )
                for trigger in self
                if fresh and trigger.policy_id.id == candidate.policy_id
            ]
        return found

    def _get_rating_detail(self, rating):
        """Put a rating into a few characters."""
        return f"{rating.rating:g}/5"
