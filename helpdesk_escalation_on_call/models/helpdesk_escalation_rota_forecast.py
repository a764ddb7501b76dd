from collections import defaultdict
from datetime import datetime, time, timedelta

from odoo import api, fields, models

from ..tools import duty
from ..tools.moments import write_moment
from ..tools.wall_clock import at, wall
from ..tools.zones import get_zone

HANDOVERS = 5
SPAN = timedelta(days=90)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SATURDAY = 5
# What counts as night by the rota's clocks.
NIGHT_FROM, NIGHT_TO = time(22), time(6)


class HelpdeskEscalationRota(models.Model):
    """What comes: the next handovers, who gains or loses, gaps, and what is fair."""

    _inherit = "helpdesk.escalation.rota"

    vacant_words = fields.Char(
        string="Left",
        compute="_compute_vacant_words",
        compute_sudo=True,
        help="People of the order who have left: their places are vacant.",
    )
    gap_words = fields.Char(
        compute="_compute_gap_words",
        compute_sudo=True,
        help="When nobody is on duty in promised hours within the next week.",
    )
    handovers = fields.Html(
        compute="_compute_handovers",
        compute_sudo=True,
        help="The next five handovers, as what is being edited would have it.",
    )
    gains = fields.Html(
        compute="_compute_handovers",
        compute_sudo=True,
        help="Who gains or loses duty within 90 days by what is being edited.",
    )
    fairness = fields.Html(
        compute="_compute_fairness",
        compute_sudo=True,
        help="How much each person was on duty in the past 90 days and will be in the "
        "next 90.",
    )

    @api.depends("layer_ids.turn_ids.user_id.active")
    def _compute_vacant_words(self):
        for rota in self:
            users = rota.with_context(active_test=False).layer_ids.turn_ids.user_id
            gone = users.filtered(lambda user: not user.active or user.share)
            rota.vacant_words = ", ".join(gone.mapped("name"))

    @api.depends("current_user_id", "promise_calendar_id")
    @api.depends_context("lang")
    def _compute_gap_words(self):
        now = fields.Datetime.now()
        rules = self._origin._read_duty(now)
        for rota in self:
            rule = rules.get(rota._origin.id)
            gaps = rule and duty.get_gaps(rule, now, now + timedelta(days=7))
            rota.gap_words = bool(gaps) and self.env._(
                "Nobody is on duty from %(start)s to %(stop)s.",
                start=rota._format_moment(gaps[0][0]),
                stop=rota._format_moment(gaps[0][1]),
            )

    @api.depends(
        "tz",
        "active",
        "layer_ids",
        *(
            f"layer_ids.{name}"
            for name in (
                "sequence unit duration anchor_date handover calendar_id hours "
                "on_holidays edit_from mon tue wed thu fri sat sun "
                "turn_ids turn_ids.user_id turn_ids.sequence"
            ).split()
        ),
    )
    @api.depends_context("lang")
    def _compute_handovers(self):
        now = fields.Datetime.now()
        for rota in self:
            before = rota._origin._read_duty(now).get(rota._origin.id)
            after = rota._get_edited_duty(before, now)
            spans = duty.get_handovers(after, now, HANDOVERS) if after else []
            rows = [(rota._format_moment(one.begin), one.user) for one in spans]
            if after:
                rows.insert(0, (self.env._("Now"), duty.get_piece(after, now).user))
            rota.handovers = rota._render(
                "handovers",
                rows=[(moment, rota._get_name(user)) for moment, user in rows],
            )
            rota.gains = (
                before and after != before and rota._get_gains(before, after, now)
            )

    def _get_edited_duty(self, before, now):
        """Return the rule as it would be with what is being edited in a form."""
        if not self.active:
            return None
        minute = self._get_minute()
        layers = []
        for layer in self.layer_ids.sorted(lambda one: (one.sequence, one._origin.id)):
            version = layer._get_version()
            base = layer._origin._get_version() if layer._origin else None
            if base and version != base:
                keeps_grid = layer._keeps_grid(layer._origin)
                moment = max(layer.edit_from or minute, minute)
                version = duty.continue_layer(base, version, moment, keeps_grid)
                layers += [version, base._replace(end=version.begin)]
            else:
                layers.append(version)
        if before:
            shown = {layer.id for layer in layers}
            layers += [
                layer
                for layer in before.layers
                if layer.id not in shown and layer.end < duty.NEVER
            ]
            return before._replace(layers=tuple(layers))
        return self._make_duty((), (), (), frozenset(), {})._replace(
            layers=tuple(layers), logged_until=duty.EVER
        )

    def _get_gains(self, before, after, now):
        hours = defaultdict(timedelta)
        for rule, sign in ((after, 1), (before, -1)):
            for span in duty.get_logged_spans(rule, now, now + SPAN):
                hours[span.user] += sign * (span.end - span.begin)
        rows = [
            (round(change / HOUR), self._get_name(user))
            for user, change in hours.items()
            if abs(change) >= HOUR
        ]
        return self._render("gains", rows=sorted(rows)) if rows else False

    @api.depends("current_user_id")
    @api.depends_context("lang")
    def _compute_fairness(self):
        now = fields.Datetime.now()
        rules = self._origin._read_duty(now - SPAN)
        for rota in self:
            rule = rules.get(rota._origin.id)
            rota.fairness = rule and rota._render(
                "fairness", rows=rota._get_fairness(rule, now)
            )

    def _get_fairness(self, rule, now):
        """Return per person: since when off duty, and the hours, past and coming.

        :return: dictionaries with ``name``, ``days`` since the last shift (None
            without one in 90 days), ``past`` and ``coming``, each with ``hours``,
            ``nights`` and ``weekends`` (hours, by the rota's clocks)
        """
        zone = get_zone(self.tz) or get_zone("UTC")
        people = {}

        def row_of(user):
            empty = {"hours": 0, "nights": 0, "weekends": 0}
            return people.setdefault(
                user,
                {
                    "name": self._get_name(user),
                    "days": None,
                    "past": dict(empty),
                    "coming": dict(empty),
                },
            )

        for user in self._get_people():
            row_of(user.id)
        for when, begin, end in (
            ("past", now - SPAN, now),
            ("coming", now, now + SPAN),
        ):
            for span in duty.get_logged_spans(rule, begin, end):
                row = row_of(span.user)
                for name, hours in _get_burden(span, zone).items():
                    row[when][name] += hours
                if when == "past":
                    row["days"] = (now - span.end) // DAY
        return sorted(people.values(), key=lambda row: -row["past"]["hours"])

    def _get_current_words(self):
        """Say who is on duty now, and until when, for people to read."""
        self.ensure_one()
        # Sudo: colleagues are named, whoever may read them.
        name = self.sudo().current_user_id.name
        if not name:
            return self.env._("%s: nobody on duty", self.name)
        if not self.current_until:
            return self.env._("%(rota)s: %(name)s", rota=self.name, name=name)
        return self.env._(
            "%(rota)s: %(name)s until %(until)s",
            rota=self.name,
            name=name,
            until=write_moment(self.env, self.current_until),
        )

    def _get_tile_words(self):
        """Return who is on duty, and the rota with the time of the handover."""
        self.ensure_one()
        name = self._get_name(self.current_user_id.id)
        if not self.current_until:
            return name, self.name
        return name, self.env._(
            "%(rota)s, until %(until)s",
            rota=self.name,
            until=write_moment(self.env, self.current_until),
        )

    def _get_name(self, user_id):
        # Sudo: colleagues are named, whoever may read them.
        users = self.env["res.users"].sudo()
        return users.browse(user_id or ()).name or self.env._("Nobody")

    def action_view_shifts(self):
        """Open the calendar with the shifts of the rota.

        :raise AccessError: when the user may not read it
        """
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_escalation_on_call.helpdesk_escalation_rota_shift_action"
        )
        return {**action, "domain": [("rota_id", "=", self.id)]}

    def _format_moment(self, moment):
        return write_moment(self.env, moment, self.tz)

    def _render(self, name, **values):
        return self.env["ir.qweb"]._render(
            f"helpdesk_escalation_on_call.rota_{name}", values
        )


def _get_burden(span, zone):
    """Return the hours of a span, and how many of them are at night and weekends."""
    burden = {
        "hours": (span.end - span.begin) / HOUR,
        "nights": 0,
        "weekends": 0,
    }
    day = datetime.combine(wall(span.begin, zone).date() - DAY, time())
    while at(day, zone) < span.end:
        night = (
            at(datetime.combine(day, NIGHT_FROM), zone),
            at(datetime.combine(day + DAY, NIGHT_TO), zone),
        )
        burden["nights"] += _get_overlap(span, *night)
        if day.weekday() >= SATURDAY:
            burden["weekends"] += _get_overlap(span, at(day, zone), at(day + DAY, zone))
        day += DAY
    return burden


def _get_overlap(span, begin, end):
    shared = min(span.end, end) - max(span.begin, begin)
    return max(shared, timedelta()) / HOUR
