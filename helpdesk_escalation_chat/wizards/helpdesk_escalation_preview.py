from odoo import models


class HelpdeskEscalationPreview(models.TransientModel):
    _inherit = "helpdesk.escalation.preview"

    def _prepare_stop(self, moment, firing, due):
        """Say also in which rooms a step posts."""
        stop = super()._prepare_stop(moment, firing, due)
        rooms = firing.step.chat_room_id + self.team_id.escalation_chat_room_id
        stop["lines"] += [
            {
                "icon": "fa-comments-o",
                "tone": "info",
                "state": self.env._("Posted"),
                "name": room.name,
                "for": False,
                "channel": self.env._("chat room"),
                "reason": False,
            }
            for room in rooms
            if room.active and room._is_for(self.team_id.company_id or self.env.company)
        ]
        return stop
