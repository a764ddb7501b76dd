from odoo import models
from odoo.tools import SQL


class HelpdeskEscalationEngine(models.AbstractModel):
    """Incidents of bad ratings: the responsible is notified, then the steps follow.

    An answer, a waiver or closing again ends one; that the ticket is closed does not,
    as it was so before.
    """

    _inherit = "helpdesk.escalation.engine"

    def _needs_work(self, plan, case):
        return self._is_unannounced(plan, case) or super()._needs_work(plan, case)

    def _is_unannounced(self, plan, case):
        """Whether the responsible is to be notified now: in the policy's hours (R5)."""
        return bool(
            case.awaits_responsible
            and not case.resolution
            and case.state == "active"
            and case.policy_id in plan.cutoffs
        )

    def _open_due(self, plan, ticket_ids):
        """Notify also the responsible of what was rated badly."""
        result = super()._open_due(plan, ticket_ids)
        for case in self._read_cases(plan, ticket_ids):
            if not self._is_unannounced(plan, case):
                continue
            plan.known.clear()
            incident = self.env["helpdesk.escalation.incident"].browse(case.incident_id)
            (incident,) = incident._in_company_terms()
            incident._notify_responsible(
                plan.policies.browse(case.policy_id),
                plan.now,
                plan.notified.setdefault(case.ticket_id, set()),
            )
        return result

    def _sql_case_fields(self):
        """Add whether the responsible is still to be notified, other than by a step."""
        return {
            **super()._sql_case_fields(),
            "awaits_responsible": SQL(
                """
                incident.kind = 'rating' AND incident.first_step_date IS NULL
                AND NOT EXISTS (
                    SELECT FROM helpdesk_escalation_cause cause
                      JOIN helpdesk_escalation_step step ON step.id = cause.step_id
                     WHERE cause.incident_id = incident.id
                       AND step.recipient = 'responsible')"""
            ),
        }

    def _sql_resolution(self):
        return SQL(
            """
            CASE WHEN incident.kind = 'rating' THEN
                CASE
                WHEN clock.idle_reason != 'closed' THEN clock.idle_reason
                WHEN clock.policy_id IS NULL THEN (
                    SELECT CASE WHEN rated.escalation_muted THEN 'muted'
                                ELSE 'no_policy' END
                      FROM helpdesk_ticket rated
                     WHERE rated.id = incident.ticket_id)
                WHEN clock.closed_date > incident.anchor_date THEN 'closed'
                ELSE (
                    SELECT CASE WHEN message.escalation_party = 'waived' THEN 'waived'
                                ELSE 'answered' END
                      FROM mail_message message
                     WHERE message.model = 'helpdesk.ticket'
                       AND message.escalation_party IN ('staff', 'waived')
                       AND message.res_id = incident.ticket_id
                       AND message.id > incident.anchor_message_id
                  ORDER BY message.id
                     LIMIT 1)
                END
            ELSE %s END""",
            super()._sql_resolution(),
        )
