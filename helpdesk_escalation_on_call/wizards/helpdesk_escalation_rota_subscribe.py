from odoo import fields, models


class HelpdeskEscalationRotaSubscribe(models.TransientModel):
    """Make the address of a calendar feed, which is shown once."""

    _name = "helpdesk.escalation.rota.subscribe"
    _description = "Subscribe to a Calendar"
    _inherit = ["helpdesk.escalation.input"]

    rota_id = fields.Many2one(
        comodel_name="helpdesk.escalation.rota",
        ondelete="cascade",
        help="The rota that your calendar shows. Empty: your own shifts, of all rotas.",
    )
    url = fields.Char(
        string="Address",
        store=False,
        readonly=True,
        help="Add it to your calendar program as a calendar from the internet.",
    )

    def action_create_feed(self):
        """Make the address and show it, once: only a hash of it is kept.

        :raise AccessError: when the user may not read the rota
        """
        self.ensure_one()
        self.env["helpdesk.escalation.rota"].check_access("read")
        self.rota_id.check_access("read")
        token = self.env["helpdesk.escalation.rota.feed"]._subscribe(self.rota_id)
        base = self.get_base_url()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Calendar Address"),
            "res_model": self._name,
            "views": [[False, "form"]],
            "target": "new",
            "context": {
                "default_rota_id": self.rota_id.id,
                "default_url": f"{base}/helpdesk_escalation/on_call/{token}.ics",
            },
        }
