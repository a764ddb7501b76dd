from odoo import fields, models

from odoo.addons.helpdesk_escalation.models.groups import PREFETCH_GROUP


class ResCompany(models.Model):
    _inherit = "res.company"

    escalation_ai_on = fields.Boolean(
        string="Ask a Language Model",
        prefetch=PREFETCH_GROUP,
        groups="base.group_system",
        help="New tickets of this company are shown to the language model, which "
        "proposes category, priority, team and tone. People accept or refuse.",
    )
