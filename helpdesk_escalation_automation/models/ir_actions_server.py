from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.helpdesk_escalation.tools.notices import make_notice


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
        help="Set on the tickets. Empty: the policy that applies to each ticket.",
    )
    escalation_step_id = fields.Many2one(
        comodel_name="helpdesk.escalation.step",
        string="Escalation Starts At",
        ondelete="set null",
        domain="[('policy_id', '=', escalation_policy_id)]",
        groups="base.group_system",
        help="This step fires immediately. Empty: the first step.",
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

    def run(self):
        """Ask first whether whoever runs it may escalate the tickets (R14).

        Of an action with groups Odoo checks no record, and what an action of several
        starts runs as superuser: here is the door that all people come through.
        Automation rules and jobs run as the system, whoever is behind them.

        :raise AccessError: when the user may not read and edit one of the tickets
        """
        if not self.env.su:
            self._check_may_escalate()
        return super().run()

    def _check_may_escalate(self):
        # Sudo: whoever runs an action need not read it.
        actions = started = self.sudo()
        while started := started.child_ids - actions:
            actions |= started
        tickets = self.env["helpdesk.ticket"]
        if "helpdesk_escalation" not in actions.mapped("state"):
            return
        if self.env.context.get("active_model") == tickets._name:
            one = self.env.context.get("active_id")
            ids = self.env.context.get("active_ids") or []
            tickets = tickets.browse([*ids, one] if one else ids)
        tickets.check_access("read")
        tickets.check_access("write")

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
                lambda t: policy._is_for(t.company_id)
                and t.effective_escalation_policy_id != policy
            ).escalation_policy_id = policy
        waiting = tickets.filtered(
            lambda t: t.escalation_waiting_since and t.effective_escalation_policy_id
        )
        if waiting:
            # Sudo: whoever runs an action need not read it.
            waiting._escalation_request(self.name, self.sudo().escalation_step_id)
        words = self.env._(
            "%(count)s of %(all)s tickets are escalated. Nothing happens where no "
            "client is waiting or no policy applies.",
            count=len(waiting),
            all=len(tickets),
        )
        return make_notice(words, "success" if waiting else "info")
