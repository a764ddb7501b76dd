from odoo import fields, models


class HelpdeskTicket(models.Model):
    """R3: a ticket that comes back unanswered waits from the moment it came back."""

    _inherit = "helpdesk.ticket"

    escalation_back_date = fields.Datetime(
        string="Came Back On",
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="When the ticket was last settled no longer, such as reopened: whoever "
        "waits on it waits from then.",
    )

    def _escalation_come_back(self):
        """Let the wait of tickets go on from now (R3)."""
        # Sudo: nobody writes this moment by hand.
        self.sudo().escalation_back_date = fields.Datetime.now()
