import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models

from .helpdesk_escalation_health import LATE_MINUTES

_logger = logging.getLogger(__name__)

TICKET = "helpdesk.ticket"
# The job comes every 5 minutes: where two have come, somebody should be notified.
TWO_RUNS = timedelta(minutes=10)
LEVELS = ("danger", "warning", "info")


class HelpdeskEscalationHealth(models.AbstractModel):
    """R13, a dead man's switch: who waits too long and is shown by no incident.

    It goes by the clock and the incidents, not by what a run has noted: a run that
    fails, or does not come, notes nothing.
    """

    _inherit = "helpdesk.escalation.health"

    @api.model
    def _find_problems(self):
        return [self._check_overdue(), *super()._find_problems()]

    @api.model
    def _get_watch(self, problems):
        """Sum up the health in values that keep their names, for monitoring (R13).

        :param list problems: what ``_get_problems`` has found
        :return: ``state``: "ok", or the worst level of the problems: "danger" when
            clients may be forgotten, "warning" or "info"; ``overdue``: tickets that
            are overdue by more than two runs and have no incident, None when that
            cannot be told; ``last_run``: when the job last ran to its end, naive UTC,
            or False
        :rtype: dict
        """
        levels = {problem["level"] for problem in problems}
        names = {problem["name"]: problem for problem in problems}
        overdue = names.get("overdue", {}).get("count", 0)
        last_run = self._get_job().lastcall
        return {
            "state": next((level for level in LEVELS if level in levels), "ok"),
            "overdue": None if "watch" in names else overdue,
            "last_run": fields.Datetime.to_string(last_run),
        }

    @api.model
    def _check_overdue(self):
        try:
            with self.env.cr.savepoint(flush=False):
                ticket_ids = self._find_overdue()
                # As the manager sees them.
                tickets = self.env[TICKET].search([("id", "in", ticket_ids)])
        except Exception:
            _logger.exception("Nobody can tell who waits too long")
            return self._prepare_problem(
                "watch",
                self.env._(
                    "It is not known who is waiting too long. Ask your administrator "
                    "to check the server's log."
                ),
                level="danger",
            )
        if not tickets:
            return None
        problem = self._prepare_problem(
            "overdue",
            self.env._(
                "Clients have waited too long, and nobody was notified: %s tickets. "
                "Take care of them, and ask your administrator to check the "
                "server's log.",
                len(tickets),
            ),
            self.env._("Show"),
            "danger",
            action=self._prepare_list(self.env._("Overdue Tickets"), TICKET, tickets),
        )
        problem["count"] = len(tickets)
        return problem

    @api.model
    def _find_overdue(self):
        """Find the tickets that were due two runs ago and have no incident yet.

        While old messages are read nobody is alarmed (R2).

        :return: ids, longest wait first
        """
        here = self.with_user(SUPERUSER_ID)
        if here.env["helpdesk.escalation.message.reading"]._is_pending():
            return []
        engine = here.env["helpdesk.escalation.engine"]
        plan = engine._get_plan(fields.Datetime.now() - TWO_RUNS)
        waits = [wait for wait in engine._read_waits(plan) if wait.is_due]
        if not waits:
            return []
        fresh_tickets, fresh_policies = here._find_fresh(waits)
        return [
            wait.ticket_id
            for wait in waits
            if wait.ticket_id not in fresh_tickets
            and wait.policy_id not in fresh_policies
        ]

    @api.model
    def _find_fresh(self, waits):
        """Find what has changed since the last run, which comes to it next.

        Where no run comes, nothing is waited for.

        :return: ids of tickets and of policies
        :rtype: tuple[set[int], set[int]]
        """
        job = self._get_job()
        last_run = job.lastcall
        late = fields.Datetime.now() - timedelta(minutes=LATE_MINUTES)
        if not job.active or not last_run or last_run < late:
            return set(), set()
        since = ("write_date", ">=", last_run + timedelta(seconds=1))
        tickets = self.env[TICKET].search(
            [("id", "in", [wait.ticket_id for wait in waits]), since]
        )
        policies = self.env["helpdesk.escalation.policy"].search(
            [
                ("id", "in", [wait.policy_id for wait in waits]),
                "|",
                since,
                ("step_ids", "any", [since]),
            ]
        )
        return set(tickets.ids), set(policies.ids)
