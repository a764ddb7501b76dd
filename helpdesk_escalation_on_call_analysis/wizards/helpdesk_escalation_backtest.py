from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.helpdesk_escalation_on_call.models.helpdesk_escalation_step import (
    DUTY_KINDS,
)
from odoo.addons.helpdesk_escalation_on_call.tools import duty


class HelpdeskEscalationBacktest(models.TransientModel):
    """Steps for whoever is on duty are tried with whoever was, as the log has it."""

    _inherit = "helpdesk.escalation.backtest"

    @api.model
    def _read_people_then(self, steps, since):
        going_by_duty = [step for step in steps if step.recipient in DUTY_KINDS]
        if not going_by_duty:
            return super()._read_people_then(steps, since)
        rotas = self.env["helpdesk.escalation.rota"].union(
            *(step.rota_ids._origin for step in going_by_duty)
        )
        rules = rotas._read_duty(since)
        known_from = rotas._read_known_from()

        def get_reader(step):
            own = step.rota_ids._origin.ids
            find = duty.get_piece
            if step.recipient == "next_on_duty":
                find = duty.next_on_duty

            def read(moment):
                people = {}
                for rota_id in own:
                    if moment < known_from[rota_id]:
                        people[None] = True
                    elif rota_id in rules:
                        span = find(rules[rota_id], moment)
                        if span and span.user:
                            people[span.user] = True
                return tuple(people)

            return read

        return [
            get_reader(step) if step.recipient in DUTY_KINDS else read
            for step, read in zip(
                steps, super()._read_people_then(steps, since), strict=True
            )
        ]

    def _get_notes(self):
        """Say of each rota how far back it is known who was on duty."""
        notes = super()._get_notes()
        lines = self.line_ids.filtered(lambda line: line.recipient in DUTY_KINDS)
        since = fields.Datetime.now() - timedelta(days=self.days)
        # Sudo: who may try a policy is told the names of its rotas.
        rotas = lines.sudo().rota_ids
        known_from = rotas._read_known_from()
        return notes + [
            self.env._(
                "Who was on duty in %(rota)s is known from %(date)s on.",
                rota=rota.name,
                date=rota._format_moment(known_from[rota.id]),
            )
            for rota in rotas
            if known_from[rota.id] > since
        ]
