from odoo import api, models
from odoo.tools import ormcache


class HelpdeskEscalationPolicy(models.Model):
    """R4: which messages policies count from."""

    _inherit = "helpdesk.escalation.policy"
    _cache_fields = frozenset({"count_from"})

    @api.model
    @ormcache()
    def _is_last_message_enough(self):
        """Whether all policies count from the client's last message, as they do first.

        :rtype: bool
        """
        # Sudo: one answer is kept for everybody.
        policies = self.sudo().with_context(active_test=False)
        return not policies.search_count([("count_from", "!=", "client_last")], limit=1)
