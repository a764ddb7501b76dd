from odoo import api, fields, models


class HelpdeskEscalationCause(models.Model):
    """Causes that triggers and automations have found."""

    _inherit = "helpdesk.escalation.cause"

    trigger_id = fields.Many2one(
        comodel_name="helpdesk.escalation.trigger",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )

    _once = models.UniqueIndex(
        "(incident_id, trigger_id) WHERE trigger_id IS NOT NULL",
        "A trigger fires once in a wait.",
    )

    @api.model
    def _selection_kind(self):
        trigger = self.env["helpdesk.escalation.trigger"]
        return [
            *super()._selection_kind(),
            *trigger._fields["kind"]._description_selection(self.env),
            ("action", self.env._("Automation")),
        ]

    def _get_detail_label(self):
        """Priorities and wishes are kept by their key."""
        if self.kind == "priority":
            priorities = self.env["helpdesk.escalation.trigger"]._selection_priority()
            return dict(priorities).get(self.detail, self.detail)
        if self.kind == "wish" and self.detail:
            wish, colon, quote = self.detail.partition(": ")
            wishes = self.env["helpdesk.escalation.phrase"]._get_wishes()
            return f"{wishes.get(wish, wish)}{colon}{quote}"
        return super()._get_detail_label()
