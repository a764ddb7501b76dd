import json
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import get_lang

from odoo.addons.helpdesk_escalation.models.groups import MANAGER_GROUP

from ..tools import duty
from ..tools.wall_clock import wall
from ..tools.zones import get_zone

# An id says which rota, and the minute in which it begins: any id makes its row again.
ID_BITS = 26
EPOCH = datetime(1970, 1, 1)
MINUTE = timedelta(minutes=1)
# What is shown where nobody says when, and at most.
BEFORE, AFTER = timedelta(days=31), timedelta(days=90)
MOST = timedelta(days=400)
COLUMNS = {
    "id": SQL("bigint"),
    "rota_id": SQL("int"),
    "user_id": SQL("int"),
    "replaced_id": SQL("int"),
    "change_id": SQL("int"),
    "start": SQL("timestamp"),
    "stop": SQL("timestamp"),
    "kind": SQL("varchar"),
    "is_away": SQL("boolean"),
    "color": SQL("int"),
}


class HelpdeskEscalationRotaShift(models.Model):
    """The final shifts, and the gaps between them. Nothing of it is stored.

    They are computed by the one rule for the window that is asked for.
    """

    _name = "helpdesk.escalation.rota.shift"
    _description = "On-Call Shift"
    _auto = False
    _order = "start, id"
    _rec_name = "user_id"

    rota_id = fields.Many2one(comodel_name="helpdesk.escalation.rota", readonly=True)
    user_id = fields.Many2one(comodel_name="res.users", string="Person", readonly=True)
    replaced_id = fields.Many2one(
        comodel_name="res.users", string="Instead Of", readonly=True
    )
    change_id = fields.Many2one(
        comodel_name="helpdesk.escalation.rota.change",
        string="On-Call Change",
        readonly=True,
    )
    start = fields.Datetime(readonly=True)
    stop = fields.Datetime(readonly=True)
    kind = fields.Selection(
        selection=[("shift", "On duty"), ("gap", "Nobody on duty")], readonly=True
    )
    company_id = fields.Many2one(related="rota_id.company_id")
    hours = fields.Float(compute="_compute_hours")
    is_away = fields.Boolean(
        readonly=True,
        help="The person is away, or will be, in some of this time.",
    )
    color = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Red where nobody is there, else by person.",
    )
    rota_time = fields.Char(
        string="Rota's Time",
        compute="_compute_rota_time",
        help="The same time by the clocks of the rota, where they are others.",
    )
    is_mine = fields.Boolean(compute="_compute_may")
    may_take = fields.Boolean(compute="_compute_may")
    may_change = fields.Boolean(compute="_compute_may")

    @property
    def _table_query(self):
        return self._sql_rows([])

    @api.depends("rota_id", "user_id", "kind", "replaced_id", "change_id", "is_away")
    @api.depends_context("lang")
    def _compute_display_name(self):
        # There may be thousands: what all have in common is worked out once.
        nobody = self.env._("Nobody on duty")
        away, whose = self.env._("%s (away)"), self.env._("%(rota)s: %(name)s")
        # Sudo: colleagues are named, whoever may read them.
        shifts = self.sudo()
        names = {user.id: user.name for user in shifts.user_id}
        rota_names = {rota.id: rota.name for rota in shifts.rota_id}
        is_changed = bool(shifts.change_id)
        for shift in shifts:
            name = names.get(shift.user_id.id, nobody)
            if is_changed and shift.replaced_id:
                name = self.env._(
                    "%(name)s for %(replaced)s, by %(author)s",
                    name=name,
                    replaced=shift.replaced_id.name,
                    author=shift.change_id.author_id.name,
                )
            if shift.is_away:
                name = away % name
            rota = rota_names[shift.rota_id.id]
            shift.display_name = whose % {"rota": rota, "name": name}

    @api.depends("start", "stop")
    def _compute_hours(self):
        for shift in self:
            shift.hours = (shift.stop - shift.start) / timedelta(hours=1)

    @api.depends("rota_id.tz", "start", "stop")
    @api.depends_context("tz")
    def _compute_rota_time(self):
        name = self.env.context.get("tz") or self.env.user.tz or "UTC"
        mine = get_zone(name) or get_zone("UTC")
        self.rota_time = False
        zones = {rota: get_zone(rota.tz) for rota in self.rota_id}
        elsewhere = {rota for rota, zone in zones.items() if zone != mine}
        if not elsewhere:
            return
        lang = get_lang(self.env)
        form = f"{lang.date_format} {lang.time_format.replace(':%S', '')}"
        for shift in self.filtered(lambda shift: shift.rota_id in elsewhere):
            zone = zones[shift.rota_id]
            start, stop = wall(shift.start, zone), wall(shift.stop, zone)
            if start != wall(shift.start, mine):
                shift.rota_time = f"{start:{form}} – {stop:{form}} ({shift.rota_id.tz})"

    @api.depends("rota_id", "user_id", "stop")
    @api.depends_context("uid")
    def _compute_may(self):
        now = fields.Datetime.now()
        user = self.env.user
        is_manager = user.has_group(MANAGER_GROUP)
        for shift in self:
            is_coming = shift.stop > now
            shift.is_mine = shift.user_id == user
            shift.may_take = (
                is_coming and not shift.is_mine and shift.rota_id._may_take_shifts(user)
            )
            shift.may_change = is_coming and is_manager

    # ------------------------------------------------------------------
    # Computed rows instead of a table
    # ------------------------------------------------------------------

    @api.model
    def _search(self, domain, *args, **kwargs):
        domain = Domain(domain)
        query = super()._search(domain, *args, **kwargs)
        return self._with_rows(query, self._get_rows_for(domain))

    def _as_query(self, ordered=True):
        return self._with_rows(super()._as_query(ordered), self._get_rows_by_id())

    @api.private
    def exists(self):
        known = {row["id"] for row in self._get_rows_by_id()}
        return self.filtered(lambda shift: shift.id in known)

    def _with_rows(self, query, rows):
        """Have a query read computed rows, where it reads the table otherwise."""
        self._mark_away(rows)
        query._tables[self._table] = SQL("(%s)", self._sql_rows(rows))
        return query

    @api.model
    def _mark_away(self, rows):
        """Mark in which rows the person will be away, and colour all of them."""
        absences = {}
        if rows:
            users = self.env["res.users"].browse(
                {row["user_id"] for row in rows if row["user_id"]}
            )
            absences = users._get_escalation_absences(
                min(row["start"] for row in rows), max(row["stop"] for row in rows)
            )
        for row in rows:
            user_id = row["user_id"]
            row["is_away"] = user_id in absences and any(
                since < row["stop"] and row["start"] < until
                for since, until in absences[user_id]
            )
            # Odoo's second to eleventh colour; the first one is red.
            is_red = row["is_away"] or not user_id
            row["color"] = 1 if is_red else 2 + user_id % 10

    @api.model
    def _sql_rows(self, rows):
        # One text is read faster than as many values.
        return SQL(
            "SELECT * FROM json_to_recordset(%s) AS row (%s)",
            json.dumps(rows, default=str),
            SQL(", ").join(
                SQL("%s %s", SQL.identifier(name), kind)
                for name, kind in COLUMNS.items()
            ),
        )

    @api.model
    def _get_rows_for(self, domain):
        """Return the rows of the window that a domain asks for, 400 days at most."""
        ids, lower, upper = self._read_window(domain)
        if ids is not None:
            return self.browse(ids)._get_rows_by_id()
        now = fields.Datetime.now()
        if not lower:
            lower = upper - MOST if upper else now - BEFORE
        if not upper:
            upper = max(lower, now) + AFTER
        upper = min(upper, lower + MOST)
        rotas = self._get_rotas()
        return self._make_rows(rotas._read_duty(lower, whole=True), lower, upper, now)

    @api.model
    def _get_rotas(self):
        """Return the rotas whose shifts the user may see."""
        return self.env["helpdesk.escalation.rota"].search([("active", "=", True)])

    @api.model
    def _read_window(self, domain):
        """Read from a domain which shifts it asks for: ids, and from when until when.

        What begins before the end and ends after the beginning is in a window.
        """
        ids = lower = upper = None
        for condition in domain.iter_conditions():
            name, operator, value = (
                condition.field_expr,
                condition.operator,
                condition.value,
            )
            if name == "id" and operator in ("=", "in"):
                ids = [value] if isinstance(value, int) else list(value)
            if name not in ("start", "stop") or not value:
                continue
            try:
                moment = fields.Datetime.to_datetime(value)
            except (TypeError, ValueError):
                continue
            if operator in (">", ">="):
                lower = min(lower or moment, moment)
            elif operator in ("<", "<="):
                upper = max(upper or moment, moment + MINUTE)
        return ids, lower, upper

    def _get_rows_by_id(self):
        """Return the rows of these shifts, as far as there are such."""
        starts = {}
        for number in self._ids:
            if isinstance(number, int) and 0 < number < 2**53:
                rota_id, minutes = divmod(number, 2**ID_BITS)
                starts[number] = rota_id, EPOCH + minutes * MINUTE
        if not starts:
            return []
        rotas = self.env["helpdesk.escalation.rota"].browse(
            {rota_id for rota_id, _start in starts.values()}
        )
        # Sudo: whoever reads a shift is asked elsewhere.
        rules = (
            rotas.sudo()
            .exists()
            ._read_duty(min(start for _rota_id, start in starts.values()), whole=True)
        )
        now = fields.Datetime.now()
        rows = []
        for number, (rota_id, start) in starts.items():
            rule = rules.get(rota_id)
            made = rule and self._make_rows({rota_id: rule}, start, start + MINUTE, now)
            rows += [{**row, "id": number} for row in (made or [])[-1:]]
        return rows

    @api.model
    def _make_rows(self, rules, begin, end, now):
        """Return the shifts of a window, and the gaps that are still to come."""
        rows = []
        for rota_id, rule in rules.items():
            replaced = {change.id: change.replaced for change in rule.changes}
            pieces = list(duty.get_pieces(rule, begin, end))
            spans = [
                ("shift", span)
                for span in duty.get_shifts(rule, begin, end, pieces)
                if span.user and span.end > span.begin
            ]
            if end > now:
                spans += [
                    ("gap", duty.Span(*gap))
                    for gap in duty.get_gaps(rule, max(begin, now), end, pieces)
                ]
            for kind, span in spans:
                start = max(span.begin, EPOCH)
                rows.append(
                    {
                        "id": (rota_id << ID_BITS) + (start - EPOCH) // MINUTE,
                        "rota_id": rota_id,
                        "user_id": span.user,
                        "replaced_id": replaced.get(span.change),
                        "change_id": span.change,
                        "start": start,
                        "stop": min(span.end, max(end, now) + MOST),
                        "kind": kind,
                    }
                )
        return rows

    # ------------------------------------------------------------------
    # What people do with a shift
    # ------------------------------------------------------------------

    def action_take(self):
        """Take a shift, or part of it: opens the dialog, which saves nothing yet."""
        return self._arrange("take")

    def action_give(self):
        """Give one's shift away: opens the dialog."""
        return self._arrange("give")

    def action_swap(self):
        """Swap one's shift for another one: opens the dialog."""
        return self._arrange("swap")

    def action_change(self):
        """Put somebody else on duty, as a manager: opens the dialog."""
        return self._arrange("manager")

    def action_move(self, start, stop):
        """Open the dialog with what a shift was dragged to; nothing is saved yet.

        :param str start: naive UTC
        :param str stop: naive UTC
        :raise UserError: when the shift is over, or a moment is none
        """
        try:
            moments = [fields.Datetime.to_datetime(one) for one in (start, stop)]
        except (TypeError, ValueError):
            moments = [None]
        if not all(moments):
            raise UserError(self.env._("Choose from when until when."))
        start, stop = moments
        is_part = self.start <= start and stop <= self.stop
        if self.env.user.has_group(MANAGER_GROUP):
            # Moved or made longer, the person is on duty then, whoever else would be.
            more = {} if is_part else {"default_user_id": self.user_id.id}
            return self._arrange("manager", start, stop, is_part, **more)
        kind = "give" if self.user_id == self.env.user else "take"
        return self._arrange(kind, start, stop)

    def _arrange(self, kind, start=None, stop=None, replaces=True, **more):
        self.ensure_one()
        self.check_access("read")
        minute = self.env["helpdesk.escalation.rota"]._get_minute()
        if self.stop <= minute:
            raise UserError(
                self.env._("This shift is over. What was cannot be changed any more.")
            )
        labels = {
            "take": self.env._("Take Shift"),
            "give": self.env._("Give Shift Away"),
            "swap": self.env._("Swap Shift"),
            "manager": self.env._("Change Shift"),
        }
        return {
            "type": "ir.actions.act_window",
            "name": labels[kind],
            "res_model": "helpdesk.escalation.rota.arrange",
            "view_mode": "form",
            "views": [[False, "form"]],
            "target": "new",
            "context": {
                "default_kind": kind,
                "default_rota_id": self.rota_id.id,
                "default_replaced_id": replaces and self.user_id.id,
                "default_start": max(start or self.start, minute),
                "default_stop": stop or self.stop,
                **more,
            },
        }


class HelpdeskEscalationRota(models.Model):
    _inherit = "helpdesk.escalation.rota"

    def _may_take_shifts(self, user):
        """Whether a person may take shifts: who is in the order, teams, managers."""
        self.ensure_one()
        # Sudo: whose rota it is does not depend on who may read the teams.
        rota = self.sudo()
        if not user._is_internal() or rota.company_id not in user.company_ids:
            return False
        return bool(
            user.has_group(MANAGER_GROUP)
            or user in rota._get_people()
            or user in rota.team_ids.user_ids + rota.team_ids.user_id
        )

    def _get_people(self):
        """Return everybody in the orders as they are now, who can be on duty."""
        people = self.sudo().layer_ids.turn_ids.sorted("sequence").user_id
        return people.filtered(lambda user: user.active and not user.share)

    def _check_may_take_shifts(self, user):
        if not self._may_take_shifts(user):
            raise AccessError(
                self.env._(
                    "Only the people of this rota and its teams can take its shifts."
                )
            )
