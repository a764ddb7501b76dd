from odoo import models


class HelpdeskEscalationEngine(models.AbstractModel):
    """R5, R6, R11: end, restart, open and fire, for many incidents together."""

    _inherit = "helpdesk.escalation.engine"

    def _resolve_ended(self, plan, cases):
        """Resolve the incidents whose wait is over, with the reason (R11).

        :return: the other cases
        """
        by_reason = {}
        for case in cases:
            if case.resolution:
                by_reason.setdefault(case.resolution, []).append(case.incident_id)
        if not by_reason:
            return cases
        plan.known.clear()
        for resolution, incident_ids in by_reason.items():
            incidents = self.env["helpdesk.escalation.incident"].browse(incident_ids)
            for speaking in incidents._in_company_terms():
                speaking._resolve(resolution)
        return [case for case in cases if not case.resolution]

    def _restart(self, plan, cases):
        """Start a new round where "I'm on it" was not enough or not said (R6)."""
        for case in cases:
            renewal = self._get_renewal(plan, case)
            if not renewal or renewal in ("moved", "unable"):
                # These are seen to together, as many may begin at once.
                continue
            plan.known.clear()
            incident = self.env["helpdesk.escalation.incident"].browse(case.incident_id)
            (incident,) = incident._in_company_terms()
            confirmer = incident.confirmed_by_id
            plan.tell({incident: [incident._get_renewal_words(renewal)]})
            incident._renew(plan.now)
            if renewal == "repeat":
                incident.repeats += 1
            elif confirmer:
                notified = plan.notified.setdefault(case.ticket_id, set())
                reached = incident._remind(confirmer, notified, renewal)
                if not (reached or case.policy_id):
                    # No step will come.
                    incident._pass_on()

    def _open_due(self, plan, ticket_ids):
        """Open an incident for each ticket whose first step is due (R5, R12)."""
        # Who is escalated is not read: mostly these are all.
        escalated = {
            case.ticket_id
            for case in self._read_cases(plan, ticket_ids)
            if case.kind == "automatic"
        }
        waits = self._read_waits(
            plan, [one for one in ticket_ids if one not in escalated]
        )
        self._open(plan, [wait for wait in waits if wait.is_due])

    def _open(self, plan, waits):
        """Open an incident for each wait; its anchor is frozen from now (R4)."""
        incidents = self.env["helpdesk.escalation.incident"]
        if not waits:
            return incidents
        plan.known.clear()
        incidents = incidents.with_context(
            tracking_disable=True, mail_create_nosubscribe=True
        ).create(
            [
                {
                    "ticket_id": wait.ticket_id,
                    "policy_id": wait.policy_id,
                    "anchor_date": wait.anchor_date,
                    "anchor_message_id": wait.anchor_message_id,
                }
                for wait in waits
            ]
        )
        incidents._link_previous()
        return incidents

    def _fire_due(self, plan, cases):
        """Fire what is due, for all incidents together (R6, R7, R9)."""
        firing = {}
        for case in cases:
            steps = self._get_firing_steps(plan, case) if not case.resolution else None
            if steps:
                firing[case.incident_id] = (case, *steps)
        if not firing:
            return
        plan.known.clear()
        incidents = self.env["helpdesk.escalation.incident"].browse(firing)
        for speaking in incidents._sort_for_firing()._in_company_terms():
            values = []
            stories = {}
            progress = {}
            for incident in speaking:
                case, due, later = firing[incident.id]
                # Another incident of the ticket may have notified somebody just now.
                notified = plan.notified.setdefault(case.ticket_id, set())
                story = []
                if not incident.step_date:
                    story.append(incident._get_opening_words())
                policy = plan.policies.browse(case.policy_id)
                its_values, progress[incident] = incident._fire(
                    policy, due, later, plan.now, story, notified
                )
                values += its_values
                stories[incident] = story
            speaking._write_progress(progress)
            speaking._notify(values, stories)
            plan.tell(stories)
        called = [case.incident_id for case in cases if case.called_step_ids]
        self.env["helpdesk.escalation.incident"].browse(called)._pass_over_earlier()
