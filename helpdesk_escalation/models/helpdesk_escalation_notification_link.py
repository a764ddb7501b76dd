from odoo import api, fields, models

from ..tools.mail_links import read_token

DEFAULT_LINK_HOURS = 72
MAX_LINK_HOURS = 365 * 24


class HelpdeskEscalationNotification(models.Model):
    """R10: the personal link of a mail, and what it leads to."""

    _inherit = "helpdesk.escalation.notification"

    @api.model
    def _get_link_hours(self):
        """Return how many hours the link in a mail is valid."""
        value = (
            self.env["ir.config_parameter"]
            .sudo()  # parameters are the system's
            .get_param("helpdesk_escalation.link_hours")
        )
        if not (value or "").isdecimal():
            return DEFAULT_LINK_HOURS
        return min(max(int(value), 1), MAX_LINK_HOURS)

    def _get_birth(self):
        """Tell apart the notifications that had the same number.

        Numbers are given again after an old backup was restored, and then the links
        that went out in between are about something else.
        """
        return int(self.create_date.timestamp() * 1000000)

    def _get_confirm_way(self):
        """Name the way by which its person confirms with the link (R10).

        :return: one of the selection ``confirmed_via`` of the incident
        """
        return "email"

    def _get_ticket_url(self):
        """Return where the ticket is read, by whoever may."""
        base_url = (self.get_base_url() or "").rstrip("/")
        return f"{base_url}/odoo/helpdesk.ticket/{self.ticket_id.id}"

    @api.model
    def _from_token(self, token):
        """Find the notification that a mail's link belongs to.

        :return: the notification as superuser (empty when the link is forged, cut off
            or of something long gone), and whether the link has expired
        :rtype: tuple[helpdesk.escalation.notification, bool]
        """
        nothing = self.sudo().browse()
        values = read_token(nothing.env, token)
        if not values:
            return nothing, False
        notification_id, expires, birth = values
        notification = nothing.browse(notification_id).exists()
        if not notification or notification._get_birth() != birth:
            return nothing, False
        return notification, expires < fields.Datetime.now().timestamp()

    @api.model
    def _is_login_required(self):
        """Whether a mail alone lets nobody confirm: they must log in first."""
        return bool(
            self.env["ir.config_parameter"]
            .sudo()  # parameters are the system's
            .get_param("helpdesk_escalation.link_login")
        )

    def _get_page_state(self, person, expired):
        """Name what a person may do, or is told, who has the mail (R10).

        :param person: who acts by it
        :param bool expired: whether the mail was sent too long ago
        :rtype: str
        """
        self.ensure_one()
        incident = self.incident_id
        if not (incident._may_be_seen_by(person) or self._could_be_seen_by(person)):
            return "invalid"
        if expired:
            return "expired"
        return incident._get_page_state(person)

    def _could_be_seen_by(self, person):
        """Whether a person could see the case until it was resolved, and no longer.

        Access that was lent ends with the incident (R8), the kind answer does not.
        """
        return bool(
            self.access_ended
            and self.incident_id.state == "resolved"
            and person == self.user_id
            and person.active
            and person._is_internal()
            and self.ticket_id.company_id in person.company_ids
        )
