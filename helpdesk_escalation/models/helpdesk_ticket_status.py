from odoo import api, fields, models

from ..tools.mail_text import within_sentence
from .groups import READER_GROUP


class HelpdeskTicket(models.Model):
    """What happens next on a ticket, and what has happened: told to people."""

    _inherit = "helpdesk.ticket"

    escalation_next_text = fields.Char(
        string="Next",
        compute="_compute_escalation_next_text",
        groups=READER_GROUP,
        help="Who is notified next and when, as things stand now.",
    )
    escalation_history = fields.Html(
        compute="_compute_escalation_history",
        sanitize=False,
        groups=READER_GROUP,
        help="All escalations of this ticket, and every person notified or not.",
    )

    @api.depends("escalation_status", "effective_escalation_policy_id", "user_id")
    @api.depends_context("lang", "tz", "uid")
    def _compute_escalation_next_text(self):
        if not self._escalation_is_for_staff():
            self._escalation_show_notified("escalation_next_text")
            return
        # Sudo: what comes next names people out of the reader's sight.
        coming = self.sudo()._find_escalation_next()
        for ticket in self:
            ticket.escalation_next_text = ticket._get_next_words(
                *coming.get(ticket, (None, False))
            )

    def _get_next_words(self, step, moment):
        """Say what comes next, and when; False when nothing does.

        :param step: as superuser; None when the steps start again
        """
        time = self.env["helpdesk.escalation.incident"]._format_moment(moment)
        if step:
            return self.env._(
                "%(time)s: %(whom)s, %(channel)s",
                time=time,
                # Sudo: whom it means, also out of the reader's sight.
                whom=self.sudo()._get_step_people(step),
                channel=step._get_channel_label(),
            )
        return bool(moment) and self.env._("%s: the steps start again", time)

    def _find_escalation_next(self):
        """Say what comes next on each ticket if nobody does anything (R5, R6, R12).

        :return: per ticket to which something comes: the step (None when the steps
            start again) and its moment (naive UTC)
        :rtype: dict
        """
        of_incidents = self.escalation_incident_id._find_first_next()
        clocks = self.env["helpdesk.escalation.clock"].browse(self._origin.ids)
        working_times = clocks.policy_id._get_working_times()
        found = {}
        for ticket in self:
            incident = ticket.escalation_incident_id
            clock = clocks.browse(ticket._origin.id)
            policy, anchor = clock.policy_id, clock.anchor_date
            if incident:
                if incident in of_incidents:
                    _on, *coming = of_incidents[incident]
                    found[ticket] = tuple(coming)
            elif (
                policy
                and anchor
                and policy._counts_wait(anchor, clock.policy_source, clock.policy_date)
            ):
                step = policy._get_first_step(ticket._origin)
                moment = step and working_times[policy.id].due(anchor, step.delay)
                if moment:
                    found[ticket] = step, moment
        return found

    def _get_step_people(self, step):
        """Name whom a step means just now: the team leader is somebody (R7)."""
        label = step._get_recipient_label()
        if step.recipient in ("user", "group"):
            return label
        people = ", ".join(step._get_recipients(self).mapped("name"))
        return self.env._(
            "%(person)s (%(role)s)",
            person=people or self.env._("nobody yet"),
            role=within_sentence(label, self.env.lang),
        )

    # ------------------------------------------------------------------
    # What has happened
    # ------------------------------------------------------------------

    @api.depends(
        "escalation_incident_ids.state",
        "escalation_incident_ids.notification_ids.state",
    )
    @api.depends_context("lang", "tz", "uid")
    def _compute_escalation_history(self):
        if not self._escalation_is_for_staff():
            self._escalation_show_notified("escalation_history")
            return
        # Only they open the incident itself.
        details = self._escalation_may_open_incidents()
        for ticket in self:
            # Sudo: what was done on a ticket is for whoever reads it; see R14.
            incidents = ticket.sudo().escalation_incident_ids.filtered("is_leading")
            incidents = incidents.sorted("id", reverse=True)
            ticket.escalation_history = bool(incidents) and self.env["ir.qweb"]._render(
                "helpdesk_escalation.ticket_history",
                {
                    "details": details,
                    "incidents": [
                        {
                            "record": incident,
                            "title": incident._get_state_sentence(),
                            "stops": incident._get_story(),
                        }
                        for incident in incidents
                    ],
                },
            )
