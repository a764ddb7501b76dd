from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.helpdesk_escalation.models.helpdesk_escalation_step import (
    MINUTES_PER_YEAR,
)


class HelpdeskEscalationBacktestLine(models.TransientModel):
    """One step of a trial: one of the policy's, perhaps changed, or a new one."""

    _name = "helpdesk.escalation.backtest.line"
    _description = "Step to Try"
    _inherit = ["helpdesk.escalation.input"]
    _order = "delay, id"

    backtest_id = fields.Many2one(
        comodel_name="helpdesk.escalation.backtest", required=True, ondelete="cascade"
    )
    step_id = fields.Many2one(
        comodel_name="helpdesk.escalation.step",
        readonly=True,
        ondelete="cascade",
        help="The policy's step that this one was, with its condition. Empty for a new "
        "one.",
    )
    delay = fields.Integer(
        string="Delay (minutes)",
        required=True,
        default=30,
        help="Minutes of waiting before this step fires. Only for this trial.",
    )
    recipient = fields.Selection(
        selection=lambda self: self._get_recipient_selection(),
        string="Who to Notify",
        required=True,
        default="responsible",
        help="Who would be notified. Only for this trial.",
    )
    user_ids = fields.Many2many(
        comodel_name="res.users",
        string="Users",
        context={"active_test": False},
        domain="[('share', '=', False)]",
        help="The people to notify when the recipient is named users.",
    )
    group_id = fields.Many2one(
        comodel_name="res.groups",
        help="Everybody in this group is notified when the recipient is a group.",
    )
    channel = fields.Selection(
        selection=lambda self: self._get_channel_selection(),
        required=True,
        default="activity",
        help="An email needs an address, a notification does not.",
    )

    @api.constrains("delay")
    def _check_delay(self):
        for line in self:
            if line.delay < 0:
                raise ValidationError(
                    self.env._("A delay cannot be negative: use 0 for at once.")
                )
            if line.delay > MINUTES_PER_YEAR:
                raise ValidationError(
                    self.env._("A delay is one year at most. Choose a shorter one.")
                )

    @api.constrains("recipient", "user_ids", "group_id")
    def _check_recipient(self):
        # What a policy would refuse is not tried either.
        for line in self:
            if line.recipient == "user" and not line.user_ids:
                raise ValidationError(
                    self.env._(
                        "A step that notifies named users needs at least one user."
                    )
                )
            line._get_step()._check_group_id()

    @api.model
    def _get_recipient_selection(self):
        field = self.env["helpdesk.escalation.step"]._fields["recipient"]
        return field._description_selection(self.env)

    @api.model
    def _get_channel_selection(self):
        field = self.env["helpdesk.escalation.step"]._fields["channel"]
        return field._description_selection(self.env)

    @api.model
    def _prepare(self, step):
        """Prepare a line that tries a step as it is."""
        return {
            "step_id": step.id,
            "delay": step.delay,
            "recipient": step.recipient,
            "user_ids": [Command.set(step.user_ids.ids)],
            "group_id": step.group_id.id,
            "channel": step.channel,
        }

    def _get_step(self):
        """Return the step that is tried; it is never written."""
        self.ensure_one()
        return self.env["helpdesk.escalation.step"].new(
            {
                "policy_id": self.backtest_id.policy_id.id,
                "delay": self.delay,
                "recipient": self.recipient,
                "user_ids": [Command.set(self.user_ids.ids)],
                "group_id": self.group_id.id,
                "channel": self.channel,
                "condition": self.step_id.condition,
            }
        )
