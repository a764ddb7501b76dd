import logging

from odoo import models
from odoo.tools import SQL

from odoo.addons.helpdesk_escalation.tools.contention import is_contention

from .hits import Candidate, TriggerHit

_logger = logging.getLogger(__name__)


class HelpdeskEscalationEngine(models.AbstractModel):
    """Triggers: what raises the alarm at once, found from messages and tickets.

    Only tickets whose policy has triggers, or that somebody asks for, are looked at,
    and of those only what the client wrote since the wait began. All kinds look at all
    tickets together.
    """

    _inherit = "helpdesk.escalation.engine"

    def _prepare_plan(self, now):
        """Add what is to be watched: policies with triggers, and tickets asked for."""
        requests = self.env["helpdesk.escalation.request"]
        if requests._may_be_there():
            requests = requests.search_fetch([], ["ticket_id"])
        return {
            **super()._prepare_plan(now),
            "watched_policies": self.env[
                "helpdesk.escalation.trigger"
            ]._get_policy_ids(),
            "watched_tickets": tuple(requests.ticket_id.ids),
        }

    # ------------------------------------------------------------------
    # What is read beside
    # ------------------------------------------------------------------

    def _sql_wait_fields(self, plan):
        """Add since when a ticket that triggers may raise has been waiting.

        NULL for others: what is not asked for is not looked up in the messages.
        """
        return {
            **super()._sql_wait_fields(plan),
            "waiting_since": self._sql_watched(plan, "waiting_since"),
            "waiting_message_id": self._sql_watched(plan, "waiting_message_id"),
        }

    def _sql_watched(self, plan, column):
        if not self._is_watching(plan):
            return SQL("NULL")
        return SQL(
            "CASE WHEN %s THEN %s END",
            self._sql_is_watched(plan),
            SQL.identifier("clock", column),
        )

    def _sql_is_watched(self, plan):
        return SQL(
            "(clock.policy_id IN %s OR clock.id IN %s)",
            plan.watched_policies or (0,),
            plan.watched_tickets or (0,),
        )

    def _sql_wait_is_wanted(self, plan):
        """Add the waits that triggers may raise."""
        wanted = super()._sql_wait_is_wanted(plan)
        if not self._is_watching(plan):
            return wanted
        return SQL(
            "(%s OR (clock.is_waiting AND %s))", wanted, self._sql_is_watched(plan)
        )

    def _sql_case_fields(self):
        """Add the wait that triggers look at; NULL where there are none."""
        is_looked_at = (
            self.env["helpdesk.escalation.trigger"]._get_policy_ids()
            or self.env["helpdesk.escalation.request"]._may_be_there()
        )
        return {
            **super()._sql_case_fields(),
            "waiting_since": SQL(
                "CASE WHEN incident.kind = 'automatic' THEN clock.waiting_since END"
            )
            if is_looked_at
            else SQL("NULL::timestamp"),
            "waiting_message_id": SQL("clock.waiting_message_id")
            if is_looked_at
            else SQL("NULL::int"),
        }

    def _sql_may_restart(self):
        """Add those that a trigger may raise: looked at also when somebody is on it."""
        policy_ids = self.env["helpdesk.escalation.trigger"]._get_policy_ids()
        return SQL(
            "(%s OR clock.policy_id IN %s OR EXISTS ("
            "SELECT FROM helpdesk_escalation_request request "
            "WHERE request.ticket_id = incident.ticket_id))",
            super()._sql_may_restart(),
            policy_ids or (0,),
        )

    # ------------------------------------------------------------------
    # In the run
    # ------------------------------------------------------------------

    def _find_work(self, plan):
        """Add the tickets that a trigger raises now."""
        work = super()._find_work(plan)
        caused = self._find_caused(plan, work)
        return work._replace(ticket_ids=list(dict.fromkeys(work.ticket_ids + caused)))

    def _open_due(self, plan, ticket_ids):
        """Open or raise also what a trigger meets."""
        result = super()._open_due(plan, ticket_ids)
        self._raise_causes(plan, ticket_ids)
        return result

    def _is_watching(self, plan):
        return bool(plan.watched_policies or plan.watched_tickets)

    def _find_caused(self, plan, work):
        """Find the tickets that a trigger raises now, and remember what was searched.

        :return: ticket ids
        """
        if not self._is_watching(plan):
            return []
        candidates = self._get_candidates(plan, work.cases, work.waits)
        searched = []
        caused = {
            found.ticket_id for found in self._find_causes(plan, candidates, searched)
        }
        # What matched is kept together with what came of it, or it could be lost.
        self.env["helpdesk.escalation.keyword.scan"]._keep(
            [one for one in searched if one[0] not in caused]
        )
        self._drop_idle_requests(plan, candidates)
        return list(caused)

    def _get_candidates(self, plan, cases, waits):
        open_cases = [
            Candidate(
                case.ticket_id,
                case.policy_id,
                case.waiting_since,
                case.waiting_message_id,
                None,
                None,
                case.incident_id,
            )
            for case in cases
            if case.waiting_since
            and not case.resolution
            and case.policy_id in plan.cutoffs
            and (
                case.policy_id in plan.watched_policies
                or case.ticket_id in plan.watched_tickets
            )
        ]
        return open_cases + [
            Candidate(
                wait.ticket_id,
                wait.policy_id,
                wait.waiting_since,
                wait.waiting_message_id,
                wait.anchor_date,
                wait.anchor_message_id,
                None,
            )
            for wait in waits
            if wait.waiting_since and not wait.is_due
        ]

    def _find_causes(self, plan, candidates, searched):
        """Find why watched tickets are to be escalated at once.

        A trigger fires once in a wait: what the open incident knows already is left
        out. Nothing here may stop the steps that are due: a fault is logged, and the
        triggers of its kind are left to the next run.

        :param list searched: gets the messages that were searched, as ``_keep``
            takes them
        :rtype: list[TriggerHit]
        """
        candidates = [candidate for candidate in candidates if candidate.waiting_since]
        if not candidates:
            return []
        policy_ids = {candidate.policy_id for candidate in candidates}
        triggers = plan.policies.browse(policy_ids).trigger_ids
        all_found = []
        for kind, of_kind in triggers.grouped("kind").items():
            try:
                with self.env.cr.savepoint():
                    find = getattr(of_kind, f"_find_causes_{kind}")
                    all_found += find(plan, candidates, searched)
            except Exception as error:
                if is_contention(error):
                    raise
                _logger.warning("No %s trigger could be read", kind, exc_info=True)
        all_found += self._find_requested(candidates)
        return self._drop_known(all_found, candidates)

    def _drop_known(self, all_found, candidates):
        incidents = {
            candidate.ticket_id: candidate.incident_id for candidate in candidates
        }
        known = {
            self._get_cause_key(cause.incident_id.id, cause.trigger_id, cause.detail)
            for cause in self.env["helpdesk.escalation.cause"].search(
                [("incident_id", "in", list(filter(None, incidents.values())))]
            )
        }
        fresh = {}
        for found in all_found:
            key = self._get_cause_key(
                incidents[found.ticket_id], found.trigger, found.detail
            )
            if key not in known:
                fresh.setdefault((found.ticket_id, key), found)
        return list(fresh.values())

    def _get_cause_key(self, incident_id, trigger, detail):
        return incident_id, trigger.id or detail

    # ------------------------------------------------------------------
    # What is asked for
    # ------------------------------------------------------------------

    def _find_requested(self, candidates):
        """Take what automations and code ask for."""
        requests = self.env["helpdesk.escalation.request"].search(
            [("ticket_id", "in", [candidate.ticket_id for candidate in candidates])]
        )
        nothing = self.env["helpdesk.escalation.trigger"]
        return [
            TriggerHit(request.ticket_id.id, "action", nothing, 0, request.detail)
            for request in requests
        ]

    def _drop_idle_requests(self, plan, candidates):
        """Forget requests for tickets on which nobody waits: those stay quiet."""
        watched = {candidate.ticket_id for candidate in candidates}
        rest = [one for one in plan.watched_tickets if one not in watched]
        if not rest:
            return
        rows = self.env.execute_query(
            SQL(
                """
            SELECT clock.id
              FROM %s AS clock
             WHERE clock.id IN %s
               AND (clock.idle_reason IS NOT NULL OR clock.waiting_since IS NULL)
                """,
                self.env["helpdesk.escalation.clock"]._table_sql,
                tuple(rest),
            )
        )
        self.env["helpdesk.escalation.request"].search(
            [("ticket_id", "in", [row[0] for row in rows])]
        ).unlink()

    # ------------------------------------------------------------------
    # What comes of it
    # ------------------------------------------------------------------

    def _raise_causes(self, plan, ticket_ids):
        """Open or raise the incidents of tickets that a trigger meets (R6).

        Everything is looked at again, after the lock. The incident keeps the causes;
        each says at which step it starts. Nobody is notified yet.
        """
        incident_model = self.env["helpdesk.escalation.incident"]
        if not self._is_watching(plan):
            return
        searched = []
        candidates = self._get_candidates(
            plan, self._read_cases(plan, ticket_ids), self._read_waits(plan, ticket_ids)
        )
        found = self._find_causes(plan, candidates, searched)
        if found:
            plan.known.clear()
        by_ticket = {}
        for one in found:
            by_ticket.setdefault(one.ticket_id, []).append(one)
        raised = [
            candidate for candidate in candidates if candidate.ticket_id in by_ticket
        ]
        opening = [one for one in raised if not one.incident_id]
        opened = self._open(plan, opening)
        incidents = opened + incident_model.browse(
            candidate.incident_id for candidate in raised if candidate.incident_id
        )
        incidents._wake(
            plan,
            lambda env: env._("A trigger ends the snooze: the steps start again."),
        )
        policies = {candidate.ticket_id: candidate.policy_id for candidate in raised}
        values = [
            self._prepare_cause(
                incident, plan.policies.browse(policies[incident.ticket_id.id]), one
            )
            for incident in incidents
            for one in by_ticket[incident.ticket_id.id]
        ]
        causes = self.env["helpdesk.escalation.cause"].create(values)
        self.env["helpdesk.escalation.keyword.scan"]._keep(searched)
        self.env["helpdesk.escalation.request"].search(
            [("ticket_id", "in", list(policies))]
        ).unlink()
        self._tell_causes(plan, causes.filtered(lambda c: c.incident_id.step_date))

    def _prepare_cause(self, incident, policy, found):
        return {
            "incident_id": incident.id,
            "kind": found.kind,
            "trigger_id": found.trigger.id,
            "detail": found.detail,
            "message_id": found.message_id or False,
            "round": incident.round,
            "step_id": self._get_start_step(incident, policy, found).id,
        }

    def _get_start_step(self, incident, policy, found):
        """Say at which step a cause starts; none when it is as far, or confirmed."""
        step_model = self.env["helpdesk.escalation.step"]
        if incident.state != "active":
            return step_model
        wanted = found.trigger.step_id or self._get_requested_step(incident, policy)
        if wanted.policy_id != policy:
            # Deleted, or of the policy that counted before.
            wanted = step_model
        steps = policy.step_ids.sorted()
        if wanted:
            steps = steps[list(steps).index(wanted) :]
        for step in steps:
            if not step._is_passed_over(incident):
                far_enough = (
                    incident.step_date and step.delay <= incident.last_fired_delay
                )
                return step_model if far_enough else step
        return step_model

    def _get_requested_step(self, incident, policy):
        requests = self.env["helpdesk.escalation.request"].search(
            [
                ("ticket_id", "=", incident.ticket_id.id),
                ("step_id.policy_id", "=", policy.id),
            ]
        )
        return requests.step_id.sorted()[:1]

    def _tell_causes(self, plan, causes):
        """Say in the chatter of an open incident that there is one more reason (R9)."""
        for speaking in causes.incident_id._in_company_terms():
            for incident in speaking:
                fresh = causes.filtered(lambda c, i=incident: c.incident_id == i)
                names = fresh.with_env(incident.env).mapped("display_name")
                words = incident.env._("One more reason: %s.", ", ".join(names))
                plan.tell({incident: [words]})
