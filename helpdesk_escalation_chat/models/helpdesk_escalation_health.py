from odoo import api, models


class HelpdeskEscalationHealth(models.AbstractModel):
    """Chats that cannot be reached: people get a notification, rooms nothing."""

    _inherit = "helpdesk.escalation.health"

    @api.model
    def _find_problems(self):
        return [
            *super()._find_problems(),
            self._check_chat_library(),
            self._check_chat_rooms(),
            self._check_chat_people(),
        ]

    @api.model
    def _check_chat_library(self):
        """Say that what sends to addresses outside has gone from the server."""
        # Sudo, here and below: nobody reads the addresses themselves.
        rooms = self.env["helpdesk.escalation.chat.room"].sudo()
        if self.env["helpdesk.escalation.chat.sender"]._is_available() or not (
            rooms.search_count([("kind", "=", "address")], limit=1)
            or self._find_chat_people([("escalation_chat_secret", "!=", False)], 1)
        ):
            return None
        return self._prepare_problem(
            "chat_library",
            self.env._(
                "The Python library apprise is missing on the server: chat messages "
                "reach nobody but in Discuss. Ask your administrator to install it."
            ),
            level="danger",
        )

    @api.model
    def _check_chat_rooms(self):
        rooms = self.env["helpdesk.escalation.chat.room"].search(
            [("error", "!=", False)]
        )
        if not rooms:
            return None
        return self._prepare_problem(
            "chat_rooms",
            self.env._(
                "Escalations are not posted in these chat rooms: %s.",
                self._join(f"{room.name} ({room.error.rstrip('.')})" for room in rooms),
            ),
            self.env._("Show"),
            action=self._prepare_list(self.env._("Chat Rooms"), rooms._name, rooms),
        )

    @api.model
    def _check_chat_people(self):
        people = self._find_chat_people([("escalation_chat_error", "!=", False)])
        # As the manager sees them.
        people = self.env["res.users"].search([("id", "in", people.ids)])
        if not people:
            return None
        return self._prepare_problem(
            "chat_people",
            self.env._(
                "Chat messages do not get through to these people, who are notified in "
                "Odoo instead: %s. Each of them can test their chat in their "
                "preferences.",
                self._join(people.mapped("name")),
            ),
        )

    @api.model
    def _find_chat_people(self, domain, limit=None):
        return self.env["res.users"].sudo().search(domain, limit=limit)
