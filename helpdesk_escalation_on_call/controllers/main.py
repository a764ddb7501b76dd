import hashlib

from odoo import fields
from odoo.http import Controller, request, route

LONGEST_TOKEN = 100


class OnCallFeed(Controller):
    """Shifts for calendar programs, which do not log in: the address is the key."""

    @route(
        "/helpdesk_escalation/on_call/<string:token>.ics",
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
    )
    def feed(self, token):
        """Return a feed. Whatever is wrong, the answer is the same: not found."""
        feeds = request.env["helpdesk.escalation.rota.feed"]
        feed = feeds._find(token) if len(token) <= LONGEST_TOKEN else feeds
        if not feed:
            return request.not_found()
        body = feed._render()
        feed.fetched_date = fields.Datetime.now()
        tag = hashlib.sha256(body).hexdigest()
        response = request.make_response(
            body,
            headers=[
                ("Content-Type", "text/calendar; charset=utf-8"),
                ("Cache-Control", "private, no-cache"),
            ],
        )
        response.set_etag(tag)
        return response.make_conditional(request.httprequest.environ)
