from collections import namedtuple
from functools import partial

from odoo import api, models
from odoo.tools import SQL

PolicyMatch = namedtuple(
    "PolicyMatch", ["policy", "source", "partner", "team", "company", "date"]
)
PolicyMatch.__doc__ = """Which policy counts (empty: none), where it is set ("ticket",
"partner", "team", "company" or None), the contact, team or company it is set on, and
since when (naive UTC; None on the ticket itself, or when it is not known). Of a contact
the company is the one in which it is set."""


class HelpdeskEscalationClock(models.Model):
    """R1 for tickets that need not exist: the same statement, asked beforehand."""

    _inherit = "helpdesk.escalation.clock"

    @api.model
    def _find_policy(self, partner, team, company, ticket=None, own=None):
        """Tell which policy would count for a client's ticket in a team (R1).

        :param partner: a contact, or empty for an unknown sender
        :param team: a team, or empty
        :param company: the ticket's company
        :param ticket: a ticket, written or not, to judge conditions by; without it
            they are taken to hold
        :param own: a policy that would be set on the ticket itself
        :rtype: PolicyMatch
        """
        self._flush_policy_tables()
        holds = None
        if not (ticket and ticket.id):
            # No row that the database could judge.
            failing_ids = self._get_failing_ids(ticket)
            holds = partial(self._sql_is_none_of, failing_ids)
        (row,) = self.env.execute_query(
            SQL(
                """
    WITH RECURSIVE
    %(policy_tables)s
    SELECT policy.id, %(policy_source)s, by_partner.holder_id, by_team.holder_id,
           by_partner.company_id, by_company.holder_id, %(policy_date)s
      FROM (SELECT %(ticket)s::int AS id,
                   %(own)s::int AS escalation_policy_id,
                   FALSE AS escalation_muted,
                   NULL::int AS escalation_cause_ticket_id,
                   %(partner)s::int AS partner_id,
                   %(team)s::int AS team_id,
                   %(company)s::int AS company_id) ticket
%(policy_joins)s
                """,
                policy_tables=self._sql_policy_tables(),
                policy_source=self._sql_policy_source(),
                policy_date=self._sql_policy_date(),
                policy_joins=self._sql_policy_joins(holds),
                ticket=ticket and ticket.id or None,
                own=own and own.id or None,
                partner=partner._origin.id or None,
                team=team._origin.id or None,
                company=company.id or None,
            )
        )
        policy_id, source, partner_id, team_id, in_company_id, company_id, date = row
        companies = {"partner": in_company_id, "company": company_id}
        return PolicyMatch(
            self.env["helpdesk.escalation.policy"].browse(policy_id),
            source,
            self.env["res.partner"].browse(source == "partner" and partner_id),
            self.env["helpdesk.ticket.team"].browse(source == "team" and team_id),
            self.env["res.company"].browse(companies.get(source)),
            date,
        )

    @api.model
    def _flush_policy_tables(self):
        """Write what ``_sql_policy_tables`` reads."""
        for model in (
            "helpdesk.escalation.policy",
            "helpdesk.ticket.team",
            "res.company",
            "res.partner",
        ):
            self.env[model].flush_model(self._depends[model])

    @api.model
    def _get_failing_ids(self, ticket):
        """Return the policies whose condition keeps them from a ticket not written."""
        # Sudo: another company's policy may be set on a client of both.
        policies = self.env["helpdesk.escalation.policy"].sudo()
        if not ticket:
            return ()
        return tuple(
            policy_id
            for policy_id, _condition in policies._get_conditions()
            if not policies.browse(policy_id)._would_hold(ticket)
        )

    def _sql_is_none_of(self, failing_ids, policy_id):
        return SQL("%s != ALL(%s::int[])", policy_id, list(failing_ids))

    @api.model
    def _get_source_words(self, source, partner, team, company):
        """Say where a policy is set; False when there is none."""
        return {
            "ticket": self.env._("this ticket"),
            "partner": self.env._("client %s", partner.name),
            "team": self.env._("team %s", team.name),
            "company": self.env._("the default of %s", company.name),
        }.get(source, False)

    @api.model
    def _get_match_words(self, match):
        """Say the same of a ``PolicyMatch``."""
        return self._get_source_words(
            match.source, match.partner, match.team, match.company
        )


class HelpdeskEscalationCondition(models.AbstractModel):
    _inherit = "helpdesk.escalation.condition"

    def _would_hold(self, ticket):
        """Whether the condition holds for a ticket that is not written."""
        self.ensure_one()
        if not self._has_condition():
            return True
        if self._find_fault("helpdesk.ticket", self.condition):
            return False
        return bool(ticket.filtered_domain(self._parse_domain(self.condition)))
