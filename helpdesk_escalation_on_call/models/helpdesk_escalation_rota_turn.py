from odoo import api, fields, models


class HelpdeskEscalationRotaTurn(models.Model):
    """A place in the order of a layer. A person may have several.

    Places are edited through their layer alone, which keeps who is on duty.
    """

    _name = "helpdesk.escalation.rota.turn"
    _description = "On-Call Turn"
    _inherit = ["helpdesk.escalation.input"]
    _order = "sequence, id"

    layer_id = fields.Many2one(
        comodel_name="helpdesk.escalation.rota.layer",
        required=True,
        ondelete="cascade",
        index=True,
    )
    sequence = fields.Integer(default=10)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Person",
        ondelete="set null",
        context={"active_test": False},
        domain="[('share', '=', False)]",
        help="Who is on duty when it is this turn. Empty: nobody of this layer.",
    )

    @api.depends("user_id")
    def _compute_display_name(self):
        for turn in self:
            # Sudo: colleagues are named, whoever may read them.
            turn.display_name = turn.sudo().user_id.name or self.env._("Pause")

    @api.constrains("user_id", "layer_id")
    def _check_user_id(self):
        for turn in self:
            # Sudo: a manager may not see all of a colleague.
            turn.user_id.sudo()._check_on_call(turn.layer_id.rota_id.company_id)

    @api.model_create_multi
    def create(self, vals_list):
        layers = self.env["helpdesk.escalation.rota.layer"].browse(
            {vals["layer_id"] for vals in vals_list if vals.get("layer_id")}
        )
        with layers._editing():
            return super().create(vals_list)

    def write(self, vals):
        with self.layer_id._editing():
            return super().write(vals)

    def unlink(self):
        with self.layer_id._editing():
            return super().unlink()
