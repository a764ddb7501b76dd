from odoo import api, fields, models

TEAM = "helpdesk.ticket.team"


class HelpdeskEscalationPolicy(models.Model):
    """R1: the teams that a policy is set on, chosen on the policy as well."""

    _inherit = "helpdesk.escalation.policy"

    team_ids = fields.One2many(
        comodel_name=TEAM,
        inverse_name="escalation_policy_id",
        string="Teams",
        help="Tickets of these teams and of their sub-teams are escalated, unless the "
        "ticket, its client or the sub-team has a policy of its own. A team has one "
        "policy: choosing the team here replaces the policy it had.",
    )
    replaced_words = fields.Char(
        compute="_compute_replaced_words",
        help="The policies that the teams chosen here would lose, before it is saved.",
    )

    @api.depends("team_ids")
    @api.depends_context("lang", "uid")
    def _compute_replaced_words(self):
        for policy in self:
            replaced = [
                self.env._(
                    "%(team)s: replaces %(policy)s.",
                    team=team.display_name,
                    # Sudo: the name of a policy that the reader may not open.
                    policy=team.sudo().escalation_policy_id.name,
                )
                # As they are saved: in the form they have this policy already.
                for team in policy.team_ids._origin
                if team.escalation_policy_id not in (policy._origin, policy.browse())
            ]
            policy.replaced_words = " ".join(replaced)

    def action_choose_teams(self):
        """List the teams that it may be set on, those without a policy first.

        A policy is chosen there for several teams at once.
        """
        self.ensure_one()
        self.check_access("read")
        # Sudo: whose it is does not depend on who may see the company.
        company = self.sudo().company_id
        domain = company and [
            "|",
            ("company_id", "=", False),
            ("company_id", "child_of", company.id),
        ]
        return self._prepare_teams_action(
            domain or [], {"search_default_escalation_no_policy": True}
        )

    @api.model
    def _prepare_teams_action(self, domain, context=None):
        """Return the action that lists teams, to set a policy on several at once."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_escalation.helpdesk_ticket_team_action_policy"
        )
        return {**action, "domain": domain, "context": context or {}}
