from collections import namedtuple
from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.locks import lock_rows
from ..tools.plan import Plan
from .groups import MANAGER_GROUP

Firing = namedtuple("Firing", ["step", "is_fallback", "values"])
Firing.__doc__ = """What a step does: whether it is the fallback that comes in its
place, and the values of the notifications."""


# Among who was notified in a run: whoever receives a ticket that was moved was.
RECEIVED = (False, False)
# Who may have a ticket, besides the team: as steps call them, nearest first.
ROLES = ("responsible", "team_leader", "parent_team_leader")


class HelpdeskEscalationIncident(models.Model):
    """R6, R7: what the steps do on one incident, and whom they notify."""

    _inherit = "helpdesk.escalation.incident"

    def _in_company_terms(self):
        """Yield the incidents company by company, in its terms and language (R13).

        The job runs in the main company and without a language.
        """
        for company, of_company in self.grouped(
            lambda incident: incident.ticket_id.company_id
        ).items():
            lang = company.partner_id.lang or self.env.lang
            yield of_company.with_company(company).with_context(
                lang=lang, tz=company.partner_id.tz
            )

    # ------------------------------------------------------------------
    # Firing
    # ------------------------------------------------------------------

    def _escalate_now(self, user):
        """Fire the next step at once, because somebody says so.

        :return: the names of who is notified; empty when nobody could be
        :rtype: str
        :raise UserError: when somebody holds the incident, or no step is left
        """
        self.ensure_one()
        if not lock_rows(self):
            raise UserError(
                self.env._("Somebody is busy with this. Please try again in a moment.")
            )
        # What was put off after a fault is meant too.
        engine = self.env["helpdesk.escalation.engine"]
        policy, steps = self.env["helpdesk.escalation.policy"], ()
        for case in engine._read_cases(Plan(datetime.max), self.ticket_id.ids):
            if case.incident_id == self.id and case.state == "active":
                policy = policy.browse(case.policy_id)
                steps = engine._get_left_steps(policy.step_ids.sorted(), case)
        if not steps:
            raise UserError(
                self.env._("There is no further step. Talk to the people involved.")
            )
        (incident,) = self._in_company_terms()
        story = [incident.env._("%s escalates now.", user.name)]
        values, progress = incident._fire(
            policy, steps[:1], steps[1:], fields.Datetime.now(), story
        )
        incident._write_progress({incident: progress})
        stories = {incident: story}
        incident._notify(values, stories)
        incident._log_stories(stories)
        # The mails are written by the job, which comes at once.
        self.env["helpdesk.escalation.engine"]._trigger_run()
        notified = [one["user_id"] for one in values if one["state"] == "pending"]
        people = self.env["res.users"].browse(dict.fromkeys(notified))
        return ", ".join(people.mapped("name"))

    def _fire(self, policy, due, later, now, story, notified=None):
        """Fire steps; nothing is sent yet (R6, R7).

        :param policy: the policy that counts now
        :param list due: steps that fire now
        :param list later: the steps after them
        :param datetime now: naive UTC
        :param list story: gets a line for the ticket's chatter per step
        :param set notified: (user id, channel) already notified of the ticket in this
            run; those who are notified now are added
        :return: values of the notifications to create, and of the incident to write
        :rtype: tuple[list, dict]
        """
        self.ensure_one()
        policy = policy.with_env(self.env)
        notified = set() if notified is None else notified
        all_values = []
        step = self.step_id
        for step, is_fallback, values in self._get_firings(
            policy, due, later, notified
        ):
            name = self.env._("Fallback") if is_fallback else step.display_name
            said = all_values if is_fallback else ()
            story.append(self._get_step_words(name, values, said))
            all_values += values
        if not all_values:
            return [], {}
        reached = RECEIVED in notified or any(
            value.get("made_change") or (value["user_id"], value["channel"]) in notified
            for value in all_values
        )
        return all_values, self._get_progress(policy, step, now, reached)

    def _get_firings(self, policy, due, later, notified=None):
        """Work out what steps do, and change nothing (R6, R7).

        A step that reaches nobody lets the next one fire at once; after the last one
        comes the fallback.

        :rtype: list[Firing]
        """
        firings = []
        notified = set() if notified is None else notified
        queue, later = list(due), list(later)
        step, reached = self.step_id, False
        while queue:
            step = queue.pop(0).with_env(self.env)
            values, reached = self._get_step_values(policy, step, notified)
            # In a new team, whoever received it counts for a place that is vacant.
            reached = reached or RECEIVED in notified
            firings.append(Firing(step, False, values))
            if not reached and not queue and later:
                queue.append(later.pop(0))
        if not reached:
            values, reached = self._get_fallback_values(policy, step, notified)
            if reached or due:
                firings.append(Firing(step, True, values))
        return firings

    def _get_progress(self, policy, step, now, reached):
        return {
            "step_id": step.id,
            "step_date": now,
            "first_step_date": self.first_step_date or now,
            "last_fired_delay": max(self.last_fired_delay, step.delay or 0),
            "skip_until_delay": self.skip_until_delay
            if policy == self.fired_policy_id
            else max(self.skip_until_delay, self.last_fired_delay),
            "policy_id": policy.id,
            "fired_policy_id": policy.id,
            "nobody_reached": not (reached or self._get_people_left()),
            "error": False,
            "attempts": 0,
            "retry_date": False,
        }

    @api.model
    def _write_progress(self, progress):
        """Note how far incidents are now, those that are alike together.

        :param dict progress: values per incident, none where nothing has fired
        """
        alike = {}
        for incident, values in progress.items():
            if values:
                alike.setdefault(tuple(values.items()), []).append(incident)
        for values, incidents in alike.items():
            incidents[0].union(*incidents).write(dict(values))

    def _notify(self, values, stories):
        """Keep what became of each person, and notify those who can be (R9).

        :param list values: of notifications of these incidents
        :param dict stories: lines for the ticket's chatter per incident; gets what is
            done beside
        :return: what was kept, in the order of the values
        """
        notifications = self.env["helpdesk.escalation.notification"].create(values)
        notifications.filtered(lambda n: n.state == "pending")._deliver()
        return notifications

    def _remind(self, user, notified, renewal):
        """Notify who was on it that the steps have started again, as they were before.

        :param set notified: (user id, channel) already notified of the ticket in this
            run
        :param str renewal: why they have
        :return: whether anybody was reached
        """
        self.ensure_one()
        # A channel may be gone with its add-on.
        channels = self.env["helpdesk.escalation.notification"]._get_channels()
        last = self.notification_ids.filtered(
            lambda n: n.user_id == user and n.state == "sent" and n.channel in channels
        )[-1:]
        step = self.env["helpdesk.escalation.step"]
        values, reached = self._get_user_values(
            self.policy_id, step, user, notified, last.channel or "activity"
        )
        for value in values:
            value["step_name"] = self._get_renewal_name(renewal)
        notifications = self.env["helpdesk.escalation.notification"].create(values)
        notifications.filtered(lambda n: n.state == "pending")._deliver()
        if reached:
            self.nobody_reached = False
        return reached

    def _get_renewal_name(self, renewal):
        """Name what stands in a step's place where somebody is reminded."""
        return self.env._("Confirmation not kept")

    # ------------------------------------------------------------------
    # R7 Whom
    # ------------------------------------------------------------------

    def _get_step_values(self, policy, step, notified):
        """Work out whom a step notifies, and who cannot be notified and why (R7).

        :param set notified: (user id, channel) already notified in this run
        :return: values of notifications, and whether the step reached anybody
        :rtype: tuple[list[dict], bool]
        """
        users = step._get_recipients(self.ticket_id)
        if not users:
            nobody = self._prepare_notification(step)
            nobody["reason"] = step._get_nobody_reason(self.ticket_id)
            return [nobody], False
        return self._get_user_values(policy, step, users, notified)

    def _get_user_values(
        self, policy, step, users, notified, channel=None, is_fallback=False
    ):
        channel = channel or step.channel
        ticket = self.ticket_id
        on_it = self.state == "active" and self._get_people_on_it()
        # Of what else is due, whoever made a change is notified all the same (R6).
        is_of_change = not is_fallback and (not step or step.recipient in ROLES)
        all_values, reached = [], False

        def add(user, **values):
            line = self._prepare_notification(step, user, channel)
            if is_fallback:
                line.update(is_fallback=True, step_name=self.env._("Fallback"))
            all_values.append({**line, **values})

        def notify(user, **values):
            way = self._choose_channel(policy, user, channel)
            values["channel"] = way
            if is_of_change and (user.id, False) in notified:
                reason = self.env._("They made the change.")
                add(user, reason=reason, made_change=True, **values)
            elif on_it and user in on_it:
                add(user, reason=self.env._("Is on it already."), **values)
                notified.add((user.id, way))
            elif (user.id, way) in notified or self._knows(step, user, way):
                # Once per run and channel, which is as good (R6).
                add(
                    user,
                    reason=self.env._("Already notified by another step."),
                    **values,
                )
            else:
                add(user, state="pending", **values)
                notified.add((user.id, way))

        for user in users.with_env(self.env):
            reason = user._escalation_unreachable_reason(ticket, channel)
            away = (
                policy.skip_on_leave and not reason and user._escalation_away_reason()
            )
            if reason:
                add(user, reason=reason)
            elif not away:
                notify(user)
                reached = True
            else:
                add(user, reason=away)
                substitute = user._escalation_find_substitute(ticket, channel)
                if substitute:
                    notify(substitute, substituted_user_id=user.id)
                    reached = True
        return all_values, reached

    def _choose_channel(self, policy, user, channel):
        """Return by which channel a person is notified, who can be reached by it.

        In a dry run the context says in ``escalation_moment`` which moment (naive UTC)
        it has come to.

        :param str channel: the one that the step names
        """
        return channel

    def _get_fallback_values(self, policy, step, notified):
        """Notify the policy's fallback, else the team leader, else the managers (R7).

        The channel is the step's; who has no mail address gets a notification.
        """
        ticket = self.ticket_id
        # Sudo: also where a person's click has brought us here.
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
        decliners = self._get_decliners()
        if decliners:
            candidates = (
                *(users - decliners for users in candidates),
                *(users & decliners for users in candidates),
            )
        all_values = []
        for users in candidates:
            for channel in dict.fromkeys([step.channel or "activity", "activity"]):
                values, reached = self._get_user_values(
                    policy, step, users, notified, channel, is_fallback=True
                )
                all_values += values
                if reached:
                    return all_values, True
        return all_values, False

    def _prepare_notification(self, step, user=None, channel=None):
        """Prepare a line that says what became of one person at one step."""
        return {
            "incident_id": self.id,
            # Odoo would find it out itself, and write each line twice.
            "ticket_id": self.ticket_id.id,
            "round": self.round,
            "step_id": step.id,
            "step_name": step.display_name,
            "user_id": user.id if user else False,
            "channel": channel or step.channel or "activity",
            "state": "skipped",
        }
