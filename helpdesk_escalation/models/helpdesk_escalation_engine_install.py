import time

from psycopg2 import errors

from odoo import api, models
from odoo.tools import SQL

# Tables of others that ours refer to, or that get an index: locked when that is done.
SHARED_TABLES = [
    "helpdesk_ticket",
    "helpdesk_ticket_stage",
    "helpdesk_ticket_team",
    "mail_activity",
    "mail_mail",
    "res_company",
    "res_groups",
    "res_partner",
    "res_users",
    "resource_calendar",
]
LOCK_TRIES = 100
LOCK_PAUSE = 0.2


class HelpdeskEscalationEngine(models.AbstractModel):
    """While it is being installed, everybody else goes on."""

    _inherit = "helpdesk.escalation.engine"

    def init(self):
        self.env.cr.execute(
            "SELECT FROM ir_module_module "
            "WHERE name = 'helpdesk_escalation' AND state = 'to install'"
        )
        if self.env.cr.rowcount:
            # Called just before Odoo adds the references and indexes.
            self.pool.post_init(self._take_tables)

    def _take_tables(self):
        """Lock all the tables that are needed at once, or none.

        One after the other, as Odoo does it, the installation and somebody at work
        would wait for each other, and one of them would fail.
        """
        tables = SQL(", ").join(map(SQL.identifier, SHARED_TABLES))
        for _try in range(LOCK_TRIES):
            try:
                with self.env.cr.savepoint(flush=False):
                    self.env.cr.execute("SET LOCAL lock_timeout = '300ms'")
                    self.env.cr.execute(
                        SQL("LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", tables),
                        log_exceptions=False,
                    )
                    self.env.cr.execute("SET LOCAL lock_timeout = 0")
                return
            except errors.LockNotAvailable:
                time.sleep(LOCK_PAUSE)

    @api.model
    def _release_tables(self):
        """Give back the tables, before our data is loaded.

        Odoo would keep them until that is done, and nobody could write on a ticket or
        send a mail. Should what follows fail, empty tables and columns stay behind
        until the installation is tried again.
        """
        self.env.cr.commit()  # pylint: disable=invalid-commit
