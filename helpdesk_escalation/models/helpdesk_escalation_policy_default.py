from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .groups import MANAGER_GROUP


class HelpdeskEscalationPolicy(models.Model):
    """The policy for tickets that nobody has chosen one for (R1): per company."""

    _inherit = "helpdesk.escalation.policy"

    default_words = fields.Char(
        string="Default",
        compute="_compute_default",
        help="The companies of which it is the default: it applies to their tickets "
        "that have no other policy.",
    )
    may_be_default = fields.Boolean(compute="_compute_default")

    @api.depends("active", "company_id")
    @api.depends_context("uid", "lang", "company")
    def _compute_default(self):
        # Sudo: names of the companies that the user works for.
        companies = self.env.user.sudo().company_ids.filtered("escalation_policy_id")
        for policy in self:
            one = policy._origin
            having = companies.filtered(
                lambda company, one=one: company.escalation_policy_id == one
            )
            policy.default_words = bool(having) and self.env._(
                "Default policy of %s", self._join_names(having.mapped("name"))
            )
            company = one._get_default_company()
            policy.may_be_default = bool(
                one and one.active and company and company not in having
            )

    def _get_default_company(self):
        """Return the company whose default it would become, empty for none."""
        if not self or self._is_for(self.env.company):
            return self.env.company
        # Sudo: its own company need not be among those chosen just now.
        return self.sudo().company_id & self.env.user.company_ids

    def action_set_default(self):
        """Make it the default of the current company, else of its own (R1).

        :raise AccessError: for everybody but helpdesk managers
        :raise UserError: when it is archived, or no company of the user's may have it
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group(MANAGER_GROUP):
            raise AccessError(
                self.env._(
                    "Only helpdesk managers can choose the default escalation policy."
                )
            )
        company = self._get_default_company()
        if not self.active or not company:
            raise UserError(
                self.env._(
                    "%s cannot be the default: it is archived, or belongs to another "
                    "company.",
                    self.name,
                )
            )
        # Sudo: managers need not edit companies.
        company.sudo().escalation_policy_id = self
        return True
