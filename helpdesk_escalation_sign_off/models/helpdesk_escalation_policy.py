from odoo import fields, models


class HelpdeskEscalationPolicy(models.Model):
    _inherit = "helpdesk.escalation.policy"

    closing_sign_off = fields.Boolean(
        string="Closing Needs a Sign-off",
        tracking=True,
        help="Tickets under this policy are closed by a helpdesk manager or the team's "
        "leader only. Others can ask for it in one click. The client may always close "
        "the own ticket.",
    )
