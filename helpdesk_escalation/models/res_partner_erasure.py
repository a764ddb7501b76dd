from odoo import models


class ResPartner(models.Model):
    """S16: what is kept of a contact's words goes with the contact."""

    _inherit = "res.partner"

    def unlink(self):
        # Sudo: what is kept of them does not depend on who deletes contacts. (Merging
        # has moved all that was theirs.)
        erasure = self.env["helpdesk.escalation.erasure"].sudo()
        partners = self.sudo()
        tickets = erasure._find_tickets(partners)
        erasure._erase_tickets(tickets)
        # Who works on the open ticket of another needs to know what it is about.
        erasure._erase_quotes(partners, tickets, only_resolved=True)
        return super().unlink()

    def action_erase_escalations(self):
        """Ask what is to be erased from escalations: opens a dialog.

        :raise AccessError: for anybody but helpdesk managers
        """
        self.ensure_one()
        self.check_access("read")
        self.env["helpdesk.escalation.erase"].check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Erase from Escalations"),
            "res_model": "helpdesk.escalation.erase",
            "view_mode": "form",
            "target": "new",
            "context": {"default_partner_id": self.id},
        }
