from odoo import models


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Let staff follow the tickets that they have open and may read (R14)."""
        ours, others = self.env["helpdesk.ticket"]._escalation_split_channels(channels)
        return [*super()._build_bus_channel_list(others), *ours]
