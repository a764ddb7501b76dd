from odoo import api, models

from .helpdesk_escalation_step import DUTY_KINDS

MOST_TILES = 3


class HelpdeskEscalationIncident(models.Model):
    """R7: who is on duty but away has others after them; one of a team, in turn."""

    _inherit = "helpdesk.escalation.incident"

    def _get_step_values(self, policy, step, notified):
        values, reached = super()._get_step_values(policy, step, notified)
        if step.recipient not in DUTY_KINDS:
            return values, reached
        tried = {value["user_id"] for value in values}
        for people in step._get_people_on_duty().values():
            for user in people.with_env(self.env):
                if user.id not in tried:
                    tried.add(user.id)
                    more, _reached = self._get_user_values(policy, step, user, notified)
                    values += more
                if self._stands_for(policy, step, user):
                    reached = True
                    break
        return values, reached

    def _stands_for(self, policy, step, user):
        """Whether a person, or their substitute, is notified when a step means them."""
        if user._escalation_unreachable_reason(self.ticket_id, step.channel):
            return False
        return bool(
            not policy.skip_on_leave
            or not user.is_escalation_away
            or user._escalation_find_substitute(self.ticket_id, step.channel)
        )

    def _fire(self, policy, due, later, now, story, notified=None):
        values, progress = super()._fire(policy, due, later, now, story, notified)
        steps = self.env["helpdesk.escalation.step"]
        for value in values:
            step = steps.browse(value["step_id"] or ())
            if step.recipient == "team_in_turn" and value["user_id"]:
                if value["state"] == "pending" and not value.get("is_fallback"):
                    # Sudo: turns are the system's.
                    team = self.ticket_id.team_id.sudo()
                    asked = value.get("substituted_user_id") or value["user_id"]
                    team._put_last(self.env["res.users"].browse(asked))
        return values, progress

    # ------------------------------------------------------------------
    # R6 Duty changes hands
    # ------------------------------------------------------------------

    def _pass_duty_on(self, policies, steps, notified):
        """Notify who is on duty now instead of whom a step has notified (R6).

        All are in the terms of one company. Whoever was on duty keeps what they were
        notified of for another reason.

        :param dict policies: the one that counts now, per incident
        :param dict steps: per incident, the steps whose duty has changed hands
        :param dict notified: per ticket id, (user id, channel) already notified of the
            ticket in this run
        :return: lines for the tickets' chatter, per incident
        """
        all_values, stories, replaced = [], {}, self.notification_ids.browse()
        for incident in self:
            known = notified.setdefault(incident.ticket_id.id, set())
            live = incident._get_ticket_lines().filtered(lambda line: line._is_live())
            known.update((line.user_id.id, line.channel) for line in live)
            its_values, reached = [], False
            for step in steps[incident].with_env(incident.env):
                values, is_reached = incident._get_step_values(
                    policies[incident], step, known
                )
                reached = reached or is_reached
                for value in values:
                    value.update(
                        received_as="on_duty", step_name=incident.env._("Now on duty")
                    )
                its_values += values
                if is_reached:
                    replaced += incident._get_off_duty(step, values)
            all_values += its_values
            if its_values:
                stories[incident] = [
                    incident._get_step_words(
                        incident.env._("Duty has changed hands"), its_values
                    )
                ]
        replaced.is_replaced = True
        replaced.filtered(
            lambda line: not all(line.step_id.rota_ids.mapped("keep_activities"))
        )._withdraw()
        self._notify(all_values, stories)
        return stories

    def _get_off_duty(self, step, values):
        """Return the lines of a step whose people are not the ones it means now."""
        people = {value["user_id"] for value in values}
        return self.notification_ids.filtered(
            lambda line: line.step_id == step
            and line.user_id.id not in people
            and line.state in ("pending", "sent", "skipped")
            and not line.is_replaced
        )

    # ------------------------------------------------------------------
    # The dashboard
    # ------------------------------------------------------------------

    @api.model
    def _get_dashboard_tiles(self):
        """Say who is on duty in the rotas of the user's teams, and until when."""
        return [*super()._get_dashboard_tiles(), *self._get_duty_tiles()]

    @api.model
    def _get_duty_tiles(self):
        rotas = self.env["helpdesk.escalation.rota"]
        mine = rotas.search([("team_ids", "in", self.env.user.helpdesk_team_ids.ids)])
        shown = (mine or rotas.search([], limit=MOST_TILES))[:MOST_TILES]
        tiles = []
        for rota in shown:
            tile = self._prepare_tile(
                f"on_duty_{rota.id}", rota.name, rota._name, [("id", "=", rota.id)], ""
            )
            tile["value"], tile["label"] = rota._get_tile_words()
            tile["tone"] = "" if rota.current_user_id else "danger"
            tile["action"] = rota.action_view_shifts()
            tiles.append(tile)
        return tiles
