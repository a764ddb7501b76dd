import logging

from odoo import api, models
from odoo.tools import email_normalize

_logger = logging.getLogger(__name__)

INCIDENT = "helpdesk.escalation.incident"
TICKET = "helpdesk.ticket"


class MailThread(models.AbstractModel):
    """Where a mail goes that answers one of ours (R2, R9).

    *Staff*: to the incident, as an internal note. Also what answers by itself, whatever
    address it was sent to: an absence note opens no ticket, which would be escalated,
    which would be answered by the next absence note.
    *Everybody else*: to the ticket, as any message of the client's.

    It decides between routes that Odoo has found. If that goes wrong, Odoo's own count.
    """

    _inherit = "mail.thread"

    @api.model
    def message_route(
        self, message, message_dict, model=None, thread_id=None, custom_values=None
    ):
        # Odoo drops it where the mail was sent to an alias of another kind.
        parent_id = message_dict.get("parent_id")
        route = parent_id and self._escalation_is_automatic(message)
        route = route and self._escalation_guard(
            self._escalation_route_absence_note, False, message, message_dict
        )
        if route:
            self._routing_reset_bounce(message, message_dict)
            message_dict["is_internal"] = True
            return [route]
        routes = super().message_route(
            message, message_dict, model, thread_id, custom_values
        )
        if not parent_id and not any(route[0] == INCIDENT for route in routes or ()):
            return routes
        routes, changes = self._escalation_guard(
            self._escalation_redirect, (routes, {}), message_dict, routes, parent_id
        )
        message_dict.update(changes)
        return routes

    @api.model
    def _escalation_guard(self, decide, otherwise, *args):
        """Decide about a mail that comes in: a fault of ours must not cost it."""
        try:
            with self.env.cr.savepoint(flush=False):
                return decide(*args)
        except Exception:
            _logger.exception("An incoming mail takes Odoo's own way")
            return otherwise

    @api.model
    def _escalation_get_answered(self, parent_id):
        """Return the incident whose mail, or note, a message answers."""
        # Sudo, here and below: a mail is routed, whoever it comes in as.
        parent = self.env["mail.message"].sudo().browse(parent_id or ())
        if parent.model != INCIDENT:
            return self.env[INCIDENT].sudo()
        return self.env[INCIDENT].sudo().browse(parent.res_id).exists()

    @api.model
    def _escalation_is_outside(self, incident, message_dict):
        """Whether a mail comes from the client's side, or from nobody that we know."""
        ticket = incident.ticket_id
        # As Odoo finds the author on the way to the ticket.
        author = ticket._partner_find_from_emails_single(
            [message_dict["email_from"]], no_create=True
        )[:1]
        return (
            not author
            or author.partner_share
            or ticket._escalation_is_client(ticket, author)
        )

    @api.model
    def _escalation_route_absence_note(self, message, message_dict):
        """Return the route of an automatic answer of staff to one of our mails."""
        if message_dict.get("is_bounce"):
            return False
        incident = self._escalation_get_answered(message_dict["parent_id"])
        if not incident or self._escalation_is_outside(incident, message_dict):
            return False
        user = self._mail_find_user_for_gateway(message_dict["email_from"])
        return self._routing_check_route(
            message,
            message_dict,
            (INCIDENT, incident.id, None, user.id or self.env.uid, None),
            raise_exception=False,
        )

    @api.model
    def _escalation_redirect(self, message_dict, routes, parent_id):
        """Send staff and others their own way, in what answers one of our mails.

        :return: the routes, and what changes in the message
        """
        answered = self._escalation_get_answered(parent_id)
        found, changes = [], {}
        for route in routes or ():
            model, thread_id, custom_values, user_id, alias = route
            # Sudo, here and below: a mail is routed, whoever it comes in as.
            incident = self.env[INCIDENT].sudo()
            if model == INCIDENT and thread_id:
                incident = incident.browse(thread_id).exists()
            elif model == TICKET and not thread_id:
                incident = answered
            if not incident:
                found.append(route)
            elif self._escalation_is_outside(incident, message_dict):
                found.append(
                    (TICKET, incident.ticket_id.id, custom_values, user_id, None)
                )
                changes = {"parent_id": parent_id, "is_internal": False}
            elif model == INCIDENT or self._escalation_is_sender(parent_id, alias):
                found.append((INCIDENT, incident.id, None, user_id, None))
                changes = {"parent_id": parent_id, "is_internal": True}
            else:
                # Passed on to another team.
                found.append(route)
        # Several addresses of ours may have led to the same record.
        kept = []
        for route in found:
            if not route[1] or route[:2] not in [other[:2] for other in kept]:
                kept.append(route)
        return kept, changes

    @api.model
    def _escalation_is_sender(self, parent_id, alias):
        """Whether a message came from an alias: then this is where one answers.

        So it is where the company's own address is that of a team.
        """
        parent = self.env["mail.message"].sudo().browse(parent_id)
        senders = {email_normalize(parent.email_from), email_normalize(parent.reply_to)}
        return bool(alias) and alias.alias_full_name in senders

    @api.model
    def _escalation_answers_inside(self, message_dict, routes):
        """Whether a mail that goes to a ticket answers one among colleagues."""
        parent_id = message_dict.get("parent_id")
        if not parent_id or not any(
            route[0] == TICKET and route[1] for route in routes or ()
        ):
            return False
        answered = self._escalation_guard(
            self._escalation_get_answered, False, parent_id
        )
        return bool(answered)
