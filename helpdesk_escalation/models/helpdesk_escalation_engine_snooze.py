from odoo import models
from odoo.tools import SQL

from .helpdesk_escalation_engine_decide import Next


class HelpdeskEscalationEngine(models.AbstractModel):
    """R6, R10: what sleeps wakes at its moment, or with the client's next message."""

    _inherit = "helpdesk.escalation.engine"

    def _sql_case_fields(self):
        """Add until when it sleeps, and whether the client has written since.

        By the message that who snoozed it knew of: what is committed late counts too.
        What has been waived meanwhile needs no answer, and so wakes nothing (R3).
        """
        return {
            **super()._sql_case_fields(),
            "snoozed_until": SQL("incident.snoozed_until"),
            "heard": SQL(
                """
                CASE WHEN incident.snoozed_until IS NOT NULL THEN
                     EXISTS (SELECT FROM mail_message message
                              WHERE message.model = 'helpdesk.ticket'
                                AND message.res_id = incident.ticket_id
                                AND message.escalation_party = 'client'
                                AND message.id > incident.snoozed_message_id
                                AND message.id > COALESCE(clock.waived_message_id, 0))
                     OR incident.snoozed_message_id
                        < ANY(clock.duplicate_message_ids) IS TRUE
                END"""
            ),
        }

    def _sql_may_restart(self):
        return SQL(
            "(%s OR incident.snoozed_until IS NOT NULL)", super()._sql_may_restart()
        )

    def _sql_is_left(self):
        """Nobody has to be on what sleeps."""
        return SQL("(incident.snoozed_until IS NULL AND %s)", super()._sql_is_left())

    def _with_absences(self, plan, case):
        return case if self._sleeps(case) else super()._with_absences(plan, case)

    def _sleeps(self, case):
        return case.state == "confirmed" and bool(case.snoozed_until)

    def _get_renewal(self, plan, case):
        """Say also "woken", when its moment has come, and "heard", when the client
        writes; like all that is sent, within working hours only (R5).
        """
        if (
            not self._sleeps(case)
            or case.resolution
            or case.hands == "moved"
            or not self._is_at_work(plan, case)
        ):
            return super()._get_renewal(plan, case)
        if case.heard:
            return "heard"
        return "woken" if case.snoozed_until <= plan.now else None

    def _get_next(self, policy, steps, case):
        if (
            not self._sleeps(case)
            or case.resolution
            or case.hands == "moved"
            or not policy
        ):
            return super()._get_next(policy, steps, case)
        if case.heard:
            return Next(None, case.confirmed_date, 0)
        return Next(None, case.snoozed_until, 0)

    def _get_next_moments(self, plan, waits, cases):
        """Add what sleeps where no policy counts: nothing else wakes it in time."""
        return super()._get_next_moments(plan, waits, cases) + [
            case.snoozed_until
            for case in cases
            if self._sleeps(case) and not case.policy_id
        ]
