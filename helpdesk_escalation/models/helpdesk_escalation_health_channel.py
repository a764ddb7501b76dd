from datetime import timedelta

from odoo import api, fields, models

from .helpdesk_escalation_incident_dashboard import NOTIFICATION, POLICY

# So many in a day, and no fewer than what arrived: it is no accident.
MANY_FAILURES = 3


class HelpdeskEscalationHealth(models.AbstractModel):
    """R7, R9: channels that keep failing, and people whom theirs cannot reach."""

    _inherit = "helpdesk.escalation.health"

    @api.model
    def _find_problems(self):
        problems = super()._find_problems()
        policies = self.env[POLICY].search([("active", "=", True)])
        shown = {problem["name"] for problem in problems if problem}
        return [
            *problems,
            self._check_failing_channels(shown),
            self._check_unreachable_people(policies),
        ]

    @api.model
    def _check_failing_channels(self, shown):
        """Find channels by which more has failed than arrived in the last 24 hours.

        :param set shown: the names of problems that are shown already
        """
        found = self._find_failing_channels()
        if "failed_mails" in shown:
            found.pop("email", None)
        if not found:
            return None
        notifications = self.env[NOTIFICATION]
        labels = dict(notifications._fields["channel"]._description_selection(self.env))
        return self._prepare_problem(
            "failing_channels",
            self.env._(
                "Channels that keep failing: %s. Open the notifications to see why. "
                "Until it is mended, choose another channel in the steps.",
                self._join(
                    self.env._(
                        "%(channel)s (%(failed)s of %(total)s in the last 24 hours)",
                        channel=labels[channel],
                        failed=len(failed),
                        total=len(failed) + sent,
                    )
                    for channel, (failed, sent) in found.items()
                ),
            ),
            self.env._("Show"),
            "danger",
            action=self._prepare_list(
                self.env._("Failed Notifications"),
                NOTIFICATION,
                notifications.union(*(failed for failed, _sent in found.values())),
            ),
        )

    @api.model
    def _find_failing_channels(self):
        """Return the failed notifications and the number of those sent, per channel."""
        notifications = self.env[NOTIFICATION]
        recent = [
            ("user_id", "!=", False),
            ("create_date", ">=", fields.Datetime.now() - timedelta(days=1)),
        ]
        found = {}
        all_failed = notifications.search([("state", "=", "failed"), *recent])
        for channel, failed in all_failed.grouped("channel").items():
            if len(failed) < MANY_FAILURES:
                continue
            sent = notifications.search_count(
                [("state", "=", "sent"), ("channel", "=", channel), *recent]
            )
            if len(failed) >= sent:
                found[channel] = failed, sent
        return found

    @api.model
    def _check_unreachable_people(self, policies):
        """Find people who can be notified, and by none of the channels of their steps.

        A step that reaches nobody at all is said so by itself.
        """
        people = self._find_unreachable_people(policies)
        if not people:
            return None
        # Sudo: steps name people whom a manager may not read.
        partners = self.env["res.users"].sudo().union(*people).partner_id
        action = self._prepare_list(self.env._("Contacts"), partners._name, partners)
        if len(partners) == 1:
            action.update(res_id=partners.id, views=[[False, "form"]])
        return self._prepare_problem(
            "unreachable_people",
            self.env._(
                "People whom their steps cannot reach, and others are notified "
                "instead: %s. Complete their contacts, or choose another channel.",
                self._join(
                    f"{user.name} ({reason.rstrip('.')})"
                    for user, reason in people.items()
                ),
            ),
            self.env._("Show"),
            action=action,
        )

    @api.model
    def _find_unreachable_people(self, policies):
        """Return the reason per person, of the first step that cannot reach them.

        Nobody knows whether somebody is ever responsible: to be reached as such does
        not help who is to be notified as the leader.

        :rtype: dict
        """
        steps = policies.sudo().step_ids - self._find_dead_steps(policies)
        found, reached = {}, set()
        for step in steps.sorted(lambda step: (step.policy_id.id, step.delay, step.id)):
            for user in self._get_possible_people(step):
                place = user, step.recipient == "responsible"
                if place in reached or self._get_obstacle(
                    user, step.policy_id, "activity"
                ):
                    continue
                reason = self._get_obstacle(user, step.policy_id, step.channel)
                if reason:
                    found.setdefault(place, reason)
                else:
                    reached.add(place)
        return {
            place[0]: reason for place, reason in found.items() if place not in reached
        }

    @api.model
    def _get_possible_people(self, step):
        """Return whom a step may notify, as far as it is known without a ticket.

        :param step: as superuser
        """
        teams = step.policy_id.team_ids
        people = {
            "responsible": teams.user_ids,
            "team_leader": teams.user_id,
            "parent_team_leader": teams.parent_id.user_id,
        }
        if step.recipient in people:
            return people[step.recipient]
        return self._get_named(step)
