from odoo import fields, models
from odoo.exceptions import AccessError

from odoo.addons.helpdesk_escalation.models.groups import MANAGER_GROUP, VIEWER_GROUPS

# A change of these may take the tickets of a contact out of a sign-off.
ESCAPES = {"escalation_policy_id", "is_company", "parent_id"}


class ResPartner(models.Model):
    _inherit = "res.partner"

    escalation_closing_sign_off = fields.Boolean(
        string="Closing Needs a Sign-off",
        company_dependent=True,
        index=False,
        groups=VIEWER_GROUPS,
        help="Tickets of this client and of its contacts are closed by a helpdesk "
        "manager or the team's leader only. Each company has its own. Only a helpdesk "
        "manager switches it off.",
    )

    def write(self, vals):
        if not vals.get("escalation_closing_sign_off", True):
            self._check_sign_off_lifted()
        escapes = ESCAPES & vals.keys()
        if escapes:
            # Sudo: the policy is for few to read.
            self.sudo().filtered(
                lambda partner: any(
                    partner._fields[name].convert_to_write(partner[name], partner)
                    != vals[name]
                    for name in escapes
                )
            )._escalation_keep_sign_off()
        return super().write(vals)

    def unlink(self):
        self._escalation_keep_sign_off()
        return super().unlink()

    def _check_sign_off_lifted(self):
        """Let nobody but a helpdesk manager do without a client's sign-offs.

        :raise AccessError: when somebody else tries
        """
        if self.env.su or self.env.user.has_group(MANAGER_GROUP):
            return
        if any(partner.escalation_closing_sign_off for partner in self):
            raise AccessError(
                self.env._(
                    "Only a helpdesk manager can switch off that closing needs a "
                    "sign-off."
                )
            )

    def _escalation_keep_sign_off(self):
        """Have the open tickets of these contacts go on needing a sign-off."""
        if not self:
            return
        # Sudo: whoever may see them.
        tickets = self.env["helpdesk.ticket"].sudo()
        tickets.search(
            [
                ("partner_id", "child_of", self.ids),
                ("stage_id.closed", "=", False),
                ("escalation_sign_off_needed_date", "=", False),
            ]
        )._filter_sign_off()._keep_sign_off()

    def _escalation_wants_sign_off(self, company):
        """Whether the contact, or a company above it, wants a sign-off."""
        partner = self.with_company(company)
        while partner and not partner.escalation_closing_sign_off:
            if partner == partner.commercial_partner_id:
                return False
            partner = partner.parent_id
        return bool(partner)
