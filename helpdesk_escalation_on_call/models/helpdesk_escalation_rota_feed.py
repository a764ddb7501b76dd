import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from odoo import api, fields, models

from odoo.addons.helpdesk_escalation.models.groups import STAFF_GROUP

from ..tools import duty

PAST, COMING = timedelta(days=30), timedelta(days=180)
TOKEN_BYTES = 32


class HelpdeskEscalationRotaFeed(models.Model):
    """An address at which a calendar program reads shifts, with somebody's rights.

    Only a hash of the address is kept: whoever lost it makes a new one.
    """

    _name = "helpdesk.escalation.rota.feed"
    _description = "On-Call Calendar Feed"
    _order = "id desc"

    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Person",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
        help="Whose rights count each time the feed is read.",
    )
    rota_id = fields.Many2one(
        comodel_name="helpdesk.escalation.rota",
        readonly=True,
        ondelete="cascade",
        help="The rota whose shifts it has. Empty: the person's own, of all rotas.",
    )
    token_hash = fields.Char(
        required=True, readonly=True, copy=False, groups="base.group_system"
    )
    fetched_date = fields.Datetime(string="Last Read", readonly=True)
    published = fields.Text(
        readonly=True,
        groups="base.group_system",
        help="What was read last, to cancel in calendars what has vanished since.",
    )

    _token_hash_uniq = models.Constraint("UNIQUE(token_hash)", "This address is taken.")

    @api.depends("rota_id")
    def _compute_display_name(self):
        for feed in self:
            feed.display_name = feed.sudo().rota_id.name or self.env._("My shifts")

    @api.model
    def _subscribe(self, rota):
        """Make a feed with the rights of the user; return its token, shown only once.

        :param rota: the rota, empty for the user's own shifts
        """
        token = secrets.token_urlsafe(TOKEN_BYTES)
        # Sudo: feeds are the system's; whoever has one may revoke it.
        self.sudo().create(
            {
                "user_id": self.env.uid,
                "rota_id": rota.id,
                "token_hash": self._hash(token),
            }
        )
        return token

    @api.model
    def _hash(self, token):
        return hashlib.sha256(token.encode()).hexdigest()

    @api.model
    def _find(self, token):
        """Return the feed of an address, empty for any fault: they all look alike."""
        # Sudo: programs that read calendars do not log in.
        feed = self.sudo().search([("token_hash", "=", self._hash(token))])
        user = feed.user_id
        if not (user.active and user._is_internal() and user.has_group(STAFF_GROUP)):
            return self.browse()
        rota = feed.rota_id.with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids
        )
        if rota and not (rota.active and rota.has_access("read")):
            return self.browse()
        return feed

    def _render(self):
        """Return the feed as a calendar: the final shifts, in UTC, shown as free.

        :rtype: bytes
        """
        self.ensure_one()
        now = fields.Datetime.now()
        user = self.user_id
        here = self.with_context(lang=user.lang, tz="UTC")
        rotas = here.rota_id or here.env["helpdesk.escalation.rota"].search(
            [("company_id", "in", user.company_ids.ids)]
        )
        calendar = Calendar()
        calendar.add("prodid", "-//Helpdesk Escalation//On Call//EN")
        calendar.add("version", "2.0")
        calendar.add("x-wr-calname", here.display_name)
        events = {}
        for rota_id, rule in rotas._read_duty(now - PAST, whole=True).items():
            rota = rotas.browse(rota_id)
            for span in duty.get_shifts(rule, now - PAST, now + COMING):
                if span.user and (self.rota_id or span.user == user.id):
                    event = here._prepare_event(rota, span)
                    events[event["uid"]] = event
        events = self._keep_published(events, now)
        for event in events.values():
            calendar.add_component(_make_event(event))
        return calendar.to_ical()

    def _prepare_event(self, rota, span):
        # Sudo: colleagues are named, whoever may read them.
        name = self.env["res.users"].sudo().browse(span.user).name
        summary = self.env._("On call: %s", rota.name)
        if self.rota_id:
            summary = self.env._("%(rota)s: %(name)s", rota=rota.name, name=name)
        uid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return {
            "uid": f"on-call-{rota.id}-{span.begin:%Y%m%dT%H%M}-{span.user}@{uid}",
            "summary": summary,
            "start": span.begin.isoformat(),
            "stop": span.end.isoformat(),
            "edited": (rota.edited_date or rota.create_date).isoformat(),
            "revision": rota.revision,
        }

    def _keep_published(self, events, now):
        """Add what was published and has vanished since, as cancelled, while it lasts.

        Calendar programs keep what is only left out.
        """
        published = json.loads(self.published or "{}")
        oldest = (now - PAST).isoformat()
        for uid, event in published.items():
            if uid not in events and event["stop"] > oldest:
                events[uid] = {
                    **event,
                    "cancelled": True,
                    "revision": event["revision"] + (not event.get("cancelled")),
                }
        if events != published:
            self.published = json.dumps(events)
        return events


def _make_event(values):
    event = Event()
    event.add("uid", values["uid"])
    event.add("summary", values["summary"])
    for name, key in (
        ("dtstart", "start"),
        ("dtend", "stop"),
        ("dtstamp", "edited"),
        ("last-modified", "edited"),
    ):
        moment = datetime.fromisoformat(values[key]).replace(microsecond=0, tzinfo=UTC)
        event.add(name, moment)
    event.add("sequence", values["revision"])
    event.add("transp", "TRANSPARENT")
    event.add("status", "CANCELLED" if values.get("cancelled") else "CONFIRMED")
    return event
