from odoo import api, fields, models

from .groups import STAFF_GROUP


class HelpdeskTicket(models.Model):
    """What happens next on a ticket, and what has happened: told to people."""

    _inherit = "helpdesk.ticket"

    escalation_next_text = fields.Char(
        string="Next",
        compute="_compute_escalation_next_text",
        groups=STAFF_GROUP,
        help="Who is told next and when, as things stand now.",
    )
    escalation_history = fields.Html(
        compute="_compute_escalation_history",
        sanitize=False,
        groups=STAFF_GROUP,
        help="All escalations of this ticket, and every person told or not told.",
    )

    @api.depends("escalation_status", "effective_escalation_policy_id", "user_id")
    @api.depends_context("lang", "tz")
    def _compute_escalation_next_text(self):
        for ticket in self:
            # Sudo: names people and groups that the reader may have no access to.
            step, due = ticket.sudo()._get_next_step()
            ticket.escalation_next_text = bool(step) and self.env._(
                "%(time)s: %(whom)s, %(channel)s",
                time=self.env["helpdesk.escalation.incident"]._format_moment(due),
                whom=ticket.sudo()._get_step_people(step),
                channel=step._get_channel_label(),
            )

    def _get_next_step(self):
        """Return the step that fires next and when it is due; empty when none will."""
        nothing = self.env["helpdesk.escalation.step"], False
        incident = self.escalation_incident_id
        if incident:
            step = incident._get_next_steps()[:1]
            return (step, incident._get_step_due_date(step)) if step else nothing
        clock = self.env["helpdesk.escalation.clock"].browse(self._origin.id)
        policy = clock.policy_id
        counts = clock.policy_source == "ticket" or (
            not policy.start_date
            or (clock.anchor_date and clock.anchor_date >= policy.start_date)
        )
        if not (policy and clock.is_open and clock.anchor_date and counts):
            return nothing
        step = policy._get_first_step(self._origin)
        if not step:
            return nothing
        return step, policy._get_due_date(clock.anchor_date, step.delay)

    def _get_step_people(self, step):
        """Name whom a step means just now: the team leader is somebody (R7)."""
        label = step._get_recipient_label()
        if step.recipient in ("user", "group"):
            return label
        people = ", ".join(step._get_recipients(self).mapped("name"))
        return self.env._(
            "%(person)s (%(role)s)",
            person=people or self.env._("nobody yet"),
            role=label.lower(),
        )

    # ------------------------------------------------------------------
    # What has happened
    # ------------------------------------------------------------------

    @api.depends(
        "escalation_incident_ids.state",
        "escalation_incident_ids.notification_ids.state",
    )
    @api.depends_context("lang", "tz")
    def _compute_escalation_history(self):
        for ticket in self:
            # Sudo: what was done on a ticket is for whoever reads it; see R14.
            incidents = ticket.sudo().escalation_incident_ids.sorted("id", reverse=True)
            ticket.escalation_history = bool(incidents) and self.env["ir.qweb"]._render(
                "helpdesk_escalation.ticket_history",
                {
                    "incidents": [
                        {
                            "record": incident,
                            "title": incident._get_state_sentence(),
                            "stops": incident._get_story(),
                        }
                        for incident in incidents
                    ]
                },
            )
