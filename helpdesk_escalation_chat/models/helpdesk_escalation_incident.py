from odoo import fields, models


class HelpdeskEscalationIncident(models.Model):
    """What is posted in rooms: a step that fires, who is on it, and the end."""

    _inherit = "helpdesk.escalation.incident"

    confirmed_via = fields.Selection(
        selection_add=[("chat", "Chat")], ondelete={"chat": "set email"}
    )

    def _notify(self, values, stories):
        notifications = super()._notify(values, stories)
        self._post_in_rooms(values)
        return notifications

    def _post_in_rooms(self, values):
        """Post what has fired in the rooms of the steps and of the tickets' teams.

        Once in each room, however many steps have fired.

        :param list values: of the notifications of what has fired
        """
        incidents = self.browse(dict.fromkeys(one["incident_id"] for one in values))
        known = {incident.id: incident for incident in incidents}
        steps = self.env["helpdesk.escalation.step"]
        first = {}
        for one in values:
            incident = known[one["incident_id"]]
            ticket = incident.ticket_id
            step = steps.browse(one["step_id"])
            rooms = step.chat_room_id + ticket.team_id.escalation_chat_room_id
            for room in rooms:
                if room.active and room._is_for(ticket.company_id):
                    first.setdefault((incident, room), one)
        if not first:
            return
        lines = self.env["helpdesk.escalation.notification"].create(
            [
                {
                    **incident._prepare_notification(
                        steps.browse(one["step_id"]), channel="room"
                    ),
                    "step_name": one["step_name"],
                    "chat_room_id": room.id,
                    "state": "pending",
                }
                for (incident, room), one in first.items()
            ]
        )
        lines._deliver()

    def write(self, vals):
        result = super().write(vals)
        if vals.get("confirmed_by_id"):
            self._get_posted()._tell_rooms("confirmed")
        elif "confirmed_by_id" in vals:
            self._get_posted()._forget_who_is_on_it()
        return result

    def _resolve(self, resolution):
        result = super()._resolve(resolution)
        self._get_posted()._tell_rooms("ended")
        return result

    def _get_posted(self):
        """Return the lines of which something was posted in a room, or just is."""
        # Sudo: the lines are the system's.
        return (
            self.env["helpdesk.escalation.notification"]
            .sudo()
            .search(
                [
                    ("incident_id", "in", self.ids),
                    ("channel", "=", "room"),
                    "|",
                    ("state", "=", "sent"),
                    ("chat_claimed_date", "!=", False),
                ]
            )
        )
