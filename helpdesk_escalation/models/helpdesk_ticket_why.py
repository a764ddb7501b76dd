from odoo import api, fields, models
from odoo.exceptions import AccessError

from .groups import STAFF_GROUP, VIEWER_GROUPS
from .helpdesk_ticket import CLOCK_FIELDS


class HelpdeskTicket(models.Model):
    """Why nobody is being notified, or what comes next: one sentence for every state.

    No rule is stated here: the clock, the policy and the incident are asked in the
    order in which the run asks them.
    """

    _inherit = "helpdesk.ticket"

    escalation_why = fields.Char(
        compute="_compute_escalation_why",
        groups=VIEWER_GROUPS,
        help="What the sentence is about, for the buttons beside it.",
    )
    escalation_why_text = fields.Char(
        string="How It Stands Now",
        compute="_compute_escalation_why",
        groups=VIEWER_GROUPS,
        help="Why nobody is being notified of this ticket, or who is next.",
    )

    @api.depends(
        *CLOCK_FIELDS, "escalation_status", "escalation_incident_ids.state", "user_id"
    )
    @api.depends_context("lang", "tz", "uid")
    def _compute_escalation_why(self):
        for ticket in self:
            # Sudo: what is asked lies out of the reader's sight, the ticket does not.
            known = ticket.sudo()._origin
            ticket.escalation_why, ticket.escalation_why_text = (
                known._find_escalation_why() if known else (False, False)
            )

    def _find_escalation_why(self):
        """Say how a ticket stands, in one sentence.

        :return: what the sentence is about, and the sentence
        :rtype: tuple[str, str]
        """
        self.ensure_one()
        progress = self.env["helpdesk.escalation.message.reading"]._get_progress()
        if progress is not None:
            return "reading", self.env._(
                "Nobody is notified before the messages from before the installation "
                "have been read: %s %% are.",
                progress,
            )
        incident = self.escalation_incident_id or self.escalation_incident_ids.filtered(
            lambda one: one.state != "resolved"
        )
        clock = self._read_escalation_clocks()
        if incident:
            return self._get_why_of_incident(incident[:1], clock.policy_id)
        if clock.idle_reason:
            return self._get_why_idle(clock)
        if clock.anchor_date:
            return self._get_why_of_wait(clock)
        return self._get_why_at_rest(clock)

    # ------------------------------------------------------------------
    # It is escalated
    # ------------------------------------------------------------------

    def _get_why_of_incident(self, incident, policy):
        format_moment = incident._format_moment
        if incident.error:
            return "failed", self.env._(
                "The last attempt failed: %(error)s. Next attempt: %(time)s.",
                error=incident.error.strip().rstrip("."),
                time=format_moment(incident.retry_date),
            )
        # Of all that is shown as one, whichever comes first.
        found = incident._find_first_next().get(incident)
        acting, step, moment = found or (incident, None, False)
        if acting.kind != "automatic" or not policy:
            policy = acting.policy_id
        if incident.state == "confirmed":
            words = self.env._(
                "%s. Nobody else is notified.", incident._get_state_sentence()
            )
            if incident._is_asleep():
                return "snoozed", self.env._(
                    "%s. Nobody is notified before, unless the client writes.",
                    incident._get_state_sentence(),
                )
            if moment:
                words = self.env._(
                    "%(name)s has been on it since %(since)s. Without an answer by "
                    "%(time)s, the steps start again.",
                    name=incident.confirmed_by_id.name,
                    since=format_moment(incident.confirmed_date),
                    time=format_moment(moment),
                )
            return "confirmed", words
        if not moment and incident.nobody_reached:
            return "nobody_reached", self.env._(
                "Nobody could be notified. Everybody is tried again every five "
                "minutes; check whom the policy notifies."
            )
        if not moment:
            return "last", self.env._(
                "No further step comes, nobody else is notified. The escalation stays "
                "open until somebody is on it or the client is answered."
            )
        return self._get_why_of_coming(policy, step, moment)

    def _get_why_of_coming(self, policy, step, moment):
        """Say what comes next, and that it waits for the working hours if so."""
        incidents = self.env["helpdesk.escalation.incident"]
        now = fields.Datetime.now()
        coming = self._get_next_words(step, moment)
        working_time = policy._get_working_times()[policy.id]
        if not working_time.is_open(now):
            return "closed_hours", self.env._(
                "Outside the working hours “%(hours)s” until %(opening)s. Next: "
                "%(coming)s.",
                hours=policy.calendar_id.name,
                opening=incidents._format_moment(working_time.opens(now)),
                coming=coming,
            )
        if moment <= now:
            return self._get_why_overdue(moment, coming)
        return "next", self.env._("Next: %s.", coming)

    def _get_why_overdue(self, moment, coming):
        """Say that the next run sees to it, or why there is none."""
        problem = self.env["helpdesk.escalation.health"]._check_job()
        if problem:
            return "no_run", problem["text"]
        return "due", self.env._("Due with the next run, in a moment: %s.", coming)

    # ------------------------------------------------------------------
    # It is not for escalating
    # ------------------------------------------------------------------

    def _get_why_idle(self, clock):
        about = clock.idle_reason
        if about == "no_policy":
            return self._get_why_no_policy()
        return about, getattr(self, f"_get_why_{about}")()

    def _get_why_archived(self):
        return self.env._("Nobody is notified: the ticket is archived.")

    def _get_why_closed(self):
        if not self.closed_date:
            return self.env._("Nobody is notified: the ticket is closed.")
        return self.env._(
            "Nobody is notified: the ticket has been closed since %s.",
            self.env["helpdesk.escalation.incident"]._format_moment(self.closed_date),
        )

    def _get_why_duplicate(self):
        return self.env._(
            "Nobody is notified: this is a duplicate of %s, where what the client "
            "writes counts.",
            self.duplicate_id.display_name,
        )

    def _get_why_muted(self):
        change = self._find_escalation_muting()
        if not change:
            return self.env._(
                "Nobody is notified: escalation is turned off for this ticket."
            )
        return self.env._(
            "Nobody is notified: %(name)s turned escalation off for this ticket at "
            "%(time)s.",
            name=change.author_id.name,
            time=self.env["helpdesk.escalation.incident"]._format_moment(
                change.create_date
            ),
        )

    def _find_escalation_muting(self):
        """Return the message with which Odoo has tracked "Do Not Escalate" last."""
        field = self.env["ir.model.fields"]._get(self._name, "escalation_muted")
        change = self.env["mail.tracking.value"].search(
            [
                ("field_id", "=", field.id),
                ("mail_message_id.model", "=", self._name),
                ("mail_message_id.res_id", "=", self.id),
            ],
            order="id desc",
            limit=1,
        )
        return change.filtered("new_value_integer").mail_message_id

    def _get_why_no_policy(self):
        clock = self.env["helpdesk.escalation.clock"]
        # Without the ticket, conditions are taken to hold.
        match = clock._find_policy(
            self.partner_id,
            self.team_id,
            self.company_id,
            own=self.escalation_policy_id,
        )
        if match.policy:
            name = match.policy.name
            if match.source != "ticket":
                name = f"{name} ({clock._get_match_words(match)})"
            words = self.env._(
                "Nobody is notified: %s is not meant for this ticket", name
            )
            return "condition", self._get_why_not_meant(words, match.policy)
        holders = (self, self.with_company(self.company_id).partner_id, self.team_id)
        for holder in holders:
            policy = holder.escalation_policy_id
            if policy and not policy.active:
                return "no_policy", self.env._(
                    "Nobody is notified: the policy %s is archived.", policy.name
                )
        return "no_policy", self.env._(
            "Nobody is notified: no escalation policy is set on the ticket, its client "
            "or its team, and there is no default."
        )

    def _get_why_not_meant(self, words, record):
        """Add the part of a condition that keeps the ticket out.

        :param record: a policy or step
        """
        part = record._get_failing_words(self)
        if not part:
            return f"{words}."
        return self.env._(
            "%(words)s. What does not hold: %(part)s.", words=words, part=part
        )

    # ------------------------------------------------------------------
    # The client waits, or not
    # ------------------------------------------------------------------

    def _get_why_of_wait(self, clock):
        """Say what becomes of a wait that is not escalated."""
        format_moment = self.env["helpdesk.escalation.incident"]._format_moment
        policy, anchor = clock.policy_id, clock.anchor_date
        if not policy._counts_wait(anchor, clock.policy_source, clock.policy_date):
            return "before_start", self.env._(
                "Nobody is notified: the client has been waiting since %(since)s, and "
                "%(policy)s counts here only from %(start)s on.",
                since=format_moment(anchor),
                policy=policy.name,
                start=format_moment(policy._get_counting_start(clock.policy_date)),
            )
        step = policy._get_first_step(self)
        if not step:
            return "no_step", self._get_why_not_meant(
                self.env._(
                    "Nobody is notified: no step of %s is meant for this ticket",
                    policy.name,
                ),
                policy.step_ids.sorted()[:1],
            )
        moment = policy._get_working_times()[policy.id].due(anchor, step.delay)
        if not moment:
            return "never", self.env._(
                "Nobody is notified: no step of %(policy)s falls due within a "
                "foreseeable time. Look at the working hours “%(hours)s”.",
                policy=policy.name,
                hours=policy.calendar_id.name,
            )
        return self._get_why_of_coming(policy, step, moment)

    def _get_why_at_rest(self, clock):
        """Say why nobody waits: answered, waived, paused."""
        format_moment = self.env["helpdesk.escalation.incident"]._format_moment
        waiver = self._find_escalation_waivers(
            self._find_escalation_last_messages()
        ).get(self.id)
        if waiver:
            return "waived", f"{self._get_waiver_words(waiver)}."
        if clock.last_party == "staff":
            answer = self.env["mail.message"].browse(clock.staff_message_id)
            return "answered", self.env._(
                "Nobody is waiting: %(name)s answered at %(time)s.",
                name=answer.author_id.name or answer.email_from,
                time=format_moment(answer.create_date),
            )
        if self.stage_id in clock.policy_id.pause_stage_ids:
            return "paused", self.env._(
                "Nobody is notified: the stage %(stage)s has paused the escalation "
                "since %(time)s, until the client writes again.",
                stage=self.stage_id.name,
                time=format_moment(clock.paused_date),
            )
        if self.escalation_auto_opened:
            return "automatic", self.env._(
                "Nobody is notified: an automatic message opened the ticket, and "
                "nobody has written since."
            )
        return "nobody", self.env._("Nobody is waiting for an answer on this ticket.")

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_escalation_set_policy(self):
        """Choose the ticket's policy in a small dialog.

        :raise AccessError: when the user may not edit the ticket
        """
        self.ensure_one()
        self.check_access("write")
        view = self.env.ref("helpdesk_escalation.helpdesk_ticket_view_form_set_policy")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Set an Escalation Policy"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(view.id, "form")],
            "target": "new",
        }

    def action_escalation_dry_run(self):
        """Show what would happen on this very ticket if nobody did anything.

        :raise AccessError: when the user may not see the ticket, or is no staff
        """
        self.ensure_one()
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group(STAFF_GROUP)):
            raise AccessError(self.env._("The dry run is for helpdesk staff."))
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "helpdesk_escalation.helpdesk_escalation_preview_action"
            ),
            "context": {"default_ticket_id": self.id},
        }
