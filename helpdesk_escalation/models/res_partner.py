from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .groups import VIEWER_GROUPS


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "helpdesk.escalation.policy.holder"]

    escalation_policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy",
        company_dependent=True,
        domain="['|', ('company_id', '=', False),"
        " ('company_id', 'parent_of', allowed_company_ids[0])]",
        groups=VIEWER_GROUPS,
        help="Escalates this client's tickets. It takes precedence over the team's "
        "policy, and also applies to the contacts of this client that have none of "
        "their own. "
        "Each company has its own; a branch without one has its company's.",
    )
    escalation_policy_date = fields.Datetime(
        company_dependent=True, prefetch="company_dependent"
    )

    @api.constrains("escalation_policy_id")
    def _check_escalation_policy_company(self):
        """Each company has a policy of its own here: a foreign one is passed over."""
        # Sudo: what is refused depends on the policy, not on who may see it.
        for partner in self.sudo():
            policy = partner.escalation_policy_id
            if policy and not policy._is_for(self.env.company):
                raise ValidationError(
                    self.env._(
                        "This escalation policy belongs to %(owner)s. Choose one of "
                        "%(company)s, of a company above it, or of all companies.",
                        owner=policy._get_owner_words(),
                        company=self.env.company.name,
                    )
                )

    def _get_escalation_ticket_domain(self):
        return Domain("partner_id", "child_of", self.ids)
