from datetime import timedelta
from statistics import median, quantiles

from odoo import api, fields, models
from odoo.exceptions import UserError

DAYS = 90
# With fewer answers than this the figures say nothing.
MIN_ANSWERS = 20
# Suggested delays are rounded up to these minutes, from these delays on.
ROUNDING = [(0, 5), (60, 15), (240, 30), (480, 60), (1440, 1440)]
# The steps after the second come later by this factor each.
STRETCH = 1.7


class HelpdeskEscalationTuning(models.TransientModel):
    """How a policy works, and what its delays might be: read from the last 90 days."""

    _name = "helpdesk.escalation.tuning"
    _description = "Tune a Policy"
    _inherit = ["helpdesk.escalation.input"]

    policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy", required=True, readonly=True
    )
    step_figures = fields.Html(
        compute="_compute_figures",
        sanitize=False,
        help="How often each step fired, and how often somebody then was on it or "
        "answered, before the next one fired.",
    )
    answer_figures = fields.Html(
        compute="_compute_figures",
        sanitize=False,
        help="How long answers really took on the tickets of this policy, in its "
        "working hours, by the hour at which the client wrote.",
    )
    answer_count = fields.Integer(
        string="Answers", compute="_compute_figures", help="Answers to clients counted."
    )
    suggestion = fields.Char(compute="_compute_figures")
    suggested_delays = fields.Json(compute="_compute_figures")

    @api.constrains("policy_id")
    def _check_policy_id(self):
        # Whoever reads the dialog reads the name of the policy with it.
        self.sudo(False).policy_id.check_access("write")

    @api.depends("policy_id")
    @api.depends_context("lang", "tz")
    def _compute_figures(self):
        qweb = self.env["ir.qweb"]
        for wizard in self:
            wizard.policy_id.check_access("read")
            since = fields.Datetime.now() - timedelta(days=DAYS)
            durations = wizard._get_durations(since)
            wizard.answer_count = len(durations)
            wizard.step_figures = qweb._render(
                "helpdesk_escalation_analysis.tuning_steps",
                {"steps": wizard._get_steps(since)},
            )
            minutes = sorted(minutes for _moment, minutes in durations)
            if len(minutes) < MIN_ANSWERS:
                wizard.answer_figures = wizard.suggested_delays = False
                wizard.suggestion = self.env._(
                    "Too little data: %(count)s answers in the last %(days)s days, at "
                    "least %(needed)s are needed.",
                    count=len(minutes),
                    days=DAYS,
                    needed=MIN_ANSWERS,
                )
                continue
            cuts = quantiles(minutes, n=100, method="inclusive")
            half, most, nearly_all = (cuts[share - 1] for share in (50, 75, 90))
            wizard.answer_figures = qweb._render(
                "helpdesk_escalation_analysis.tuning_answers",
                {
                    "shares": [(50, half), (75, most), (90, nearly_all)],
                    "rows": wizard._get_hours(durations),
                    "format_minutes": wizard._format_minutes,
                },
            )
            delays = wizard._suggest_delays(
                most, nearly_all, len(wizard.policy_id.step_ids)
            )
            wizard.suggested_delays = delays
            wizard.suggestion = self.env._(
                "Half of your clients have an answer after %(half)s, nine in ten after "
                "%(nearly_all)s: try %(delays)s.",
                half=wizard._format_minutes(half),
                nearly_all=wizard._format_minutes(nearly_all),
                delays=" / ".join(map(wizard._format_minutes, delays)),
            )

    def action_take_over(self):
        """Write the suggested delays to the steps, in their order.

        :raise UserError: when there is nothing to suggest
        """
        self.ensure_one()
        delays = self.suggested_delays
        if not delays:
            raise UserError(self.suggestion)
        for step, delay in zip(self.policy_id.step_ids.sorted(), delays, strict=True):
            step.delay = delay
        return {"type": "ir.actions.act_window_close"}

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    def _get_durations(self, since):
        """Return when the clients wrote and how long their answers took (minutes).

        :rtype: list[tuple[datetime, float]]
        """
        policy = self.policy_id
        history = self.env["helpdesk.escalation.history"]
        ticket_ids = history._find_tickets_of(policy)
        waits = [
            wait
            for wait in history._read_waits(ticket_ids, since, policy)
            if wait.answered
        ]
        if not waits:
            return []
        calendar = policy.calendar_id
        working_time = calendar._escalation_working_time(policy.company_id)
        return [
            (wait.messages[0], working_time.minutes(wait.messages[0], wait.end))
            for wait in waits
        ]

    def _get_steps(self, since):
        """Say per step how often it fired, and how often it was enough.

        Where no answer was needed, and nobody was on it, it was neither.
        """
        incidents = self.env["helpdesk.escalation.incident"].search_fetch(
            [
                ("policy_id", "=", self.policy_id.id),
                ("create_date", ">=", since),
                "|",
                ("resolution", "!=", "waived"),
                ("confirmed_date", "!=", False),
            ],
            ["confirmed_date", "resolution", "step_id"],
        )
        fired = dict(
            self.env["helpdesk.escalation.notification"]._read_group(
                [("incident_id", "in", incidents.ids)],
                ["step_id"],
                ["incident_id:count_distinct"],
            )
        )
        by_last_step = incidents.grouped("step_id")
        figures = []
        for step in self.policy_id.step_ids.sorted():
            among = by_last_step.get(step, incidents.browse())
            confirmed = among.filtered("confirmed_date")
            answered = among.filtered(lambda one: one.resolution == "answered")
            enough = len(confirmed | answered)
            count = fired.get(step, 0)
            figures.append(
                {
                    "name": step.display_name,
                    "fired": count,
                    "confirmed": len(confirmed),
                    "answered": len(answered),
                    "enough": enough,
                    "share": round(100 * enough / count) if count else None,
                }
            )
        return figures

    def _get_hours(self, durations):
        """Return the median minutes per weekday and hour of the client's word.

        :return: a row a weekday: its name, and a cell an hour with the median, the
            number of answers, and how dark the cell is (0 to 1)
        """
        cells = {}
        for moment, minutes in durations:
            local = fields.Datetime.context_timestamp(self, moment)
            cells.setdefault((local.weekday(), local.hour), []).append(minutes)
        medians = {cell: median(values) for cell, values in cells.items()}
        slowest = max(medians.values()) or 1
        weekdays = self.env["resource.calendar.attendance"]._fields["dayofweek"]
        return [
            {
                "name": name,
                "cells": [
                    {
                        "hour": hour,
                        "minutes": medians.get((int(day), hour)),
                        "count": len(cells.get((int(day), hour), ())),
                        "shade": medians.get((int(day), hour), 0) / slowest,
                    }
                    for hour in range(24)
                ],
            }
            for day, name in weekdays._description_selection(self.env)
        ]

    @api.model
    def _suggest_delays(self, most, nearly_all, count):
        """Suggest delays: later than three answers in four, than nine in ten, and on.

        :param float most: minutes within which 75 % are answered
        :param float nearly_all: minutes within which 90 % are answered
        :param int count: how many steps there are
        :return: round minutes, each later than the one before
        :rtype: list[int]
        """
        delays = []
        wanted = [nearly_all] if count == 1 else [most, nearly_all]
        while len(delays) < count:
            minutes = wanted[len(delays)] if len(delays) < len(wanted) else 0
            last = delays[-1] if delays else 0
            if minutes <= last and delays:
                minutes = last * STRETCH
            delays.append(self._round_up(minutes))
        return delays

    @api.model
    def _round_up(self, minutes):
        step = [size for start, size in ROUNDING if minutes >= start][-1]
        return max(step, int(-(-minutes // step)) * step)

    @api.model
    def _format_minutes(self, minutes):
        step = self.env["helpdesk.escalation.step"]
        return step._format_minutes(round(minutes))
