from odoo import api, models
from odoo.tools import SQL


class HelpdeskEscalationClock(models.Model):
    _inherit = "helpdesk.escalation.clock"

    @api.model
    def _find_uncovered_companies(self, teams):
        """Find the companies for whose tickets in a team no policy counts (R1).

        Of the companies that the user works for; what is set on tickets and clients is
        left out.

        :param teams: written ones, or an empty one for tickets without a team
        :return: companies per team
        :rtype: dict
        """
        self._flush_policy_tables()
        covered = set(
            self.env.execute_query(
                SQL(
                    """
    WITH RECURSIVE %s
    SELECT team_id, company_id FROM team_policy WHERE team_id IN %s
     UNION ALL
    SELECT NULL, company_id FROM company_policy
                    """,
                    self._sql_policy_tables(),
                    tuple(teams.ids) or (0,),
                )
            )
        )
        companies = self.env.user.company_ids.filtered("active")
        return {
            team: companies.filtered(
                lambda company, team=team: (team.id, company.id) not in covered
                and (None, company.id) not in covered
            )
            for team in teams or [teams]
        }


class HelpdeskEscalationPolicy(models.Model):
    """A policy of one company does not see the tickets of others (R1): say so."""

    _inherit = "helpdesk.escalation.policy"

    def _get_uncovered_notes(self, teams):
        """Say which companies' tickets in its teams have no policy.

        :param teams: where the policy is set
        :rtype: list[str]
        """
        self.ensure_one()
        shared = teams.filtered(lambda team: not team.company_id)
        if not self.company_id or not shared:
            return []
        uncovered = self.env["helpdesk.escalation.clock"]._find_uncovered_companies(
            shared
        )
        by_companies = shared.grouped(lambda team: uncovered[team])
        return [
            self.env._(
                "On %(teams)s it applies to tickets of %(company)s only: those of "
                "%(others)s have no policy there.",
                teams=self._join_names(of_companies.mapped("display_name")),
                company=self.company_id.name,
                others=self._join_names(companies.mapped("name")),
            )
            for companies, of_companies in by_companies.items()
            if companies
        ]

    @api.model
    def _get_uncovered_words(self, team, own):
        """Say which companies' tickets in a team of all companies have no policy.

        :param team: as it is in the form
        :param own: the policy set on it, may be empty
        """
        if team.company_id or not own.company_id:
            return False
        above = team.parent_id._origin
        (companies,) = (
            self.env["helpdesk.escalation.clock"]
            ._find_uncovered_companies(above)
            .values()
        )
        if own.active:
            companies = companies.filtered(lambda company: not own._is_for(company))
        return bool(companies) and self.env._(
            "No policy applies here to tickets of %s.",
            self._join_names(companies.mapped("name")),
        )
