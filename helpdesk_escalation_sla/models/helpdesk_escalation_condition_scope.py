from odoo import api, models


class HelpdeskEscalationConditionScope(models.AbstractModel):
    _inherit = "helpdesk.escalation.condition.scope"

    @api.model
    def _get_condition_extras(self):
        extras = super()._get_condition_extras()
        tickets = extras.get("helpdesk.ticket", set())
        return {**extras, "helpdesk.ticket": tickets | {"sla_expired"}}
