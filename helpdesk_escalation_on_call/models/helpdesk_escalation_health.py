from datetime import timedelta

from odoo import api, fields, models

from ..tools import duty

ROTA = "helpdesk.escalation.rota"
WEEK = timedelta(days=7)


class HelpdeskEscalationHealth(models.AbstractModel):
    """Gaps in promised hours within a week, and places of people who have left."""

    _inherit = "helpdesk.escalation.health"

    @api.model
    def _find_problems(self):
        return [
            *super()._find_problems(),
            self._check_on_call_gaps(),
            self._check_on_call_vacant(),
            self._check_on_call_imports(),
        ]

    @api.model
    def _get_possible_people(self, step):
        if step.recipient == "team_in_turn":
            return step.policy_id.team_ids.user_ids
        if step.rota_ids:
            return step._get_recipients_rota(self.env["helpdesk.ticket"])
        return super()._get_possible_people(step)

    @api.model
    def _check_on_call_gaps(self):
        now = fields.Datetime.now()
        rotas = self.env[ROTA].search([("active", "=", True)])
        found = {}
        for rota_id, rule in rotas._read_duty(now).items():
            gaps = duty.get_gaps(rule, now, now + WEEK)
            if gaps:
                rota = rotas.browse(rota_id)
                found[rota_id] = self.env._(
                    "%(rota)s from %(date)s",
                    rota=rota.name,
                    date=rota._format_moment(gaps[0][0]),
                )
        if not found:
            return None
        return self._prepare_problem(
            "on_call_gaps",
            self.env._(
                "Nobody is on duty within the next week: %s. Add people, or have "
                "somebody take it.",
                self._join(found.values()),
            ),
            self.env._("Show"),
            "danger",
            action=self._prepare_list(self.env._("Rotas"), ROTA, rotas.browse(found)),
        )

    @api.model
    def _check_on_call_vacant(self):
        rotas = self.env[ROTA].search([("active", "=", True)]).filtered("vacant_words")
        if not rotas:
            return None
        return self._prepare_problem(
            "on_call_vacant",
            self.env._(
                "Rotas with places of people who have left: %s. Choose somebody else.",
                self._join(f"{rota.name}: {rota.vacant_words}" for rota in rotas),
            ),
            self.env._("Show"),
            action=self._prepare_list(self.env._("Rotas"), ROTA, rotas),
        )

    @api.model
    def _check_on_call_imports(self):
        layers = self.env["helpdesk.escalation.rota.layer"].search(
            [("source", "!=", "people"), ("valid_to", "=", False)]
        )
        faulty = layers.filtered(
            lambda one: one._is_stale() or one.source_fault or one.source_unknown
        )
        if not faulty:
            return None
        return self._prepare_problem(
            "on_call_imports",
            self.env._(
                "Imported calendars that are not read, or have unknown people: %s.",
                self._join(f"{one.rota_id.name}: {one.display_name}" for one in faulty),
            ),
            self.env._("Show"),
            action=self._prepare_list(self.env._("Rotas"), ROTA, faulty.rota_id),
        )
