import logging

from odoo import SUPERUSER_ID, api, fields, models

_logger = logging.getLogger(__name__)

TICKET = "helpdesk.ticket"


class HelpdeskEscalationHealth(models.AbstractModel):
    """R12: what a run would do now, where none comes: in a copy, or at an update.

    So one sees what a changed rule means here before anybody is notified.
    """

    _inherit = "helpdesk.escalation.health"

    @api.model
    def _find_problems(self):
        return [*super()._find_problems(), self._check_due()]

    @api.model
    def _prepare_neutralized(self):
        problem = super()._prepare_neutralized()
        words, _tickets = self._get_due()
        if words:
            problem["text"] = f"{problem['text']} {words}"
        return problem

    @api.model
    def _check_due(self):
        if self._get_job().active:
            return None
        words, tickets = self._get_due()
        if not words:
            return None
        return self._prepare_problem(
            "due",
            words,
            self.env._("Show"),
            "info",
            action=self._prepare_list(self.env._("Due Tickets"), TICKET, tickets),
        )

    @api.model
    def _get_due(self):
        """Say what a run would do now, and on which tickets: as the manager sees them.

        Nobody is kept from the dashboard by a fault of it: what cannot be read is said
        by the check of who waits too long.
        """
        tickets = self.env[TICKET]
        try:
            with self.env.cr.savepoint(flush=False):
                opening, going_on = (
                    tickets.search([("id", "in", ids)]) for ids in self._find_due()
                )
        except Exception:
            _logger.exception("Nobody can tell what a run would do")
            return "", tickets
        if not opening | going_on:
            return "", tickets
        words = self.env._(
            "A run would now escalate %(opening)s tickets and go on with %(going_on)s "
            "that are escalated already.",
            opening=len(opening),
            going_on=len(going_on),
        )
        return words, opening | going_on

    @api.model
    def _find_due(self):
        """Find what a run would find now, and change nothing.

        While old messages are read nobody is alarmed (R2).

        :return: ids of the tickets that would be escalated, and of those that are and
            on which somebody would be notified
        :rtype: tuple[list, list]
        """
        here = self.with_user(SUPERUSER_ID)
        if here.env["helpdesk.escalation.message.reading"]._is_pending():
            return [], []
        engine = here.env["helpdesk.escalation.engine"]
        plan = engine._get_plan(fields.Datetime.now())
        work = engine._find_work(plan)
        opening = [wait.ticket_id for wait in work.waits if wait.is_due]
        going_on = [
            case.ticket_id
            for case in work.cases
            if not case.resolution and engine._needs_work(plan, case)
        ]
        return opening, going_on
