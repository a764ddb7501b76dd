from odoo import models


class HelpdeskEscalationIncident(models.Model):
    """What the page behind a mail's link says (R10); a wing may have more to say.

    ``person`` is who acts on the page, and the environment speaks their language.
    """

    _inherit = "helpdesk.escalation.incident"

    def _get_page_state(self, person):
        """Name what a person may do here: "confirm", or else what is true by now.

        :rtype: str
        """
        self.ensure_one()
        if self.state == "resolved":
            return "resolved"
        # Where somebody else is on this one, another may still wait for who takes it.
        if any(one.state == "active" for one in self._get_taken_with(person)):
            return "confirm"
        return "done" if self.confirmed_by_id == person else "taken"

    def _get_page_title(self, state, notification):
        """Say in one line what the page is about.

        :param str state: of the page
        :param notification: the one that the link was sent with
        """
        titles = {
            "confirm": self.env._("A client is waiting"),
            "done": self.env._("Thank you, you are on it"),
            "waived": self.env._("Thank you, no answer is needed"),
            "expired": self.env._("This link has expired"),
        }
        return titles.get(state) or self._get_state_sentence()

    def _get_page_text(self, state):
        """Say what follows from it, if anything does."""
        return {
            "waived": self.env._(
                "Nobody else will be alarmed until the client writes again."
            ),
            "done": self.env._(
                "Nobody else will be alarmed. The client is still waiting for your "
                "reply."
            ),
            "taken": self.env._("There is nothing left for you to do. Thank you!"),
            "resolved": self.env._("There is nothing left to do. Thank you!"),
            "expired": self.env._("Open the ticket in Odoo to say that you are on it."),
        }.get(state)

    def _get_page_facts(self, state, notification):
        """Return what whoever may see the ticket is told of it.

        :return: (label, text), in their order
        :rtype: list[tuple[str, str]]
        """
        facts = [
            (self.env._("Ticket"), notification.ticket_name),
            (self.env._("Client"), notification.client_name),
        ]
        if state == "confirm":
            facts.append((self.env._("Waiting for"), notification.waited))
        return facts
