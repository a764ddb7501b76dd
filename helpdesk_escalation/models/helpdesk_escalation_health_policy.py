from odoo import api, models
from odoo.tools import SQL

from .groups import MANAGER_GROUP

POLICY = "helpdesk.escalation.policy"
UNCOVERED = [
    ("effective_escalation_policy_id", "=", False),
    ("escalation_muted", "=", False),
    ("closed", "=", False),
    ("duplicate_id", "=", False),
]


class HelpdeskEscalationHealth(models.AbstractModel):
    """Open tickets that no policy looks after (R1), and waits left alone (R12)."""

    _inherit = "helpdesk.escalation.health"

    @api.model
    def _find_problems(self):
        policies = self.env[POLICY].search([("active", "=", True)])
        return [
            *super()._find_problems(),
            *self._check_uncovered(policies),
            self._check_backlog(policies),
        ]

    @api.model
    def _check_uncovered(self, policies):
        """Find open tickets without any policy: those without a team come first.

        Where there are no policies at all yet, the first page says what to do.

        :return: at most two problems
        """
        if not policies:
            return []
        without_team, in_teams, names, team_ids = 0, 0, [], set()
        for team, company, count in self._read_uncovered():
            if not team:
                without_team += count
                continue
            in_teams += count
            team_ids.add(team.id)
            name = team.display_name
            if not team.company_id:
                name = f"{name} ({company.name})"
            names.append(name)
        problems = []
        if without_team:
            problems.append(
                self._prepare_problem(
                    "uncovered_no_team",
                    self.env._(
                        "Open tickets with neither a team nor an escalation policy: "
                        "%s. A default policy monitors them.",
                        without_team,
                    ),
                    self.env._("Show"),
                    action=self._prepare_list(
                        self.env._("Without team and policy"),
                        "helpdesk.ticket",
                        [*UNCOVERED, ("team_id", "=", False)],
                    ),
                )
            )
        if in_teams:
            problems.append(
                self._prepare_problem(
                    "uncovered",
                    self.env._(
                        "Teams with open tickets but no escalation policy: %(teams)s. "
                        "Open tickets: %(count)s.",
                        count=in_teams,
                        teams=self._join(names),
                    ),
                    self.env._("Show"),
                    action=self._prepare_list(
                        self.env._("Without policy"),
                        "helpdesk.ticket",
                        [*UNCOVERED, ("team_id", "!=", False)],
                    ),
                )
            )
            problems[-1]["offer"] = {
                "label": self.env._("Assign to Teams"),
                "action": policies._prepare_teams_action(
                    [("id", "in", sorted(team_ids))]
                ),
            }
        if without_team:
            problems[0]["offer"] = {
                "label": self.env._("Choose a Default"),
                "action": self._prepare_policies(policies),
            }
        return problems

    @api.model
    def _read_uncovered(self):
        """Count open tickets without a policy that the user may read.

        :return: team, company and number of tickets, those without a team first
        """
        tickets = self.env["helpdesk.ticket"]
        readable = tickets._search(
            [("closed", "=", False), ("duplicate_id", "=", False)]
        )
        clock = self.env["helpdesk.escalation.clock"]
        rows = self.env.execute_query(
            SQL(
                """
            SELECT ticket.team_id, ticket.company_id, COUNT(*)
              FROM helpdesk_ticket ticket
              JOIN %(policies)s AS chosen ON chosen.id = ticket.id
             WHERE ticket.id IN %(readable)s
               AND %(is_open)s
               AND chosen.policy_id IS NULL
               AND NOT chosen.is_covered
               AND ticket.escalation_muted IS NOT TRUE
          GROUP BY ticket.team_id, ticket.company_id
          ORDER BY ticket.team_id NULLS FIRST, ticket.company_id
                """,
                policies=clock._sql_policies(),
                # Known of the readable, and said again where the policies are read.
                is_open=clock._sql_open_stage("chosen"),
                readable=readable.subselect(),
            )
        )
        # Sudo: names of teams and companies of tickets that the user may read.
        teams = self.env["helpdesk.ticket.team"].sudo()
        companies = self.env["res.company"].sudo()
        return [
            (teams.browse(team_id), companies.browse(company_id), count)
            for team_id, company_id, count in rows
        ]

    @api.model
    def _check_backlog(self, policies):
        """Count the waits from before their policy counts; nobody is notified (R12)."""
        policies = policies._filtered_access("write")
        counts = self.env["helpdesk.escalation.clock"]._count_backlog(policies)
        left_alone = policies.filtered(lambda policy: counts.get(policy.id))
        if not left_alone:
            return None
        problem = self._prepare_problem(
            "backlog",
            self.env._(
                "Tickets that were already waiting before their policy applied, and "
                "are ignored: %(count)s (%(policies)s).",
                count=sum(counts.values()),
                policies=self._join(left_alone.mapped("name")),
            ),
            self.env._("Include Them"),
            method="action_include_backlog",
            confirm=self.env._(
                "Everyone whose step is due will be notified about these tickets "
                "immediately. Include them?"
            ),
        )
        problem["offer"] = {
            "label": self.env._("Show"),
            "action": self._prepare_policies(left_alone),
        }
        return problem

    @api.model
    def action_include_backlog(self):
        """Let all waits count that were left alone, under the user's policies (R12).

        :raise AccessError: for anybody but helpdesk managers
        """
        self._check_manager()
        policies = self.env[POLICY].search([("active", "=", True)])
        return policies._filtered_access("write").action_include_backlog()


class HelpdeskEscalationIncident(models.Model):
    _inherit = "helpdesk.escalation.incident"

    @api.model
    def _get_dashboard_advice(self):
        """Offer to make a policy the default where it is set nowhere yet."""
        advice = super()._get_dashboard_advice()
        policies = self.env[POLICY].search([], limit=2)
        if (
            policies
            and self.env.user.has_group(MANAGER_GROUP)
            and not self._is_any_policy_used()
        ):
            health = self.env["helpdesk.escalation.health"]
            advice["buttons"].append(
                {
                    "label": self.env._("Choose a Default"),
                    "action": health._prepare_policies(policies)
                    if len(policies) == 1
                    else health._prepare_list(
                        self.env._("Policies"), POLICY, [("active", "=", True)]
                    ),
                }
            )
        return advice
