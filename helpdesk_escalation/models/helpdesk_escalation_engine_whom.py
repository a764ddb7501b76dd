from odoo import api, models

from .groups import MANAGER_GROUP


class HelpdeskEscalationEngine(models.AbstractModel):
    """R7: whom a step tells, and who cannot be told and why."""

    _inherit = "helpdesk.escalation.engine"

    def _get_step_values(self, incident, policy, step, told):
        """Work out whom a step tells, and who cannot be told and why (R7).

        :param set told: (user id, channel) already told in this run
        :return: values of notifications, and whether the step reached anybody
        :rtype: tuple[list[dict], bool]
        """
        users = step._get_recipients(incident.ticket_id)
        if not users:
            nobody = self._prepare_notification(incident, step)
            nobody["reason"] = step._get_nobody_reason(incident.ticket_id)
            return [nobody], False
        return self._get_user_values(incident, policy, step, users, told)

    def _get_user_values(
        self, incident, policy, step, users, told, channel=None, is_fallback=False
    ):
        channel = channel or step.channel
        ticket = incident.ticket_id
        all_values, reached = [], False

        def add(user, **values):
            line = self._prepare_notification(incident, step, user, channel)
            if is_fallback:
                line.update(is_fallback=True, step_name=self.env._("Fallback"))
            all_values.append({**line, **values})

        def tell(user, **values):
            if (user.id, channel) in told:
                # Told once per run and channel, which is as good as told (R6).
                add(user, reason=self.env._("Just told by another step."), **values)
            else:
                add(user, state="pending", **values)
                told.add((user.id, channel))

        for user in users.with_env(incident.env):
            reason = user._escalation_unreachable_reason(ticket, channel)
            away = (
                policy.skip_on_leave and not reason and user._escalation_away_reason()
            )
            if reason:
                add(user, reason=reason)
            elif not away:
                tell(user)
                reached = True
            else:
                add(user, reason=away)
                substitute = user._escalation_find_substitute(ticket, channel)
                if substitute:
                    tell(substitute, stands_in_for_id=user.id)
                    reached = True
        return all_values, reached

    def _get_fallback_values(self, incident, policy, step, told):
        """Tell the policy's fallback, else the team leader, else the managers (R7).

        The channel is the step's; who has no mail address gets a notification.
        """
        ticket = incident.ticket_id
        managers = self.env.ref(MANAGER_GROUP).sudo()
        candidates = (
            policy.fallback_user_id,
            ticket.team_id.user_id,
            managers.all_user_ids.filtered(
                lambda user: user.active
                and not user.share
                and ticket.company_id in user.company_ids
            ),
        )
        # Who got rid of it is asked again only when there is nobody else.
        decliners = incident._get_decliners()
        if decliners:
            candidates = (
                *(users - decliners for users in candidates),
                *(users & decliners for users in candidates),
            )
        all_values = []
        for users in candidates:
            for channel in dict.fromkeys([step.channel or "activity", "activity"]):
                values, reached = self._get_user_values(
                    incident, policy, step, users, told, channel, is_fallback=True
                )
                all_values += values
                if reached:
                    return all_values, True
        return all_values, False

    @api.model
    def _prepare_notification(self, incident, step, user=None, channel=None):
        """Prepare a line that says what became of one person at one step."""
        return {
            "incident_id": incident.id,
            # Odoo would find it out itself, and write each line twice.
            "ticket_id": incident.ticket_id.id,
            "round": incident.round,
            "step_id": step.id,
            "step_name": step.display_name,
            "user_id": user.id if user else False,
            "channel": channel or step.channel or "activity",
            "state": "skipped",
        }
