from collections import Counter, namedtuple

from odoo import api, fields, models
from odoo.tools import SQL

from .helpdesk_escalation_policy import EARLIEST_START

Backlog = namedtuple("Backlog", ["policy_id", "holder", "count", "since"])
Backlog.__doc__ = """Waits that a policy leaves alone where it is set: the contact (in
the company it is set in), team or company; how many tickets; and when the longest of
these waits began (naive UTC, to the second)."""


class HelpdeskEscalationClock(models.Model):
    _inherit = "helpdesk.escalation.clock"

    @api.model
    def _read_backlog(self, policies):
        """Read the waits that began before they count, where each policy is set (R12).

        An incident of another kind is no wait: its ticket is counted all the same.

        :rtype: list[Backlog]
        """
        policies.flush_model(["start_date"])
        rows = self.env.execute_query(
            SQL(
                """
            SELECT clock.policy_id, clock.policy_source,
                   CASE clock.policy_source
                        WHEN 'partner' THEN clock.policy_partner_id
                        WHEN 'team' THEN clock.policy_team_id
                        ELSE clock.policy_company_id
                   END AS holder_id,
                   CASE clock.policy_source
                        WHEN 'partner' THEN clock.policy_company_id
                   END AS company_id,
                   COUNT(*),
                   date_trunc('second', MIN(clock.anchor_date))
              FROM %(clock)s AS clock
              JOIN helpdesk_escalation_policy policy ON policy.id = clock.policy_id
             WHERE %(may_wait)s
               AND clock.policy_id IN %(policies)s
               AND clock.anchor_date IS NOT NULL
               AND NOT %(counts)s
               AND NOT %(is_escalated)s
          GROUP BY 1, 2, 3, 4
                """,
                clock=self._table_sql,
                may_wait=self._sql_may_wait(),
                is_escalated=self._sql_is_escalated(),
                counts=policies._sql_counts_wait(
                    SQL("clock.anchor_date"),
                    SQL("clock.policy_source"),
                    SQL("policy.start_date"),
                    SQL("clock.policy_date"),
                ),
                policies=tuple(policies.ids) or (0,),
            )
        )
        models_of = {
            "partner": "res.partner",
            "team": "helpdesk.ticket.team",
            "company": "res.company",
        }
        backlogs = []
        for policy_id, source, holder_id, company_id, count, since in rows:
            holder = self.env[models_of[source]].browse(holder_id)
            if company_id:
                holder = holder.with_company(company_id)
            backlogs.append(Backlog(policy_id, holder, count, since))
        return backlogs

    @api.model
    def _count_backlog(self, policies):
        """Count the waits that began before they count, per policy (R12).

        :return: number of tickets per policy id
        :rtype: dict[int, int]
        """
        counts = Counter()
        for backlog in self._read_backlog(policies):
            counts[backlog.policy_id] += backlog.count
        return counts


class HelpdeskEscalationPolicy(models.Model):
    _inherit = "helpdesk.escalation.policy"

    backlog_count = fields.Integer(
        compute="_compute_backlog_count",
        help="Tickets whose client was already waiting before the policy applied to "
        "them. They are ignored until you include them.",
    )

    @api.depends("active", "company_id", "count_from", "start_date")
    def _compute_backlog_count(self):
        """Count the waits that the policy leaves alone (R12)."""
        counts = self.env["helpdesk.escalation.clock"]._count_backlog(self)
        for policy in self:
            policy.backlog_count = counts.get(policy.id, 0)

    def action_include_backlog(self):
        """Let the waits that were counted as backlog count from now on (R12).

        The start date, and the dates at the teams, clients and companies where these
        waits are, go back to when the longest of them began, and no further.

        :raise AccessError: for whoever may not edit the policy
        """
        self.check_access("write")
        # Sudo: they are counted whoever may read them.
        backlogs = self.env["helpdesk.escalation.clock"].sudo()._read_backlog(self)
        for policy in self:
            found = [one for one in backlogs if one.policy_id == policy.id]
            since = min((one.since for one in found), default=False)
            if since and policy.start_date and policy.start_date > since:
                policy.start_date = since if since >= EARLIEST_START else False
            for one in found:
                set_date = one.holder.escalation_policy_date
                if set_date and set_date > one.since:
                    one.holder.escalation_policy_date = one.since
        if backlogs:
            # Also where only dates elsewhere have moved. Sudo: the run is the system's.
            self.env["helpdesk.escalation.engine"].sudo()._trigger_run()
        return True
