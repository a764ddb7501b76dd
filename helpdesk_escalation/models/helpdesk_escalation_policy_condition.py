from odoo import api, fields, models
from odoo.tools import ormcache

from .helpdesk_escalation_condition import NO_CONDITION


class HelpdeskEscalationPolicy(models.Model):
    """For which tickets a policy counts, and when they do not wait for us."""

    _name = "helpdesk.escalation.policy"
    _inherit = ["helpdesk.escalation.policy", "helpdesk.escalation.condition"]
    # The database deletes the steps with their policy.
    _cache_fields = frozenset({"pause_stage_ids", "step_ids"})

    condition = fields.Char(
        tracking=True,
        help="The policy applies to these tickets only; to others the next one does: "
        "the client's, the team's, the one of the team above. Empty: every ticket.",
    )
    pause_stage_ids = fields.Many2many(
        comodel_name="helpdesk.ticket.stage",
        relation="helpdesk_escalation_policy_pause_stage_rel",
        column1="policy_id",
        column2="stage_id",
        string="Stages That Pause",
        domain="[('company_id', 'in', [False, company_id])]",
        help="Stages that mean: not waiting for us. Entering one settles a ticket "
        "as if it had been answered, until the client writes again.",
    )

    @api.model
    @ormcache()
    def _get_conditions(self):
        """Return the id and the condition of each policy that has one."""
        # Sudo: one answer is kept for everybody.
        policies = (
            self.sudo()
            .with_context(active_test=False)
            .search_fetch([("condition", "not in", NO_CONDITION)], ["condition"])
        )
        return tuple((policy.id, policy.condition) for policy in policies)

    @api.model
    @ormcache()
    def _get_pausing_ids(self):
        """Return the ids of the policies that have stages that pause."""
        # Sudo: one answer is kept for everybody.
        return tuple(
            self.sudo()
            .with_context(active_test=False)
            .search([("pause_stage_ids", "!=", False)])
            .ids
        )

    def _get_first_step(self, ticket):
        """Return the first step that is meant for a ticket, empty when none is."""
        for step in self.step_ids.sorted():
            if not step._has_condition() or step._condition_holds(ticket):
                return step
        return self.env["helpdesk.escalation.step"]
