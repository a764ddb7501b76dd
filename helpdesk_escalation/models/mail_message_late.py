from odoo import fields, models

from .groups import PREFETCH_GROUP


class MailMessage(models.Model):
    """R3: what is written on a ticket that is closed, or a duplicate, waits too."""

    _inherit = "mail.message"

    escalation_late = fields.Selection(
        selection=[("closed", "Closed"), ("duplicate", "Duplicate")],
        string="Ticket Was",
        readonly=True,
        copy=False,
        prefetch=PREFETCH_GROUP,
        groups=fields.NO_ACCESS,
        help="What the ticket was when somebody wrote on it, live: closed, or a "
        "duplicate. Empty on open tickets, and for what was imported.",
    )

    # From this the run finds who wrote after the closing, and no closed ticket is read.
    _escalation_late_idx = models.Index(
        "(escalation_late, create_date, res_id) WHERE model = 'helpdesk.ticket' "
        "AND escalation_party = 'client' AND escalation_late IS NOT NULL"
    )
