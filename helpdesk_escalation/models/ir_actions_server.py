from odoo import api, fields, models
from odoo.exceptions import ValidationError


class IrActionsServer(models.Model):
    """The action "Escalate": for automation rules, the action menu and code."""

    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[("helpdesk_escalation", "Escalate"), ("followers",)],
        ondelete={"helpdesk_escalation": "cascade"},
    )
    escalation_policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy",
        ondelete="restrict",
        groups="base.group_system",
        help="Is set on the tickets. Empty: the policy that counts for each ticket.",
    )
    escalation_step_id = fields.Many2one(
        comodel_name="helpdesk.escalation.step",
        string="Escalation Starts At",
        ondelete="set null",
        domain="[('policy_id', '=', escalation_policy_id)]",
        groups="base.group_system",
        help="This step fires at once. Empty: the first step.",
    )

    @api.constrains("state", "model_id")
    def _check_escalation_model(self):
        for action in self.filtered(lambda a: a.state == "helpdesk_escalation"):
            if action.model_id.model != "helpdesk.ticket":
                raise ValidationError(
                    self.env._("Only helpdesk tickets can be escalated.")
                )

    @api.depends("state")
    def _compute_available_model_ids(self):
        escalating = self.filtered(lambda a: a.state == "helpdesk_escalation")
        escalating.available_model_ids = self.env["ir.model"]._get("helpdesk.ticket")
        return super(IrActionsServer, self - escalating)._compute_available_model_ids()

    def _generate_action_name(self):
        self.ensure_one()
        if self.state == "helpdesk_escalation":
            return self.env._("Escalate")
        return super()._generate_action_name()

    def _run_action_helpdesk_escalation_multi(self, eval_context=None):
        """Call for escalating the tickets; those on which nobody waits stay quiet.

        :return: a note for whoever started it by hand, which automations ignore
        """
        tickets = (eval_context or {}).get("records") or self.env["helpdesk.ticket"]
        # Sudo, here and below: an automation runs as whoever set it off, a client too.
        tickets = tickets.sudo()
        policy = self.sudo().escalation_policy_id
        if policy:
            tickets.filtered(
                lambda t: policy.company_id <= t.company_id
                and t.effective_escalation_policy_id != policy
            ).escalation_policy_id = policy
        waiting = tickets.filtered(
            lambda t: t.escalation_waiting_since and t.effective_escalation_policy_id
        )
        if waiting:
            waiting._escalation_call(self.name, self.sudo().escalation_step_id)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if waiting else "info",
                "message": self.env._(
                    "%(count)s of %(all)s tickets are escalated. Where nobody waits, "
                    "or no policy counts, nothing happens.",
                    count=len(waiting),
                    all=len(tickets),
                ),
            },
        }
