import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import ormcache

from odoo.addons.helpdesk_escalation.tools.contention import is_contention
from odoo.addons.helpdesk_escalation.tools.locks import lock_rows

_logger = logging.getLogger(__name__)

# Calls that are late by this much are of no use to who watches.
OLD = timedelta(minutes=15)


class HelpdeskEscalationHeartbeat(models.Model):
    """Who watches from outside that the escalation job does its work (R13).

    The run notes that it has succeeded; the address is called by another job. When the
    calls stop, the watch raises the alarm, whatever has stopped here.
    """

    _name = "helpdesk.escalation.heartbeat"
    _description = "Escalation Heartbeat"
    _inherit = ["helpdesk.escalation.address", "helpdesk.escalation.cached"]
    _order = "name, id"
    _cache_fields = frozenset({"active"})

    name = fields.Char(required=True, help="What watches, or where.")
    active = fields.Boolean(default=True, help="An archived heartbeat is not called.")
    run_date = fields.Datetime(
        string="Last Run",
        readonly=True,
        copy=False,
        help="When the escalation job last succeeded: it went through all tickets, and "
        "none of them failed.",
    )
    tried_date = fields.Datetime(
        readonly=True, copy=False, help="The run that the address was last called for."
    )
    call_date = fields.Datetime(
        string="Last Call",
        readonly=True,
        copy=False,
        help="When the address was last called successfully.",
    )
    error = fields.Char(string="Last Problem", readonly=True, copy=False)

    @api.model
    @ormcache()
    def _get_active_ids(self):
        """Return the ids of all that watch: nearly always nobody does.

        :rtype: tuple[int]
        """
        # Sudo: one answer is kept for everybody.
        return self.sudo().search([("active", "=", True)])._ids

    @api.model
    def _note_run(self, now):
        """Keep that a run has succeeded, and have the addresses called.

        :param datetime now: of the run, naive UTC
        """
        if not self._get_active_ids():
            return
        try:
            # What is just being written is left to the next run.
            lock_rows(self.browse(self._get_active_ids())).write({"run_date": now})
            self.env["helpdesk.escalation.webhook"]._trigger_delivery()
            self.env["ir.cron"]._commit_progress()
        except Exception as error:
            self.env.cr.rollback()
            if not is_contention(error):
                _logger.exception("The heartbeat of this run is left out")

    @api.model
    def _call_due(self):
        """Call the addresses for a run that has succeeded since; it never raises.

        A call that fails is not repeated: the next run comes in minutes.
        """
        for heartbeat in self.search([("active", "=", True)]):
            run_date = heartbeat.run_date
            if (
                not run_date
                or (heartbeat.tried_date and heartbeat.tried_date >= run_date)
                or run_date < fields.Datetime.now() - OLD
            ):
                continue
            url = heartbeat.url
            self.env["ir.cron"]._commit_progress()
            outcome = self._call("GET", url)
            values = {"tried_date": run_date}
            if 200 <= (outcome.status or 0) < 300:
                values.update(call_date=fields.Datetime.now(), error=False)
            else:
                values["error"] = self._get_outcome_words(outcome)
            self.env["helpdesk.escalation.webhook"]._keep(heartbeat.write, values)
