from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .groups import PREFETCH_GROUP, VIEWER_GROUPS


class HelpdeskTicketTeam(models.Model):
    _name = "helpdesk.ticket.team"
    _inherit = ["helpdesk.ticket.team", "helpdesk.escalation.policy.holder"]

    escalation_policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy",
        tracking=True,
        domain="['|', ('company_id', '=', False),"
        " ('company_id', 'parent_of', company_id)]",
        groups=VIEWER_GROUPS,
        help="Escalates the tickets of this team and of its sub-teams, unless the "
        "ticket, its client or the sub-team has a policy of its own.",
    )

    escalation_authority = fields.Text(
        string="Authority",
        translate=True,
        prefetch=PREFETCH_GROUP,
        groups=VIEWER_GROUPS,
        help="What this team may decide by itself: refunds up to an amount, a "
        "replacement, a visit. Shown where its tickets are escalated.",
    )

    def _get_escalation_path(self):
        """Return the ids of a team and of those above it; none without a team."""
        return [int(id_) for id_ in (self.parent_path or "").split("/") if id_]

    @api.constrains("escalation_policy_id", "company_id")
    def _check_escalation_policy_company(self):
        # Sudo: the policy may be out of the user's sight.
        for team in self.sudo():
            policy = team.escalation_policy_id
            # A team of all companies would show its name to all of them.
            if policy and (
                (team.company_id and not policy._is_for(team.company_id))
                or not policy.sudo(False).has_access("read")
            ):
                raise ValidationError(
                    self.env._(
                        "This escalation policy belongs to %s. Choose one of the "
                        "team's own company, of a company above it, or of all "
                        "companies.",
                        policy._get_owner_words(),
                    )
                )

    def _get_escalation_ticket_domain(self):
        return Domain("team_id", "child_of", self.ids)
