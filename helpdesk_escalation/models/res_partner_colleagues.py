from odoo import api, models
from odoo.tools.mail import email_normalize, email_split_and_format_normalize


class ResPartner(models.Model):
    """Who is a colleague: who has a login, neither archived nor a portal's."""

    _inherit = "res.partner"

    def _escalation_get_colleagues(self):
        # Sudo: who has a login does not depend on who asks.
        users = self.env["res.users"].sudo().with_context(active_test=True)
        found = users.search([("partner_id", "in", self.ids), ("share", "=", False)])
        inside = set(found.partner_id.ids)
        return self.filtered(lambda partner: partner.id in inside)

    @api.model
    def _escalation_keep_inside(self, addresses):
        """Leave out of a list of addresses those that are not a colleague's.

        :param str addresses: as in a mail's *To*
        :return: what is left of it, False if nothing is
        """
        listed = email_split_and_format_normalize(addresses or "")
        if not listed:
            return False
        wanted = {email_normalize(address) for address in listed}
        users = self.env["res.users"].sudo().with_context(active_test=True)
        found = users.search(
            [("share", "=", False), ("partner_id.email_normalized", "in", [*wanted])]
        )
        inside = set(found.partner_id.mapped("email_normalized"))
        kept = [address for address in listed if email_normalize(address) in inside]
        return ", ".join(kept) or False
