from odoo import fields, models


class HelpdeskEscalationStarter(models.TransientModel):
    """What is asked before the starter policies are made."""

    _name = "helpdesk.escalation.starter"
    _description = "Create Starter Policies"
    _inherit = ["helpdesk.escalation.input"]

    calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="Working Hours",
        domain="[('company_id', 'in', [False, allowed_company_ids[0]])]",
        default=lambda self: self.env.company.resource_calendar_id,
        help="Delays count these hours only, and nothing is sent outside them. "
        "Empty: around the clock.",
    )

    def action_create(self):
        """Create the starter policies that are not there yet, and show them.

        :raise AccessError: for everybody but helpdesk managers
        """
        self.ensure_one()
        policies = self.env["helpdesk.escalation.policy"]
        return policies.action_create_starter_set(self.calendar_id.id)
