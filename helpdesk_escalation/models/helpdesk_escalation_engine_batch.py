import logging
import time
from datetime import timedelta

from odoo import fields, models
from odoo.tools import split_every

from ..tools.contention import CONTENTION_TRIES, is_contention
from ..tools.locks import lock_rows

_logger = logging.getLogger(__name__)

# Tickets handled in one transaction: short enough that nobody waits for our locks.
BATCH_SIZE = 200
# A run goes on for so long even where Odoo has no time left for the job: Odoo calls it
# ten times all the same, and finding the work costs as much as a batch.
RUN_SECONDS = 3
# A ticket that fails is tried again after 5, 10, 20 … minutes, at most every 4 hours.
RETRY_MINUTES = 5
MAX_RETRY_MINUTES = 240


class HelpdeskEscalationEngine(models.AbstractModel):
    """R13, all or nothing: transactions, the time there is, and one bad ticket."""

    _inherit = "helpdesk.escalation.engine"

    def _start(self):
        """Make the plan and find the work; a fault here leaves it to the next run.

        :return: the plan and the work; twice None when there is nothing to go by
        """
        try:
            if self.env["helpdesk.escalation.message.reading"]._is_pending():
                return None, None
            plan = self._get_plan(fields.Datetime.now())
            return plan, self._find_work(plan)
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The escalation run could not start")
            return None, None

    def _process_in_batches(self, plan, ticket_ids):
        """Handle tickets batch by batch, each in a transaction of its own.

        A batch that fails is taken apart, so that one bad ticket stops no other.

        :return: how many there was no time for
        :rtype: int
        """
        progress = self.env["ir.cron"]
        left = len(ticket_ids)
        batches = split_every(self._get_batch_size(ticket_ids), ticket_ids)
        # Each batch sees all that is committed by then.
        progress._commit_progress(remaining=left)
        deadline = time.monotonic() + RUN_SECONDS
        for batch in batches:
            began = time.monotonic()
            try:
                self._process(plan, batch)
                time_left = progress._commit_progress(len(batch))
            except Exception as error:
                self.env.cr.rollback()
                plan.failed += self._process_again(plan.now, batch, error)
                time_left = progress._commit_progress(len(batch))
            self._note_slowness(len(batch), time.monotonic() - began)
            left -= len(batch)
            if left and not time_left and time.monotonic() >= deadline:
                break
        return left

    def _get_batch_size(self, ticket_ids):
        """Return how many tickets a transaction is about.

        A wing that knows of what takes long in a commit makes it fewer, so that the run
        can end in time.
        """
        return BATCH_SIZE

    def _note_slowness(self, count, seconds):
        """Have a look at how long some tickets took, with all that a commit starts.

        A wing that can tell why may keep it.

        :param int count: tickets handled
        :param float seconds: from the first statement to the end of the commit
        """

    def _note_success(self, plan):
        """Have a look at a run that went through, with no ticket that failed.

        A wing may keep that for who watches from outside. It must not raise, and talks
        to no other server.
        """

    def _process_again(self, now, ticket_ids, error):
        """Handle a failed batch: as it is when somebody was quicker, else apart.

        :return: the ids of the tickets that failed
        :rtype: list[int]
        """
        if is_contention(error):
            try:
                self._process(self._get_plan(now), ticket_ids)
                self.env["ir.cron"]._commit_progress()
                return []
            except Exception:
                self.env.cr.rollback()
        return [one for one in ticket_ids if not self._process_alone(now, one)]

    def _process_alone(self, now, ticket_id):
        """Handle one ticket of a failed batch: the bad one is found so.

        :return: whether it went well
        :rtype: bool
        """
        for tries_left in reversed(range(CONTENTION_TRIES)):
            try:
                # Read anew: what failed may have been an outdated plan.
                self._process(self._get_plan(now), [ticket_id])
                self.env["ir.cron"]._commit_progress()
                return True
            except Exception as error:
                self.env.cr.rollback()
                if tries_left and is_contention(error):
                    continue
                _logger.warning(
                    "The escalation of ticket %s failed", ticket_id, exc_info=True
                )
                self._register_failure(now, ticket_id, error)
                return False

    def _register_failure(self, now, ticket_id, error):
        """Mark the incident of a failed ticket and put it off (R13).

        A ticket that has no incident yet gets one that has notified nobody, so that
        the fault is seen.
        """
        try:
            if not self._get_open_incidents([ticket_id]):
                self._open_due(self._get_plan(now), [ticket_id])
            for incident in self._get_open_incidents([ticket_id]):
                minutes = min(RETRY_MINUTES * 2**incident.attempts, MAX_RETRY_MINUTES)
                incident.write(
                    {
                        "error": str(error) or repr(error),
                        "attempts": incident.attempts + 1,
                        "retry_date": now + timedelta(minutes=minutes),
                        "nobody_reached": not incident.notified_user_ids,
                    }
                )
            self.env["ir.cron"]._commit_progress()
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The fault of ticket %s could not be kept", ticket_id)

    def _lock_incidents(self, plan, ticket_ids, only_escalated=False):
        """Take the open incidents of tickets; all is judged again from here.

        Incidents that somebody holds right now are left to the next run.

        :param bool only_escalated: leave out tickets that have no incident
        :return: the ids of the tickets that nobody else holds
        """
        incidents = self._get_open_incidents(ticket_ids)
        locked = lock_rows(incidents)
        busy = set((incidents - locked).ticket_id.ids)
        escalated = set(locked.ticket_id.ids)
        plan.known.clear()
        return [
            ticket_id
            for ticket_id in ticket_ids
            if ticket_id not in busy and (ticket_id in escalated or not only_escalated)
        ]
