from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .groups import PREFETCH_GROUP, VIEWER_GROUPS


class ResCompany(models.Model):
    """R1: a policy for the tickets that nobody has chosen one for."""

    _name = "res.company"
    _inherit = ["res.company", "helpdesk.escalation.policy.holder"]

    escalation_policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy",
        string="Default Escalation Policy",
        domain="['|', ('company_id', '=', False), ('company_id', 'parent_of', id)]",
        groups=VIEWER_GROUPS,
        prefetch=PREFETCH_GROUP,
        help="Escalates the tickets of this company and of its branches for which "
        "neither the ticket, nor its client, nor its team has a policy: also those "
        "without a team, as tickets from the portal are.",
    )

    @api.constrains("escalation_policy_id")
    def _check_escalation_policy_company(self):
        # Sudo: what is refused depends on the policy, not on who may see it.
        for company in self.sudo():
            policy = company.escalation_policy_id
            if policy and not policy._is_for(company):
                raise ValidationError(
                    self.env._(
                        "This escalation policy belongs to %(owner)s. Choose one of "
                        "%(company)s, of a company above it, or of all companies.",
                        owner=policy._get_owner_words(),
                        company=company.name,
                    )
                )

    def _get_escalation_ticket_domain(self):
        return Domain("company_id", "child_of", self.ids)
