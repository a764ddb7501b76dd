from odoo import api, fields, models

from odoo.addons.helpdesk_escalation_automation.models.hits import TriggerHit


class HelpdeskEscalationTrigger(models.Model):
    """The tone of a message, as the language model reads it."""

    _inherit = "helpdesk.escalation.trigger"

    kind = fields.Selection(
        selection_add=[("tone", "Tone (language model)")], ondelete={"tone": "cascade"}
    )
    tone = fields.Selection(
        selection="_selection_tone",
        default="angry",
        help="The language model finds that the client's message has this tone or a "
        "worse one, and names the sentence that shows it. It may be wrong either way.",
    )

    @api.model
    def _selection_tone(self):
        labels = self.env["helpdesk.escalation.ai.proposal"]._get_labels("tone")
        return [(key, label) for key, label in labels.items() if key != "calm"]

    def _get_detail(self):
        if self.kind == "tone":
            return dict(self._selection_tone()).get(self.tone)
        return super()._get_detail()

    def _find_causes_tone(self, plan, candidates, searched):
        """Look at how the model has read the messages of the wait.

        Only where it has named a sentence that the client wrote, and nobody has said
        that it was wrong. Nothing is asked here: what is not answered is no cause.
        """
        proposals = self.env["helpdesk.escalation.ai.proposal"]
        order = list(proposals._get_labels("tone"))
        readings = proposals.search(
            [
                ("ticket_id", "in", [candidate.ticket_id for candidate in candidates]),
                ("kind", "=", "tone"),
                ("quote", "!=", False),
                ("state", "!=", "refused"),
            ],
            order="id",
        ).grouped(lambda reading: reading.ticket_id.id)
        found = []
        for candidate in candidates:
            fresh = readings.get(candidate.ticket_id, proposals).filtered(
                lambda reading, candidate=candidate: reading.message_id.id
                >= candidate.waiting_message_id
            )
            for trigger in self:
                if trigger.policy_id.id != candidate.policy_id:
                    continue
                least = order.index(trigger.tone)
                meant = fresh.filtered(
                    lambda reading, least=least: order.index(reading.value) >= least
                )[:1]
                if meant:
                    found.append(
                        TriggerHit(
                            candidate.ticket_id,
                            "tone",
                            trigger,
                            meant.message_id.id,
                            meant.quote,
                        )
                    )
        return found
