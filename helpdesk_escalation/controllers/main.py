from urllib.parse import quote

from markupsafe import Markup

from odoo import http
from odoo.http import request

from ..tools.mail_links import CONFIRM_PATH

# The page loads nothing, and no other page may frame its button.
CONTENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


# When the page says nothing of the ticket itself; else it is for who may see it now.
STATES_WITHOUT_FACTS = ("invalid", "expired", "resolved", "taken")


class EscalationConfirm(http.Controller):
    """The page behind "I'm on it" in a message (R10), and "No answer needed" (R3).

    Whoever is logged in acts as themselves, with their own rights; without a login the
    link stands for the person it was sent to. What it says, by what is true first:

    - *invalid*: forged, cut off, of something that is gone, or for a person who may not
      see the ticket now (archived, no longer internal, without access, its client). It
      is one and the same page, however old the link is and whatever became of the case.
    - *expired*: it was too long ago. Nothing about the case, as who has a link is not
      always its person.
    - *resolved*, *done*, *taken*: in one sentence, who is on it included.
    - *waived*: the person has just said that no answer is needed.
    - *confirm*: what waits, and the buttons.
    """

    @http.route(
        f"{CONFIRM_PATH}/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def show(self, token, **_params):
        """Show the ticket and the button. Changes nothing: mail scanners follow links.

        :param token: signed, personal and expiring
        """
        notification, expired = self._read(token)
        login = self._must_login(notification)
        if login:
            path = quote(f"{CONFIRM_PATH}/{token}", safe="")
            return request.redirect(f"/web/login?redirect={path}")
        return self._render(token, notification, self._get_state(notification, expired))

    @http.route(
        f"{CONFIRM_PATH}/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        sitemap=False,
    )
    def confirm(self, token, no_answer_needed=None, seen=None, **_params):
        """Confirm the incident as the person the mail was for, or who is logged in.

        :param no_answer_needed: say this instead, by the other button
        :param seen: the last message when the page was shown
        """
        if request.httprequest.method != "POST":
            # Odoo lets OPTIONS in too, and asks it for no CSRF token.
            return self.show(token)
        notification, expired = self._read(token)
        if self._must_login(notification):
            return request.redirect(f"{CONFIRM_PATH}/{token}", code=303)
        state = self._get_state(notification, expired)
        if no_answer_needed and state in ("confirm", "done"):
            return self._waive(token, notification, state, seen)
        if state == "confirm":
            user = self._get_person(notification)
            # Sudo: incidents are the system's; the person's right was checked above.
            incident = notification.incident_id.with_user(user).sudo()
            way = notification._get_confirm_way()
            state = "done" if incident._confirm(user, way) else "taken"
        return self._render(token, notification, state)

    def _waive(self, token, notification, state, seen):
        """Say that the client's last message needs no answer, where one may."""
        user = self._get_person(notification)
        notice = ""
        if self._may_waive(notification):
            # Sudo: who spoke is the system's; the person's right was checked.
            ticket = notification.incident_id.ticket_id.with_user(user).sudo()
            ticket = ticket.with_context(lang=user.lang, tz=user.tz)
            refusals = ticket._escalation_waive(
                user, int(seen) if (seen or "").isdecimal() else None
            )
            notice = refusals.get(ticket, "")
            state = self._get_state(notification, False) if notice else "waived"
        return self._render(token, notification, state, notice)

    def _may_waive(self, notification):
        incident = notification.incident_id
        return incident._is_waivable() and incident.ticket_id._escalation_may_waive(
            self._get_person(notification)
        )

    def _read(self, token):
        return request.env["helpdesk.escalation.notification"]._from_token(token)

    def _get_person(self, notification):
        """Who confirms: whoever is logged in, else the person the mail was for."""
        user = request.env.user
        return notification.user_id if user._is_public() else user

    def _must_login(self, notification):
        return bool(
            notification
            and request.env.user._is_public()
            and notification._is_login_required()
        )

    def _get_state(self, notification, expired):
        """Name what the page has to say, see above."""
        if not notification:
            return "invalid"
        return notification._get_page_state(self._get_person(notification), expired)

    def _render(self, token, notification, state, notice=""):
        """Render the page, in the person's language, for no cache and no robot."""
        # Nothing tells whose a link was that is not valid, not even the language.
        person = (
            request.env.user if state == "invalid" else self._get_person(notification)
        )
        here = (
            notification.with_user(person)
            .sudo()  # what the person may know is decided by the state of the page
            .with_context(lang=person.lang or request.env.lang, tz=person.tz)
        )
        may_waive = state == "confirm" and self._may_waive(here)
        incident = here.incident_id
        known = state != "invalid"
        language = here.env["res.lang"]._get_data(code=here.env.lang)
        page = here.env["ir.qweb"]._render(
            "helpdesk_escalation.confirm_page",
            {
                "notification": here,
                "person": person,
                "title": known and incident._get_page_title(state, here),
                "text": known and incident._get_page_text(state),
                "facts": state not in STATES_WITHOUT_FACTS
                and incident._get_page_facts(state, here),
                "ticket_url": here._get_ticket_url()
                if here.ticket_id.with_user(person).has_access("read")
                else False,
                "direction": language.direction or "ltr",
                "state": state,
                "notice": notice,
                "may_waive": may_waive,
                "seen": str(incident.last_message_id) if may_waive else "",
                "action": f"{CONFIRM_PATH}/{token}",
                "csrf_token": request.csrf_token(),
            },
        )
        response = request.make_response(
            Markup("<!DOCTYPE html>\n") + page,
            headers=[
                ("Content-Type", "text/html; charset=utf-8"),
                ("Cache-Control", "no-store"),
                ("X-Robots-Tag", "noindex, nofollow"),
                ("Referrer-Policy", "no-referrer"),
                ("Content-Security-Policy", CONTENT_POLICY),
            ],
        )
        response.status_code = 404 if state == "invalid" else 200
        return response
