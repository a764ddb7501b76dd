from datetime import datetime

from odoo import fields, models
from odoo.exceptions import UserError

from ..tools.locks import lock_rows


class HelpdeskEscalationEngine(models.AbstractModel):
    """R6, R11: open an incident, take its steps, and end it."""

    _inherit = "helpdesk.escalation.engine"

    def _settle(self, cases):
        """Resolve the incidents whose wait is over, with the reason (R11)."""
        by_reason = {}
        for case in cases:
            if case.resolution:
                by_reason.setdefault(case.resolution, []).append(case.incident_id)
        for resolution, incident_ids in by_reason.items():
            incidents = self.env["helpdesk.escalation.incident"].browse(incident_ids)
            for speaking in self._in_company_terms(incidents):
                speaking._resolve(resolution)

    def _open(self, due):
        """Open an incident for each due ticket; its anchor is frozen from now (R4)."""
        return (
            self.env["helpdesk.escalation.incident"]
            .with_context(tracking_disable=True, mail_create_nosubscribe=True)
            .create(
                [
                    {
                        "ticket_id": ticket_id,
                        "policy_id": policy_id,
                        "anchor_date": anchor_date,
                        "anchor_message_id": anchor_message_id,
                    }
                    for ticket_id, policy_id, anchor_date, anchor_message_id in due
                ]
            )
        )

    def _renew(self, plan, cases):
        """Start a new round where "I'm on it" was not enough or not said (R6).

        :return: per ticket id, (user id, channel) of who was told of it
        :rtype: dict[int, set]
        """
        told = {}
        for case in cases:
            renewal = self._get_renewal(plan, case)
            if not renewal:
                continue
            incident = self.env["helpdesk.escalation.incident"].browse(case.incident_id)
            (incident,) = self._in_company_terms(incident)
            confirmer = incident.confirmed_by_id
            incident._renew(plan.now, self._get_renewal_words(incident, renewal))
            if renewal == "repeat":
                incident.repeats += 1
            elif confirmer:
                told_of = told.setdefault(case.ticket_id, set())
                self._remind(incident, confirmer, told_of)
        return told

    def _get_renewal_words(self, incident, renewal):
        env = incident.env
        if renewal == "repeat":
            return env._("Nobody has taken the ticket: the steps start again.")
        if renewal == "client":
            return env._("The client wrote again: the steps start again.")
        return env._(
            "%s has not answered in time: the steps start again.",
            incident.confirmed_by_id.name,
        )

    def _remind(self, incident, user, told):
        """Tell who was on it that the steps have started again, as they were told.

        :param set told: (user id, channel) already told about the ticket in this run
        """
        last = incident.notification_ids.filtered(
            lambda n: n.user_id == user and n.state == "sent"
        )[-1:]
        step = self.env["helpdesk.escalation.step"]
        values, reached = self._with_env_of(incident)._get_user_values(
            incident, incident.policy_id, step, user, told, last.channel or "activity"
        )
        for value in values:
            value["step_name"] = incident.env._("Confirmation not kept")
        notifications = incident.env["helpdesk.escalation.notification"].create(values)
        notifications.filtered(lambda n: n.state == "pending")._deliver()
        if reached:
            incident.nobody_reached = False

    def _escalate_now(self, incident, user):
        """Fire the next step of an incident at once, because somebody says so.

        :raise UserError: when somebody holds the incident, or no step is left
        """
        if not lock_rows(incident):
            raise UserError(
                self.env._("Somebody is busy with this. Please try again in a moment.")
            )
        # What was put off after a fault is meant too.
        cases = self._read_cases(datetime.max, incident.ticket_id.ids)
        policy, steps = self.env["helpdesk.escalation.policy"], ()
        for case in cases:
            if case.incident_id == incident.id and case.state == "active":
                policy = policy.browse(case.policy_id)
                steps = self._get_left_steps(policy.step_ids.sorted(), case)
        if not steps:
            raise UserError(
                self.env._("There is no further step. Talk to the people involved.")
            )
        (incident,) = self._in_company_terms(incident)
        story = [incident.env._("%s escalates now.", user.name)]
        values, progress = self._with_env_of(incident)._fire(
            incident, policy, steps[:1], steps[1:], fields.Datetime.now(), story
        )
        self._write_progress({incident: progress})
        self._tell(incident, values, {incident: story})
        # The mails are written by the job, which comes at once.
        self.env.ref("helpdesk_escalation.ir_cron_escalate")._trigger()

    def _advance(self, plan, cases, told):
        """Fire what is due, for all incidents together (R6, R7, R9).

        :param dict told: per ticket id, (user id, channel) already told in this run
        """
        firing = {}
        for case in cases:
            steps = self._get_firing_steps(plan, case) if not case.resolution else None
            if steps:
                firing[case.incident_id] = (case, *steps)
        incidents = self.env["helpdesk.escalation.incident"].browse(firing)
        # Of two on one ticket, the one by hand has more to tell.
        incidents = incidents.sorted(lambda incident: incident.kind != "manual")
        for speaking in self._in_company_terms(incidents):
            values = []
            stories = {}
            progress = {}
            for incident in speaking:
                case, due, later = firing[incident.id]
                # An incident by hand may be open beside the automatic one.
                told_of = told.setdefault(case.ticket_id, set())
                story = []
                if not incident.step_date:
                    story.append(
                        self._with_env_of(incident)._get_opening_words(incident)
                    )
                policy = plan.policies.browse(case.policy_id)
                its_values, progress[incident] = self._with_env_of(incident)._fire(
                    incident, policy, due, later, plan.now, story, told_of
                )
                values += its_values
                stories[incident] = story
            self._write_progress(progress)
            self._tell(speaking, values, stories)

    def _tell(self, incidents, values, stories):
        """Keep what became of each person, tell those who can be told, and log it."""
        notifications = incidents.env["helpdesk.escalation.notification"].create(values)
        notifications.filtered(lambda n: n.state == "pending")._deliver()
        self._tell_stories(stories)

    def _fire(self, incident, policy, due, later, now, story, told=None):
        """Fire the steps of one incident; nothing is sent yet (R6, R7).

        :param list due: steps that fire now
        :param list later: the steps after them
        :param list story: gets a line for the ticket's chatter per step
        :param set told: (user id, channel) already told about the ticket in this run
        :return: values of the notifications to create, and of the incident to write
        :rtype: tuple[list, dict]
        """
        policy = policy.with_env(incident.env)
        all_values = []
        told = set() if told is None else told
        step = incident.step_id
        firings = self._get_firings(incident, policy, due, later, told)
        for step, is_fallback, values in firings:
            name = self.env._("Fallback") if is_fallback else step.display_name
            said = all_values if is_fallback else ()
            story.append(self._get_step_words(name, values, said))
            all_values += values
        if not all_values:
            return [], {}
        reached = any((v["user_id"], v["channel"]) in told for v in all_values)
        return all_values, self._get_progress(incident, policy, step, now, reached)

    def _get_firings(self, incident, policy, due, later, told=None):
        """Work out what the steps of one incident do, and change nothing (R6, R7).

        A step that reaches nobody lets the next one fire at once; after the last one
        comes the fallback.

        :param list due: steps that fire now
        :param list later: the steps after them
        :param set told: (user id, channel) already told about the ticket in this run
        :return: per firing its step, whether it is the fallback instead, and values of
            the notifications
        :rtype: list[tuple]
        """
        firings = []
        told = set() if told is None else told
        queue, later = list(due), list(later)
        step, reached = incident.step_id, False
        while queue:
            step = queue.pop(0).with_env(incident.env)
            values, reached = self._get_step_values(incident, policy, step, told)
            firings.append((step, False, values))
            if not reached and not queue and later:
                queue.append(later.pop(0))
        if not reached:
            values, reached = self._get_fallback_values(incident, policy, step, told)
            if reached or due:
                firings.append((step, True, values))
        return firings

    def _get_progress(self, incident, policy, step, now, reached):
        return {
            "step_id": step.id,
            "step_date": now,
            "first_step_date": incident.first_step_date or now,
            "fired_delay": max(incident.fired_delay, step.delay or 0),
            "floor_delay": incident.floor_delay
            if policy == incident.policy_id
            else max(incident.floor_delay, incident.fired_delay),
            "policy_id": policy.id,
            "nobody_reached": not (reached or incident.told_user_ids),
            "error": False,
            "attempts": 0,
            "retry_date": False,
        }

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
