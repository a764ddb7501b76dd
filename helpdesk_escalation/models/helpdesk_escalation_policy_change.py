from odoo import models
from odoo.tools import SQL


class HelpdeskEscalationIncident(models.Model):
    """R6: another policy counts for an escalated ticket. It is the same incident.

    It is under the new policy from then on, so that all screens name one policy. How
    far the one before had come is kept beside.
    """

    _inherit = "helpdesk.escalation.incident"

    def _change_policy(self, policy):
        """Go on with another policy, whose steps up to here are passed over (R6).

        All are in the terms of one company.

        :return: lines for the tickets' chatter, per incident
        :rtype: dict
        """
        stories = {
            incident: [incident._get_policy_change_words(policy)] for incident in self
        }
        self.policy_id = policy
        return stories

    def _get_policy_change_words(self, policy):
        self.ensure_one()
        if not self.policy_id:
            return self.env._(
                "The policy %s counts from now on.", policy.with_env(self.env).name
            )
        names = {"old": self.policy_id.name, "new": policy.with_env(self.env).name}
        if self.last_fired_delay < 0:
            return self.env._(
                "The policy %(new)s counts now instead of %(old)s: the escalation "
                "goes on with its steps.",
                **names,
            )
        return self.env._(
            "The policy %(new)s counts now instead of %(old)s: the escalation goes on "
            "with its steps after %(delay)s.",
            delay=self.env["helpdesk.escalation.step"]._format_minutes(
                self.last_fired_delay
            ),
            **names,
        )


class HelpdeskEscalationEngine(models.AbstractModel):
    _inherit = "helpdesk.escalation.engine"

    def _sql_case_fields(self):
        """Add whether another policy counts than the one the incident is under."""
        return {
            **super()._sql_case_fields(),
            "has_other_policy": self._sql_has_other_policy(),
        }

    def _sql_may_restart(self):
        """Look also at what another policy counts for."""
        return SQL(
            "(%s OR %s)", super()._sql_may_restart(), self._sql_has_other_policy()
        )

    def _sql_has_other_policy(self):
        return SQL("COALESCE(incident.policy_id, 0) != clock.policy_id")

    def _needs_work(self, plan, case):
        return bool(case.has_other_policy) or super()._needs_work(plan, case)

    def _restart(self, plan, cases):
        self._change_policies(plan, cases)
        return super()._restart(plan, cases)

    def _change_policies(self, plan, cases):
        """Have incidents go on with the policy that counts now, all together (R6)."""
        changed = {
            case.incident_id: case
            for case in cases
            if case.has_other_policy and not case.resolution
        }
        if not changed:
            return
        plan.known.clear()
        incidents = self.env["helpdesk.escalation.incident"].browse(changed)
        for speaking in incidents._in_company_terms():
            for policy, alike in speaking.grouped(
                lambda one: changed[one.id].policy_id
            ).items():
                stories = alike._change_policy(
                    self.env["helpdesk.escalation.policy"].browse(policy)
                )
                # Another team begins a new round, and says so (R6).
                plan.tell(
                    {
                        incident: words
                        for incident, words in stories.items()
                        if changed[incident.id].hands != "moved"
                    }
                )
