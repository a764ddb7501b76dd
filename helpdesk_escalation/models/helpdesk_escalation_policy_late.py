from odoo import api, fields, models
from odoo.tools import ormcache


class HelpdeskEscalationPolicy(models.Model):
    """R3: whether a policy hears who writes on a closed ticket."""

    _inherit = "helpdesk.escalation.policy"
    _cache_fields = frozenset({"ignore_closed_replies"})

    ignore_closed_replies = fields.Boolean(
        string="Ignore replies to closed tickets",
        tracking=True,
        help="Normally, a client who replies to a closed ticket waits for an answer "
        "like any other. With this option, nobody is notified until the ticket is "
        "reopened.",
    )

    @api.model
    @ormcache()
    def _get_ignoring_ids(self):
        """Return the ids of the policies that do not hear replies to closed tickets."""
        # Sudo: one answer is kept for everybody.
        return tuple(
            self.sudo()
            .with_context(active_test=False)
            .search([("ignore_closed_replies", "=", True)])
            .ids
        )
