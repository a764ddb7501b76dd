from odoo import api, fields, models
from odoo.tools import ormcache


class HelpdeskEscalationPolicy(models.Model):
    _inherit = "helpdesk.escalation.policy"
    _cache_fields = frozenset({"closing_sign_off"})

    closing_sign_off = fields.Boolean(
        string="Closing Needs a Sign-off",
        tracking=True,
        help="Tickets under this policy are closed by a helpdesk manager or the team's "
        "leader only. Others can ask for it in one click. The client may always close "
        "their own ticket.",
    )

    @api.model
    @ormcache()
    def _get_sign_off_ids(self):
        """Return the ids of the policies that want a sign-off."""
        # Sudo: one answer is kept for everybody.
        return tuple(
            self.sudo()
            .with_context(active_test=False)
            .search([("closing_sign_off", "=", True)])
            .ids
        )

    @api.model
    @ormcache()
    def _get_condition_fields(self):
        """Return the fields of tickets that decide which policy counts (R1).

        Only those of the ticket itself: what a condition says of records behind it
        changes there.
        """
        names = set()
        for policy_id, condition in self._get_conditions():
            if self.sudo().browse(policy_id)._find_fault("helpdesk.ticket", condition):
                continue
            names |= {
                part.field_expr.partition(".")[0]
                for part in self._parse_domain(condition).iter_conditions()
            }
        return frozenset(names)
