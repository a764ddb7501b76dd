from odoo import models
from odoo.tools import SQL


class HelpdeskEscalationEngine(models.AbstractModel):
    """R6, R7, R10: the ticket changes hands, or people leave who were notified.

    All of it is found from the open incidents, for all of them together.
    """

    _inherit = "helpdesk.escalation.engine"

    # ------------------------------------------------------------------
    # What is read
    # ------------------------------------------------------------------

    def _query_cases(self, now, ticket_ids):
        self.env["helpdesk.ticket"].flush_model(["partner_id", "team_id", "user_id"])
        self.env["helpdesk.ticket.team"].flush_model(
            ["parent_id", "user_id", "user_ids"]
        )
        self.env["res.users"].flush_model(
            ["active", "company_ids", "partner_id", "share"]
        )
        self.env["helpdesk.escalation.notification"].flush_model()
        self.env["mail.activity"].flush_model(["active"])
        return super()._query_cases(now, ticket_ids)

    def _read_cases(self, plan, ticket_ids=None):
        """Add who is away, of those that something hangs on: as the calendar says."""
        key = None if ticket_ids is None else tuple(ticket_ids)
        if key not in plan.known:
            cases = super()._read_cases(plan, ticket_ids)
            plan.known[key] = self._add_absences(plan, cases)
        return plan.known[key]

    def _add_absences(self, plan, cases):
        """Say of cases whether who is on it, or all who were notified, have gone away.

        Only where the policy passes over people on leave.
        """
        if plan.absences is None:
            return cases
        looking = [case for case in cases if case.skip_on_leave]
        people = {case.confirmed_by_id for case in looking}
        people.update(*(case.notified_ids or () for case in looking))
        self._read_absences(plan, people - {None, 0})
        return [self._with_absences(plan, case) for case in cases]

    def _read_absences(self, plan, user_ids):
        """Read who is away of people that the run has not met yet, all together."""
        users = self.env["res.users"].browse(user_ids - plan.absences.keys())
        for user in users:
            plan.absences[user.id] = (
                user.escalation_away_since if user.is_escalation_away else None
            )

    def _with_absences(self, plan, case):
        if case.notified_ids == [0]:
            return case._replace(reach="gone")
        if not case.skip_on_leave:
            return case
        if case.state == "confirmed" and not case.confirmer:
            since = plan.absences.get(case.confirmed_by_id)
            # Who confirmed while on leave stays the one who is on it. Who was there may
            # have fallen ill since, by a leave that is said to begin in the morning.
            if since and (since > case.confirmed_date or case.was_there):
                return case._replace(confirmer="away")
        if case.state == "active" and case.notified_ids:
            able = set(case.notified_ids) - {0}
            if all(plan.absences.get(user_id) for user_id in able):
                return case._replace(reach="away")
        return case

    def _sql_case_fields(self):
        """Add whose the ticket is now, and what has become of the people."""
        able = self._sql_is_able(SQL("line.user_id"))
        return {
            **super()._sql_case_fields(),
            "skip_on_leave": SQL("policy.skip_on_leave"),
            "hands": self._sql_hands(),
            "confirmed_by_id": SQL("incident.confirmed_by_id"),
            "was_there": SQL("incident.confirmed_away IS FALSE"),
            "confirmer": SQL("CASE WHEN %s THEN 'gone' END", self._sql_is_left()),
            "notified_ids": self._sql_notified(
                SQL("COALESCE(CASE WHEN %s THEN line.user_id END, 0)", able)
            ),
            # See _with_absences.
            "reach": SQL("NULL"),
        }

    def _sql_may_restart(self):
        """Look also at what has changed hands or lost who was on it."""
        return SQL(
            "(%s OR policy.skip_on_leave OR %s OR %s IS NOT NULL)",
            super()._sql_may_restart(),
            self._sql_is_left(),
            self._sql_hands(),
        )

    def _sql_hands(self):
        """State what has changed since the incident last acted (R6).

        'moved' to another team, or 'people' where only those have changed. A
        confirmation by somebody in the new team lasts, and so it does without a team.
        """
        return SQL(
            """
            (SELECT CASE
                    WHEN ticket.team_id IS DISTINCT FROM incident.acted_team_id
                     AND (incident.state = 'active' OR NOT (
                          team.id IS NULL
                          OR team.user_id IS NOT DISTINCT FROM incident.confirmed_by_id
                          OR EXISTS (
                             SELECT FROM helpdesk_ticket_team_res_users_rel member
                              WHERE member.helpdesk_ticket_team_id = team.id
                                AND member.res_users_id = incident.confirmed_by_id)))
                    THEN 'moved'
                    WHEN (ticket.team_id, ticket.user_id, team.user_id, parent.user_id)
                         IS DISTINCT FROM (
                         incident.acted_team_id, incident.acted_responsible_id,
                         incident.acted_team_leader_id,
                         incident.acted_parent_team_leader_id)
                    THEN 'people' END
               FROM helpdesk_ticket ticket
          LEFT JOIN helpdesk_ticket_team team ON team.id = ticket.team_id
          LEFT JOIN helpdesk_ticket_team parent ON parent.id = team.parent_id
              WHERE ticket.id = incident.ticket_id)"""
        )

    def _sql_is_able(self, user_id):
        """State whether a user can act on the ticket: what cannot come back (R7).

        Who has become its client may not.
        """
        return SQL(
            """
            EXISTS (SELECT FROM res_users person
                      JOIN res_company_users_rel may ON may.user_id = person.id
                     WHERE person.id = %s AND may.cid = clock.company_id
                       AND person.active AND person.share IS NOT TRUE
                       AND person.partner_id IS DISTINCT FROM (
                           SELECT ticket.partner_id FROM helpdesk_ticket ticket
                            WHERE ticket.id = incident.ticket_id))""",
            user_id,
        )

    def _sql_is_left(self):
        """State whether who is on it cannot act any more (R10)."""
        return SQL(
            "(incident.state = 'confirmed' AND NOT %s)",
            self._sql_is_able(SQL("incident.confirmed_by_id")),
        )

    def _sql_notified(self, what):
        """List something of who counts as notified; NULL where nobody does."""
        return SQL("(SELECT array_agg(DISTINCT %s) %s)", what, self._sql_live_lines())

    def _sql_live_lines(self):
        # Whoever was deleted is gone from the line.
        return SQL(
            """
              FROM helpdesk_escalation_notification line
         LEFT JOIN mail_activity activity ON activity.id = line.activity_id
             WHERE line.incident_id = incident.id
               AND incident.state = 'active'
               AND (line.state IN ('pending', 'sent')
                    OR line.made_change AND line.received_as IS NOT NULL)
               AND line.is_replaced IS NOT TRUE
               AND line.channel IN %s
               AND (line.round >= incident.live_round OR activity.active)""",
            tuple(self.env["helpdesk.escalation.notification"]._get_channels()),
        )

    # ------------------------------------------------------------------
    # In the run
    # ------------------------------------------------------------------

    def _needs_work(self, plan, case):
        return bool(case.hands and self._is_at_work(plan, case)) or super()._needs_work(
            plan, case
        )

    def _restart(self, plan, cases):
        """See also to what has changed hands, and where people have left."""
        self._change_hands(plan, cases)
        self._restart_left(plan, cases)
        self._note_nobody_left(plan, cases)
        return super()._restart(plan, cases)

    def _change_hands(self, plan, cases):
        """Notify who has received a ticket, for all incidents together (R6)."""
        changed = {
            case.incident_id: case
            for case in cases
            if case.hands and not case.resolution and self._is_at_work(plan, case)
        }
        if not changed:
            return
        plan.known.clear()
        incidents = self.env["helpdesk.escalation.incident"].browse(changed)
        for speaking in incidents._sort_for_firing()._in_company_terms():
            policies = {
                incident: plan.policies.browse(changed[incident.id].policy_id or ())
                for incident in speaking
            }
            renewed = speaking.filtered(
                lambda one: self._get_renewal(plan, changed[one.id]) == "moved"
            )
            plan.tell(speaking._change_hands(policies, renewed, plan.notified))

    def _restart_left(self, plan, cases):
        """Start anew where whoever was on it cannot act any more (R10)."""
        alike = {}
        for case in cases:
            if self._get_renewal(plan, case) == "unable":
                key = case.confirmed_by_id, case.policy_id
                alike.setdefault(key, []).append(case.incident_id)
        for (_user_id, policy_id), incident_ids in alike.items():
            plan.known.clear()
            incidents = self.env["helpdesk.escalation.incident"].browse(incident_ids)
            for speaking in incidents._in_company_terms():
                words = speaking[0]._get_renewal_words("unable")
                speaking.notification_ids._withdraw()
                speaking._renew(plan.now)
                plan.tell({incident: [words] for incident in speaking})
                if not policy_id:
                    # No step will come.
                    for incident in speaking:
                        incident._pass_on()

    def _note_nobody_left(self, plan, cases):
        """Show where nobody who was notified is left: it passes on in this run (R7)."""
        lost = [
            case
            for case in cases
            if case.state == "active"
            and not (case.nobody_reached or case.resolution or case.hands)
            and case.step_date
            and case.step_date >= case.round_date
            and self._is_at_work(plan, case)
            and self._is_nobody_left(case, self._get_steps_to_come(plan, case))
        ]
        if not lost:
            return
        plan.known.clear()
        without_policy = {case.incident_id for case in lost if not case.policy_id}
        incidents = self.env["helpdesk.escalation.incident"].browse(
            case.incident_id for case in lost
        )
        incidents.nobody_reached = True
        for speaking in incidents._in_company_terms():
            words = speaking.env._(
                "Nobody who was notified is left: the escalation goes on."
            )
            plan.tell({incident: [words] for incident in speaking})
            for incident in speaking:
                if incident.id in without_policy:
                    incident._pass_on()

    def _get_steps_to_come(self, plan, case):
        cutoffs = plan.cutoffs.get(case.policy_id)
        return self._get_left_steps(dict(cutoffs.steps), case) if cutoffs else []
