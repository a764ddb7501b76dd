from odoo import fields, models

from odoo.addons.helpdesk_escalation.models.groups import STAFF_GROUP


class ResPartner(models.Model):
    _inherit = "res.partner"

    escalation_closing_sign_off = fields.Boolean(
        string="Closing Needs a Sign-off",
        company_dependent=True,
        index=False,
        groups=STAFF_GROUP,
        help="Tickets of this client and of its contacts are closed by a helpdesk "
        "manager or the team's leader only. Each company has its own.",
    )

    def _escalation_wants_sign_off(self, company):
        """Whether the contact, or a company above it, wants a sign-off."""
        partner = self.with_company(company)
        while partner and not partner.escalation_closing_sign_off:
            if partner == partner.commercial_partner_id:
                return False
            partner = partner.parent_id
        return bool(partner)
