from odoo import api, fields, models

from .groups import VIEWER_GROUPS


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    escalation_policy_words = fields.Char(
        compute="_compute_escalation_policy_words",
        groups=VIEWER_GROUPS,
        help="Which policy the team's own one replaces, or which one applies to it.",
    )

    @api.depends("escalation_policy_id", "parent_id", "company_id")
    @api.depends_context("lang", "allowed_company_ids")
    def _compute_escalation_policy_words(self):
        # Sudo, here and below: only the policy's name is shown.
        clock = self.env["helpdesk.escalation.clock"].sudo()
        nobody = self.env["res.partner"]
        for team in self:
            company = team.company_id or self.env.company
            above = clock._find_policy(nobody, team.parent_id, company)
            own = team.escalation_policy_id.sudo()
            words = [
                clock._get_setting_words(own, company, above),
                own._get_uncovered_words(team, own),
            ]
            team.escalation_policy_words = " ".join(filter(None, words)) or False


class ResPartner(models.Model):
    _inherit = "res.partner"

    escalation_policy_words = fields.Char(
        compute="_compute_escalation_policy_words",
        groups=VIEWER_GROUPS,
        help="Which policy the client's own one replaces, or which one applies to it.",
    )

    @api.depends("escalation_policy_id", "parent_id", "commercial_partner_id")
    @api.depends_context("lang", "company")
    def _compute_escalation_policy_words(self):
        # Sudo, here and below: only the policy's name is shown.
        clock = self.env["helpdesk.escalation.clock"].sudo()
        for partner in self:
            match = partner._find_escalation_policy_above(clock)
            if match.source != "partner":
                # The default counts after the team, which is another on each ticket.
                match = match._replace(policy=match.policy.browse(), source=None)
            partner.escalation_policy_words = clock._get_setting_words(
                # Sudo: the name of a policy that the reader may not open.
                partner.escalation_policy_id.sudo(),
                self.env.company,
                match,
            )

    def _find_escalation_policy_above(self, clock):
        """Find what would count if the contact had no policy in this company.

        :rtype: PolicyMatch
        """
        no_team = self.env["helpdesk.ticket.team"]
        company = self.env.company
        # Sudo: the company above a branch, which the user need not work for.
        company_above = company.sudo().parent_id
        if company_above:
            match = clock._find_policy(self, no_team, company_above)
            if match.source == "partner" and match.partner == self._origin:
                return match
        above = self.parent_id
        if above.commercial_partner_id != self.commercial_partner_id:
            # A company of its own has nothing from the company above (R1).
            above = self.env["res.partner"]
        return clock._find_policy(above, no_team, company)


class HelpdeskEscalationClock(models.Model):
    _inherit = "helpdesk.escalation.clock"

    @api.model
    def _get_setting_words(self, own, company, above):
        """Say what a policy set on a contact or team replaces, or what counts there.

        :param own: the policy set there, may be empty
        :param above: what would count without it
        :type above: PolicyMatch
        """
        passed_over = own and not (own.active and own._is_for(company))
        source = self._get_match_words(above)
        inherited = above.policy and self.env._(
            "%(policy)s, from %(origin)s", policy=above.policy.name, origin=source
        )
        if passed_over:
            reason = (
                self.env._("This policy is archived and ignored.")
                if not own.active
                else self.env._(
                    "This policy belongs to another company and is ignored."
                )
            )
            return " ".join(
                filter(
                    None, [reason, inherited and self.env._("Applied: %s.", inherited)]
                )
            )
        if own and inherited and above.policy != own:
            return self.env._("Replaces %s.", inherited)
        if not own and inherited:
            return self.env._("Applied: %s.", inherited)
        return False
