import re

from odoo import api, models

TICKET_CHANGED = "helpdesk_escalation/ticket_changed"
# Of a ticket's channels on Odoo's bus, the one for its escalation.
SUBCHANNEL = "helpdesk_escalation"
# How an open form asks for it.
CHANNEL = re.compile(r"helpdesk_escalation\.ticket_(\d{1,9})")


class HelpdeskTicket(models.Model):
    """Open forms of a ticket follow its escalation without being loaded anew.

    What is sent says no more than that something changed: each page asks for what its
    own user may see.
    """

    _inherit = "helpdesk.ticket"

    def _escalation_announce(self):
        """Tell open forms of tickets, once a transaction, that something changed."""
        announced = self.env.cr.precommit.data.setdefault(TICKET_CHANGED, set())
        for ticket in self:
            if ticket.id not in announced:
                announced.add(ticket.id)
                self.env["bus.bus"]._sendone(
                    (ticket, SUBCHANNEL), TICKET_CHANGED, {"ticket_id": ticket.id}
                )

    @api.model
    def _escalation_split_channels(self, channels):
        """Take out of the channels that a page asks for those of tickets.

        :return: the channels of those tickets that the user may read, as staff, and
            the other channels as they are
        :rtype: tuple[list, list]
        """
        asked = {
            channel: int(found[1])
            for channel in channels
            if isinstance(channel, str) and (found := CHANNEL.fullmatch(channel))
        }
        tickets = self.browse(dict.fromkeys(asked.values()))
        if tickets and self.env.user._is_internal():
            tickets = tickets.exists()._filtered_access("read")
        else:
            tickets = self.browse()
        others = [channel for channel in channels if channel not in asked]
        return [(ticket, SUBCHANNEL) for ticket in tickets], others
