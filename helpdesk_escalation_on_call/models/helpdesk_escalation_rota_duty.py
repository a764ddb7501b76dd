from datetime import timedelta

from odoo import api, fields, models

from ..tools import duty

# How far back what is on duty at a moment may have begun.
MARGIN = timedelta(days=31)


class HelpdeskEscalationRota(models.Model):
    """Who is on duty: what the rule goes by is read here, for all rotas at once."""

    _inherit = "helpdesk.escalation.rota"

    current_user_id = fields.Many2one(
        comodel_name="res.users",
        string="On Duty",
        compute="_compute_current",
        compute_sudo=True,
        help="Who is on duty now.",
    )
    current_until = fields.Datetime(
        string="Until", compute="_compute_current", compute_sudo=True
    )
    next_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Next on Duty",
        compute="_compute_current",
        compute_sudo=True,
        help="Who else is on duty next.",
    )
    next_date = fields.Datetime(
        string="Next From", compute="_compute_current", compute_sudo=True
    )

    following_ids = fields.Many2many(
        comodel_name="res.users",
        compute="_compute_current",
        compute_sudo=True,
        help="Who else is on duty next, in the order in which they are.",
    )

    @api.depends(
        "active",
        "tz",
        "revision",
        "layer_ids.valid_from",
        "layer_ids.turn_ids.user_id",
        "change_ids.state",
        "change_ids.start",
        "change_ids.stop",
    )
    def _compute_current(self):
        now = fields.Datetime.now()
        rules = self._origin._read_duty(now)
        for rota in self:
            rule = rules.get(rota._origin.id)
            now_on, *following = duty.get_order(rule, now) if rule else [None]
            until = bool(now_on) and now_on.end
            rota.current_user_id = bool(now_on) and now_on.user
            rota.current_until = until and until < now + duty.HORIZON and until
            rota.next_user_id = following[0].user if following else False
            rota.next_date = following[0].begin if following else False
            rota.following_ids = [span.user for span in following]

    def _read_duty_orders(self, moment):
        """Return per rota who is on duty at a moment, and who else is next, in order.

        :rtype: dict[Model, tuple]
        """
        rules = self._read_duty(moment)
        users = self.env["res.users"]
        orders = {}
        for rota in self:
            rule = rules.get(rota.id)
            now_on, *following = duty.get_order(rule, moment) if rule else [None]
            orders[rota] = (
                users.browse(now_on.user if now_on else ()),
                users.browse(span.user for span in following),
            )
        return orders

    def _read_duty(self, begin, whole=False):
        """Read what decides who is on duty from a moment on, in a few queries.

        Archived rotas are left out: nobody is on duty there.

        :param datetime begin: naive UTC
        :param bool whole: whether shifts are made of it, the first one with its true
            beginning, however long ago that was
        :return: per rota id
        :rtype: dict[int, duty.Rota]
        """
        # Sudo: who is on duty does not depend on who asks.
        rotas = self.sudo().with_context(active_test=False).filtered("active")
        rotas.fetch(["logged_until", "tz", "company_id", "promise_calendar_id"])
        of_these = ("rota_id", "in", rotas.ids)
        since = begin - (duty.LONGEST if whole else MARGIN)
        layers = self.env["helpdesk.escalation.rota.layer"].sudo()
        layers = layers.with_context(active_test=False).search(
            [of_these, "|", ("valid_to", "=", False), ("valid_to", ">", since)],
        )
        changes = self.env["helpdesk.escalation.rota.change"].sudo()
        changes = changes.search(
            [of_these, ("state", "=", "done"), ("stop", ">", since)], order="id"
        )
        log = self.env["helpdesk.escalation.rota.log"].sudo()
        logged = min(rotas.mapped("logged_until"), default=begin)
        if whole or begin < max(rotas.mapped("logged_until"), default=begin):
            known = min(begin, logged) if whole else begin
            log = log.search([of_these, ("stop", ">", known - MARGIN)], order="start")
        people = layers.turn_ids.user_id + layers.span_ids.user_id + changes.user_id
        people.fetch(["active", "share"])
        gone = frozenset(user.id for user in people if not user.active or user.share)
        of_rota = {
            "layers": layers.grouped("rota_id"),
            "changes": changes.grouped("rota_id"),
            "log": log.grouped("rota_id"),
        }
        times = {}
        return {
            rota.id: rota._make_duty(
                *(grouped.get(rota, ()) for grouped in of_rota.values()), gone, times
            )
            for rota in rotas
        }

    def _make_duty(self, layers, changes, log, gone, working_times):
        """Make what the rule knows of a rota, of its records or those of a form."""
        promise = None
        if self.promise_calendar_id:
            key = (self.promise_calendar_id, self.company_id, False)
            if key not in working_times:
                working_times[key] = self.promise_calendar_id._on_call_hours(
                    self.company_id
                )
            promise = working_times[key]
        return duty.Rota(
            id=self.id,
            layers=tuple(layer._get_version(working_times) for layer in layers),
            changes=tuple(
                duty.Change(
                    one.id,
                    one.start,
                    one.stop,
                    one.user_id.id or None,
                    one.replaced_id.id or None,
                )
                for one in changes
            ),
            gone=gone,
            logged_until=self.logged_until or duty.EVER,
            log=tuple(
                duty.Span(
                    one.start,
                    one.stop,
                    one.user_id.id,
                    one.layer_id.id or None,
                    one.change_id.id or None,
                )
                for one in log
            ),
            promise=promise,
        )
