from contextlib import contextmanager
from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.helpdesk_escalation.models.helpdesk_escalation_input import (
    MAX_INTEGER,
)

from ..tools import duty
from ..tools.zones import get_zone

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GRID = {"unit", "duration", "anchor_date", "handover"}
RULE = {
    *GRID,
    *DAYS,
    "calendar_id",
    "hours",
    "on_holidays",
    "sequence",
    "source",
    "turn_ids",
}
# What the versions are kept by.
KEPT = {"origin_id", "valid_from", "valid_to", "offset", "tz"}
UNITS = {
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}
HOURS_A_DAY = 24
# A year; longer shifts are none.
MAX_HOURS = 366 * HOURS_A_DAY


class HelpdeskEscalationRotaLayer(models.Model):
    """A rule of who is on duty in turn; the upper one wins where it has somebody.

    What has begun is never altered. An edit keeps it in a closed version of its own,
    and this one counts from then on.
    """

    _name = "helpdesk.escalation.rota.layer"
    _description = "On-Call Layer"
    _inherit = ["helpdesk.escalation.input"]
    _order = "sequence, id"

    rota_id = fields.Many2one(
        comodel_name="helpdesk.escalation.rota",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="rota_id.company_id")
    name = fields.Char(help="What it is for, such as Day or Night.")
    sequence = fields.Integer(default=10)

    # The versions
    origin_id = fields.Many2one(
        comodel_name="helpdesk.escalation.rota.layer",
        readonly=True,
        copy=False,
        ondelete="cascade",
        index="btree_not_null",
        help="The layer that this is an earlier version of.",
    )
    valid_from = fields.Datetime(
        string="Counts From",
        readonly=True,
        copy=False,
        required=True,
        default=lambda self: self.env["helpdesk.escalation.rota"]._get_minute(),
    )
    valid_to = fields.Datetime(string="Counts Until", readonly=True, copy=False)
    edit_from = fields.Datetime(
        string="Apply Changes From",
        store=False,
        help="When your changes begin to count. Empty: at once; a length, handover "
        "or start counts when the current shift ends.",
    )

    tz = fields.Char(
        readonly=True,
        copy=False,
        help="The time zone of an earlier version, which the rota had then.",
    )
    zone_name = fields.Char(compute="_compute_zone_name")

    # The grid
    unit = fields.Selection(
        selection=[("hours", "Hours"), ("days", "Days"), ("weeks", "Weeks")],
        required=True,
        default="weeks",
        help="The unit of the length of a shift.",
    )
    duration = fields.Integer(
        string="Shift Length",
        required=True,
        default=1,
        help="How long a shift is, by the clock on the wall.",
    )
    anchor_date = fields.Date(
        string="Start",
        required=True,
        default=lambda self: fields.Date.context_today(self),
        help="The day on which the first person of the order begins.",
    )
    handover = fields.Float(
        string="Handover At",
        required=True,
        default=9.0,
        help="The time of day at which duty changes hands, in the rota's time zone.",
    )
    offset = fields.Integer(readonly=True, copy=False)

    # When it counts
    mon = fields.Boolean(default=True)
    tue = fields.Boolean(default=True)
    wed = fields.Boolean(default=True)
    thu = fields.Boolean(default=True)
    fri = fields.Boolean(default=True)
    sat = fields.Boolean(default=True)
    sun = fields.Boolean(default=True)
    calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="Duty Hours",
        domain="[('company_id', 'in', [company_id, False])]",
        help="The layer counts within these hours, or outside them. Turns pass in the "
        "others, too. Empty: always.",
    )
    hours = fields.Selection(
        selection=[("inside", "Within these hours"), ("outside", "Outside them")],
        required=True,
        default="inside",
        help="Whether the layer counts within the duty hours or outside them.",
    )
    on_holidays = fields.Boolean(
        string="Hours on Public Holidays Too",
        help="A public holiday is a day like any other for the duty hours.",
    )
    turn_ids = fields.One2many(
        comodel_name="helpdesk.escalation.rota.turn",
        inverse_name="layer_id",
        string="Order",
        copy=True,
        help="The people in their order. A person may come twice, and an empty place "
        "is a pause.",
    )
    people_words = fields.Char(
        string="People",
        compute="_compute_people_words",
        help="The people in their order.",
    )

    _duration_range = models.Constraint(
        "CHECK (duration >= 1)", "A shift needs a length of at least 1."
    )
    _handover_range = models.Constraint(
        "CHECK (handover >= 0 AND handover < 24)",
        "The handover is between 0:00 and 23:59.",
    )

    @api.depends("name", "turn_ids.user_id")
    def _compute_display_name(self):
        for layer in self:
            layer.display_name = layer.name or layer.people_words or self.env._("Layer")

    @api.depends("turn_ids.user_id", "turn_ids.sequence")
    def _compute_people_words(self):
        for layer in self:
            layer.people_words = ", ".join(
                layer.turn_ids.sorted("sequence").mapped("display_name")
            )

    @api.depends("tz", "rota_id.tz")
    def _compute_zone_name(self):
        for layer in self:
            layer.zone_name = layer.tz or layer.rota_id.tz

    @api.constrains("unit", "duration", "handover", *DAYS)
    def _check_grid(self):
        for layer in self:
            if layer.duration < 1:
                raise ValidationError(
                    self.env._("A shift needs a length of at least 1.")
                )
            if not 0 <= layer.handover < HOURS_A_DAY:
                raise ValidationError(
                    self.env._("The handover is between 0:00 and 23:59.")
                )
            if layer.duration * UNITS[layer.unit] > timedelta(hours=MAX_HOURS):
                raise ValidationError(
                    self.env._("A shift lasts a year at most. Choose a shorter length.")
                )
            if not layer._get_days():
                raise ValidationError(
                    self.env._("Choose at least one day of the week for the layer.")
                )

    @api.constrains("calendar_id", "rota_id")
    def _check_calendar_id(self):
        for layer in self:
            company = layer.calendar_id.company_id
            if company and company != layer.rota_id.company_id:
                raise ValidationError(
                    self.env._(
                        "The hours %(hours)s are of %(company)s. Choose hours of the "
                        "rota's company.",
                        hours=layer.calendar_id.name,
                        company=company.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [{**vals, "edit_from": False} for vals in vals_list]
        if self.env.context.get("on_call_editing"):
            return super().create(vals_list)
        self.check_access("create")
        for vals in vals_list:
            self.browse()._check_not_kept(vals)
        rotas = self.rota_id.browse(
            {vals["rota_id"] for vals in vals_list if vals.get("rota_id")}
        )
        rotas._begin_edit()
        editing = self.with_context(on_call_editing=True)
        return super(HelpdeskEscalationRotaLayer, editing).create(vals_list)

    def write(self, vals):
        self._check_not_kept(vals)
        vals = dict(vals)
        moment = fields.Datetime.to_datetime(vals.pop("edit_from", False))
        if not RULE & vals.keys() or self.env.context.get("on_call_editing"):
            return super().write(vals)
        self.check_access("write")
        editing = self.with_context(on_call_editing=True)
        with self._editing(moment):
            return super(HelpdeskEscalationRotaLayer, editing).write(vals)

    @api.model
    def _check_not_kept(self, vals):
        """Refuse to write by hand what versions are kept by.

        :raise UserError: but for the system
        """
        if not self.env.su and (KEPT & vals.keys() or (self and "rota_id" in vals)):
            raise UserError(
                self.env._(
                    "A layer stays with its rota and goes on from the present. Change "
                    "its people, length or hours, or add a new layer."
                )
            )

    def unlink(self):
        """Delete what has not begun; what has ends now, and is kept for the past."""
        self.check_access("unlink")
        if self.env.context.get("on_call_editing"):
            return super().unlink()
        self.rota_id._begin_edit()
        minute = self.rota_id._get_minute()
        # Sudo: what versions are kept by is the system's.
        for layer in self.sudo():
            former = layer._get_former()
            if former:
                # What was to come does not, and what it was to replace ends.
                former.valid_to = min(former.valid_to, minute)
            if former or layer.valid_from < minute:
                layer.valid_to = max(minute, layer.valid_from)
        kept = self.filtered("valid_to")
        return super(HelpdeskEscalationRotaLayer, self - kept).unlink()

    # ------------------------------------------------------------------
    # Versions
    # ------------------------------------------------------------------

    @contextmanager
    def _editing(self, moment=None):
        """Have what has begun kept as it was, and go on from there when it is edited.

        :param datetime moment: from when on the edit counts (naive UTC), else now
        """
        if self.env.context.get("on_call_editing") or not self:
            yield
            return
        self.rota_id._begin_edit()
        bases = {layer: layer._keep_version() for layer in self}
        yield
        for layer, base in bases.items():
            layer._go_on(base, moment)

    def _get_former(self):
        """Return the version before this one, where this one follows it."""
        self.ensure_one()
        return self.search(
            [("origin_id", "=", self.id), ("valid_to", "=", self.valid_from)],
            limit=1,
            order="id desc",
        )

    def _keep_version(self):
        """Return the version that an edit has to go on from, empty for a new layer.

        What has begun is kept in a closed version. What is to come is edited itself.
        """
        self.ensure_one()
        minute = self.rota_id._get_minute()
        if self.valid_from >= minute:
            return self._get_former()
        # Sudo: what versions are kept by is the system's.
        return self._as_system().copy(
            {
                "origin_id": self.id,
                "valid_from": self.valid_from,
                "valid_to": minute,
                "offset": self.offset,
                "tz": self.rota_id.tz,
            }
        )

    def _as_system(self):
        return self.sudo().with_context(on_call_editing=True)

    def _go_on(self, base, moment=None):
        """Count from the right moment on, with whoever is on duty staying.

        :param base: the version before, maybe empty
        :param datetime moment: from when on the edit counts, else now
        """
        if not base:
            return
        minute = self.rota_id._get_minute()
        keeps_grid = self._keeps_grid(base)
        if not moment and keeps_grid:
            # What was to come already stays so.
            moment = self.valid_from
        moment = max(moment or minute, minute)
        version = duty.continue_layer(
            base._get_version(), self._get_version(), moment, keeps_grid
        )
        base._as_system().valid_to = version.begin
        self._as_system().write(
            {
                "valid_from": version.begin,
                "offset": version.offset,
                "anchor_date": version.anchor.date(),
            }
        )

    def _keeps_grid(self, base):
        return all(self[name] == base[name] for name in (*GRID, "zone_name"))

    # ------------------------------------------------------------------
    # The rule's own words
    # ------------------------------------------------------------------

    def _get_days(self):
        return frozenset(number for number, day in enumerate(DAYS) if self[day])

    def _get_anchor(self):
        minutes = round((self.handover or 0) * 60)
        clock = time(*divmod(min(minutes, 24 * 60 - 1), 60))
        return datetime.combine(self.anchor_date or fields.Date.today(), clock)

    def _get_version(self, working_times=None):
        """Return the layer as the rule knows it; also of one being edited in a form.

        :param dict working_times: known ones, by their key; gets new ones
        :rtype: duty.Layer
        """
        self.ensure_one()
        days = self._get_days()
        length = max(self.duration, 1) * UNITS[self.unit or "weeks"]
        if len(days) == len(DAYS):
            days = None
        elif self.unit == "weeks":
            length = length / len(DAYS) * len(days)
        # In a form, what is new comes last.
        turns = self.turn_ids.sorted(
            lambda turn: (turn.sequence, turn.id or turn._origin.id or MAX_INTEGER)
        )
        return duty.Layer(
            id=self._origin.id,
            anchor=self._get_anchor(),
            length=length,
            turns=tuple(
                turn.user_id.id or turn.user_id._origin.id or None for turn in turns
            ),
            zone=get_zone(self.zone_name or "UTC") or get_zone("UTC"),
            begin=self.valid_from or duty.EVER,
            end=self.valid_to or duty.NEVER,
            offset=self.offset,
            days=days,
            hours=self._get_hours(working_times),
            outside=self.hours == "outside",
        )

    def _get_hours(self, working_times):
        if not self.calendar_id:
            return None
        calendar, company = self.calendar_id._origin, self.rota_id.company_id._origin
        key = (calendar, company, self.on_holidays)
        known = {} if working_times is None else working_times
        if key not in known:
            known[key] = calendar._on_call_hours(company, self.on_holidays)
        return known[key]
