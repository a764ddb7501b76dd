from odoo import models


class HelpdeskEscalationIncident(models.Model):
    """The page behind a mail's link, of an incident by hand.

    One more state: *own*, as nobody takes their own handover.
    """

    _inherit = "helpdesk.escalation.incident"

    def _get_page_state(self, person):
        state = super()._get_page_state(person)
        return "own" if state == "confirm" and self._is_escalator(person) else state

    def _get_page_title(self, state, notification):
        if state == "own":
            return self.env._("You handed this over yourself")
        if state == "confirm" and self.handover_id:
            return notification.headline
        return super()._get_page_title(state, notification)

    def _get_page_text(self, state):
        if state == "own":
            return self.env._(
                "Nobody has taken it over yet. Can you go on with it by now? Then open "
                "the ticket and press De-escalate."
            )
        if state == "done" and self.handover_id:
            return self.env._(
                "Nobody else will be alarmed. What you need to know is in the ticket."
            )
        return super()._get_page_text(state)

    def _get_page_facts(self, state, notification):
        handover = self.handover_id
        if not handover:
            return super()._get_page_facts(state, notification)
        return [
            (self.env._("Ticket"), notification.ticket_name),
            (self.env._("Client"), notification.client_name),
            (self.env._("Handed over by"), handover.user_id.name),
            (self.env._("Handed over to"), handover._get_to_words()),
            (self.env._("When"), self._format_moment(handover.handover_date)),
        ]
