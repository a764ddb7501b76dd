from odoo import Command, api, fields, models


class HelpdeskEscalationBacktestLine(models.TransientModel):
    """A step to try that goes by rotas: as the policy's step has them, or others."""

    _inherit = "helpdesk.escalation.backtest.line"

    rota_ids = fields.Many2many(
        comodel_name="helpdesk.escalation.rota",
        relation="helpdesk_escalation_backtest_line_rota_rel",
        column1="line_id",
        column2="rota_id",
        string="Rotas",
        context={"active_test": False},
        help="The rotas whose people would be notified. Only for this trial.",
    )

    @api.constrains("recipient", "rota_ids")
    def _check_rota_ids(self):
        # What a policy would refuse is not tried either.
        for line in self:
            line._get_step()._check_rota_ids()

    @api.model
    def _prepare(self, step):
        return {
            **super()._prepare(step),
            "rota_ids": [Command.set(step.rota_ids.ids)],
        }

    def _get_step(self):
        step = super()._get_step()
        step.rota_ids = self.rota_ids
        return step
