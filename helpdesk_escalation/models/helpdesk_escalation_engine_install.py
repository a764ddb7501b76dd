from odoo import api, models


class HelpdeskEscalationEngine(models.AbstractModel):
    """While it is being installed, everybody else goes on."""

    _inherit = "helpdesk.escalation.engine"

    @api.model
    def _release_tables(self):
        """Give back the tables that new columns and references have locked.

        Odoo would hold them until all our data is loaded, and nobody could write on a
        ticket, send a mail or even log in. Should what follows fail, the columns stay
        behind, empty, until the installation is tried again.
        """
        self.env.cr.commit()  # pylint: disable=invalid-commit
