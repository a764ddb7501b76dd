from urllib.parse import quote

from markupsafe import Markup

from odoo import http
from odoo.http import request

from ..models.helpdesk_escalation_notification import CONFIRM_PATH

# The page loads nothing, and no other page may frame its button.
CONTENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


class EscalationConfirm(http.Controller):
    """The page behind "I'm on it" in a mail (R10)."""

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
    def confirm(self, token, **_params):
        """Confirm the incident as the person the mail was for, or who is logged in."""
        if request.httprequest.method != "POST":
            # Odoo lets OPTIONS in too, and asks it for no CSRF token.
            return self.show(token)
        notification, expired = self._read(token)
        if self._must_login(notification):
            return request.redirect(f"{CONFIRM_PATH}/{token}", code=303)
        state = self._get_state(notification, expired)
        if state == "confirm":
            user = self._get_person(notification)
            incident = notification.incident_id.with_user(user).sudo()
            state = "done" if incident._confirm(user, "email") else "taken"
        return self._render(token, notification, state)

    def _read(self, token):
        return request.env["helpdesk.escalation.notification"]._from_token(token)

    def _get_person(self, notification):
        """Who confirms: whoever is logged in, else the person the mail was for."""
        user = request.env.user
        return notification.user_id if user._is_public() else user

    def _must_login(self, notification):
        required = (
            request.env["ir.config_parameter"]
            .sudo()
            .get_param("helpdesk_escalation.link_login")
        )
        return bool(required and notification and request.env.user._is_public())

    def _get_state(self, notification, expired):
        """Name what the page has to say."""
        incident = notification.incident_id
        person = self._get_person(notification)
        if not self._may_look(person, notification):
            return "invalid"
        if incident.state == "resolved":
            return "resolved"
        if incident.state == "confirmed":
            return "done" if incident.confirmed_by_id == person else "taken"
        if incident._is_escalator(person):
            return "own"
        if expired:
            return "expired"
        return "confirm" if incident._may_confirm(person) else "invalid"

    def _may_look(self, person, notification):
        """Whether the page is for a person: staff who was told, or who could confirm.

        Access that was lent ends with the incident (R8), the kind answer does not.
        """
        if not (person.active and person._is_internal()):
            return False
        return person == notification.user_id or notification.incident_id._may_confirm(
            person
        )

    def _render(self, token, notification, state):
        """Render the page, in the person's language, for no cache and no robot."""
        person = self._get_person(notification)
        here = notification.with_context(
            lang=person.lang or request.env.lang, tz=person.tz
        )
        language = here.env["res.lang"]._get_data(code=here.env.lang)
        page = here.env["ir.qweb"]._render(
            "helpdesk_escalation.confirm_page",
            {
                "notification": here,
                "brief": here.incident_id.brief_id,
                "person": person,
                "direction": language.direction or "ltr",
                "state": state,
                "sentence": here.incident_id._get_state_sentence()
                if state in ("taken", "resolved", "done")
                else "",
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
