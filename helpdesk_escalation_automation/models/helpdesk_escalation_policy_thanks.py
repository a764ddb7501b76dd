from odoo import api, fields, models
from odoo.tools import ormcache


class HelpdeskEscalationPolicy(models.Model):
    """R3: whether a policy waives what is nothing but thanks."""

    _inherit = "helpdesk.escalation.policy"
    _cache_fields = frozenset({"waive_thanks"})

    waive_thanks = fields.Boolean(
        string="Only thanks needs no answer",
        tracking=True,
        help="A reply that is nothing but a few words of thanks counts as “No answer "
        "needed”. It can be taken back on the ticket with one click. A message with a "
        "question mark, a file or any other word still waits for an answer, and so "
        "does one on a ticket on which the client was waiting before.",
    )

    @api.model
    @ormcache()
    def _get_waiving_ids(self):
        """Return the ids of the policies that waive what is nothing but thanks."""
        # Sudo: one answer is kept for everybody.
        return tuple(self.sudo().search([("waive_thanks", "=", True)]).ids)
