import time

from psycopg2 import errors

from odoo import api, models
from odoo.tools import SQL

MODULE = "helpdesk_escalation"
LOCK_TRIES = 100
LOCK_PAUSE = 0.2


class HelpdeskEscalationEngine(models.AbstractModel):
    """While it is being installed, everybody else goes on."""

    _inherit = "helpdesk.escalation.engine"

    @api.private
    def init(self):
        self.env.cr.execute(
            SQL(
                "SELECT FROM ir_module_module WHERE name = %s AND state = 'to install'",
                MODULE,
            )
        )
        if self.env.cr.rowcount:
            # Called just before Odoo adds the references and indexes.
            self.pool.post_init(self._take_tables)

    def _take_tables(self):
        """Lock all the tables that are needed at once, or none.

        One after the other, as Odoo does it, the installation and somebody at work
        would wait for each other, and one of them would fail.
        """
        tables = SQL(", ").join(map(SQL.identifier, self._get_tables()))
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

    def _get_tables(self):
        """Return the tables that our stored fields are in, and that they refer to."""
        # Every table refers to who wrote in it.
        tables = {self.env["res.users"]._table}
        for model in map(self.env.__getitem__, self.pool):
            for field in model._fields.values() if model._auto else ():
                if MODULE in field._modules and field.store and field.relational:
                    tables.add(model._table)
                    if field.type != "one2many":
                        tables.add(self.env[field.comodel_name]._table)
        return sorted(tables)

    @api.model
    def _release_tables(self):
        """Give back the tables, before our data is loaded.

        Odoo would keep them until that is done, and nobody could write on a ticket or
        send a mail. Should what follows fail, empty tables and columns stay behind
        until the installation is tried again.
        """
        self.env.cr.commit()  # pylint: disable=invalid-commit
