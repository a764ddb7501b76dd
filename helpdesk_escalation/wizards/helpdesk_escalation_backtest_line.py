from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HelpdeskEscalationBacktestLine(models.TransientModel):
    """One step of a trial, with a delay of its own."""

    _name = "helpdesk.escalation.backtest.line"
    _description = "Step to Try"
    _order = "delay, id"

    backtest_id = fields.Many2one(
        comodel_name="helpdesk.escalation.backtest", required=True, ondelete="cascade"
    )
    step_id = fields.Many2one(
        comodel_name="helpdesk.escalation.step",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    delay = fields.Integer(
        string="After (minutes)",
        required=True,
        help="Minutes of waiting before this step fires. Only for this trial.",
    )
    whom = fields.Char(compute="_compute_whom", string="Tell")
    fired = fields.Integer(
        readonly=True, help="How often the step would have fired in these days."
    )
    people = fields.Char(
        readonly=True,
        help="Who would have been told how often, by who is responsible or leads the "
        "team today.",
    )

    @api.depends("step_id")
    @api.depends_context("lang")
    def _compute_whom(self):
        for line in self:
            line.whom = line.step_id._get_recipient_label()

    @api.constrains("delay")
    def _check_delay(self):
        for line in self:
            if line.delay < 0:
                raise ValidationError(
                    self.env._("A delay cannot be negative: use 0 for at once.")
                )
