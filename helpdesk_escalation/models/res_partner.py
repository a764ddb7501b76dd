from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    escalation_policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy",
        company_dependent=True,
        domain="[('company_id', 'in', [False, allowed_company_ids[0]])]",
        groups="helpdesk_mgmt.group_helpdesk_user_own",
        help="Escalates this client's tickets. It counts before the team's policy and "
        "also for the contacts of this client that have none of their own. "
        "Each company has its own.",
    )

    # Few clients have a policy: the clock starts from those.
    _escalation_policy_idx = models.Index("(id) WHERE escalation_policy_id IS NOT NULL")
