from datetime import timedelta

from odoo import fields, models

HOUR = timedelta(hours=1)


class HelpdeskEscalationIncident(models.Model):
    """R7, R9: people's own rules, where steps notify them."""

    _inherit = "helpdesk.escalation.incident"

    def _choose_channel(self, policy, user, channel):
        channel = super()._choose_channel(policy, user, channel)
        moment = self.env.context.get("escalation_moment") or fields.Datetime.now()
        # Sudo: their rules are their own.
        return user.sudo()._escalation_choose_channel(
            policy, self.ticket_id, channel, moment
        )

    def _notify(self, values, stories):
        return super()._notify(self._hold_back(values), stories)

    def _hold_back(self, values):
        """Hold back what goes beyond people's limit of an hour, for one email then.

        Never the last person of a step: somebody always hears of it at once.

        :param list values: of notifications of these incidents
        :return: the same, in copies where they were changed
        """
        people = self.env["res.users"].browse(
            {one["user_id"] for one in values if one["state"] == "pending"}
        )
        limited = people.sudo().filtered("escalation_hourly_limit")
        if not limited:
            return values
        seen, until = self._count_recent(limited)
        kept, beyond = set(), []
        for number, one in enumerate(values):
            if one["state"] != "pending":
                continue
            user = limited.filtered(lambda user, one=one: user.id == one["user_id"])
            incident = self.browse(one["incident_id"])
            step = (one["incident_id"], one["step_id"], bool(one.get("is_fallback")))
            if (
                user
                and seen[user] >= user.escalation_hourly_limit
                and incident.policy_id._allows_personal("email")
                and not user._escalation_unreachable_reason(incident.ticket_id, "email")
            ):
                beyond.append((number, step, user))
            else:
                kept.add(step)
                if user:
                    seen[user] += 1
        result = list(values)
        for number, step, user in beyond:
            if step not in kept:
                kept.add(step)
                continue
            result[number] = {
                **values[number],
                "channel": "email",
                "held_until": until[user],
                "reason": self.env._(
                    "Beyond their limit per hour: it follows with others in one email."
                ),
            }
        return result

    def _count_recent(self, users):
        """Count what has notified people within the last hour.

        :return: how many that were, and until when more is held back
        :rtype: tuple[dict, dict]
        """
        now = fields.Datetime.now()
        notifications = self.env["helpdesk.escalation.notification"]
        seen = dict.fromkeys(users, 0)
        until = dict.fromkeys(users, now + HOUR)
        for user, count in notifications._read_group(
            [
                ("user_id", "in", users.ids),
                ("state", "in", ("pending", "sent")),
                ("create_date", ">", now - HOUR),
                ("held_until", "=", False),
                ("is_reminder", "=", False),
            ],
            ["user_id"],
            ["__count"],
        ):
            seen[user] = count
        for user, first in notifications._read_group(
            [
                ("user_id", "in", users.ids),
                ("state", "=", "pending"),
                ("held_until", ">", now),
                ("queued_date", "=", False),
            ],
            ["user_id"],
            ["held_until:min"],
        ):
            # One email for all: what comes later goes out with what is held already.
            until[user] = first
        return seen, until
