from odoo import fields, models

from .groups import VIEWER_GROUPS

INCIDENT = "helpdesk.escalation.incident"


class ResPartner(models.Model):
    """The escalations of a client: of the contact itself and of those below it."""

    _inherit = "res.partner"

    escalation_count = fields.Integer(
        string="Escalations",
        compute="_compute_escalation_count",
        groups=VIEWER_GROUPS,
        help="Escalations of this client's tickets and of those of its contacts, "
        "including the resolved ones.",
    )

    def _compute_escalation_count(self):
        self.escalation_count = 0
        family = self.with_context(active_test=False).search_fetch(
            [("id", "child_of", self.ids)], ["parent_id"]
        )
        groups = self.env[INCIDENT]._read_group(
            [("ticket_id.partner_id", "in", family.ids), ("is_leading", "=", True)],
            ["ticket_id"],
            ["__count"],
        )
        own_ids = set(self._ids)
        for ticket, count in groups:
            # Sudo: who the client of a ticket is that the user may read.
            partner = ticket.sudo().partner_id.with_env(self.env)
            while partner:
                if partner.id in own_ids:
                    partner.escalation_count += count
                partner = partner.parent_id

    def action_view_escalations(self):
        """List the escalations of the contact and of those below it.

        :raise AccessError: when the user may not read the contact, or incidents
        """
        self.ensure_one()
        self.check_access("read")
        incidents = self.env[INCIDENT]
        incidents.check_access("read")
        return incidents._prepare_list_action(
            self.env._("Escalations"),
            INCIDENT,
            [
                ("ticket_id.partner_id", "child_of", self.ids),
                ("is_leading", "=", True),
            ],
        )
