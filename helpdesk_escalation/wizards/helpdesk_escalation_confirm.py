from odoo import api, fields, models


class HelpdeskEscalationConfirm(models.TransientModel):
    """ "I'm on it", with a moment by which one wants to have answered (R10)."""

    _name = "helpdesk.escalation.confirm"
    _description = "I'm on It by …"
    _inherit = ["helpdesk.escalation.input"]

    incident_id = fields.Many2one(
        comodel_name="helpdesk.escalation.incident", required=True, readonly=True
    )
    on_it_until = fields.Datetime(
        string="Answer By",
        required=True,
        default=lambda self: fields.Datetime.add(fields.Datetime.now(), hours=1),
        help="Without an answer by then the escalation starts again.",
    )

    @api.constrains("incident_id")
    def _check_incident_id(self):
        # Whoever reads the dialog reads the name of the ticket with it.
        self.sudo(False).incident_id.check_access("read")

    @api.constrains("on_it_until")
    def _check_on_it_until(self):
        for dialog in self:
            dialog.incident_id._check_not_too_far(dialog.on_it_until)

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        incident = self.env["helpdesk.escalation.incident"]
        incident.browse(values.get("incident_id") or ()).check_access("read")
        return values

    def action_confirm(self):
        """Confirm until the given moment.

        :raise UserError: when the moment has passed, or is more than 30 days ahead
        """
        self.ensure_one()
        incident = self.incident_id
        incident.check_access("read")
        result = incident._confirm_checked(self.env.user, "dashboard", self.on_it_until)
        if result is True:
            return {"type": "ir.actions.act_window_close"}
        return result
