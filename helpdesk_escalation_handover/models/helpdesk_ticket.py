from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.helpdesk_escalation.models.groups import READER_GROUP, VIEWER_GROUPS


class HelpdeskTicket(models.Model):
    """Escalating by hand, from the ticket."""

    _inherit = "helpdesk.ticket"

    escalation_handover_ids = fields.One2many(
        comodel_name="helpdesk.escalation.handover",
        inverse_name="ticket_id",
        string="Handovers",
        domain=[("state", "=", "done")],
        groups=VIEWER_GROUPS,
    )
    escalation_handover_incident_id = fields.Many2one(
        comodel_name="helpdesk.escalation.incident",
        string="Open Handover",
        compute="_compute_escalation_handover",
        groups=VIEWER_GROUPS,
    )
    escalation_handover_body = fields.Html(
        string="The Handover",
        compute="_compute_escalation_handover_body",
        sanitize=False,
        groups=READER_GROUP,
        help="The open handover, for whoever was notified of it and cannot open it.",
    )
    escalation_may_hand_back = fields.Boolean(
        compute="_compute_escalation_handover", groups=READER_GROUP
    )
    escalation_may_de_escalate = fields.Boolean(
        compute="_compute_escalation_handover", groups=VIEWER_GROUPS
    )
    escalation_sent_back_text = fields.Text(
        string="What Is Missing",
        compute="_compute_escalation_sent_back_text",
        groups=VIEWER_GROUPS,
        help="Who sent the last handover back, and what was missing.",
    )
    escalation_sent_back_count = fields.Integer(
        string="Sent Back",
        compute="_compute_escalation_sent_back_count",
        groups=VIEWER_GROUPS,
        help="How often the ticket was sent back because something was missing.",
    )

    @api.depends("escalation_incident_ids.state")
    @api.depends_context("uid")
    def _compute_escalation_handover(self):
        if not self._escalation_is_for_staff():
            self.escalation_handover_incident_id = False
            self._escalation_show_notified(
                "escalation_may_de_escalate", "escalation_may_hand_back"
            )
            return
        incidents = self.env["helpdesk.escalation.incident"].search(
            [
                ("ticket_id", "in", self.ids),
                ("kind", "=", "manual"),
                ("state", "!=", "resolved"),
            ]
        )
        by_ticket = {incident.ticket_id.id: incident for incident in incidents}
        for ticket in self:
            incident = by_ticket.get(ticket._origin.id, incidents.browse())
            ticket.escalation_handover_incident_id = incident
            ticket.escalation_may_hand_back = incident.may_hand_back
            ticket.escalation_may_de_escalate = incident.may_de_escalate

    @api.depends("escalation_handover_ids.outcome", "stage_id.closed")
    @api.depends_context("uid", "lang", "tz")
    def _compute_escalation_sent_back_text(self):
        for ticket in self:
            handover = ticket._get_sent_back_handover()
            is_waiting = bool(handover) and not ticket.closed
            ticket.escalation_sent_back_text = (
                is_waiting and handover._get_sent_back_words()
            )

    @api.depends("escalation_handover_incident_id")
    @api.depends_context("uid", "lang", "tz")
    def _compute_escalation_handover_body(self):
        if not self._escalation_is_for_staff():
            self._escalation_show_notified("escalation_handover_body")
            return
        for ticket in self:
            ticket.escalation_handover_body = (
                ticket.escalation_handover_incident_id.handover_body
            )

    @api.depends("escalation_handover_ids.outcome")
    def _compute_escalation_sent_back_count(self):
        for ticket in self:
            ticket.escalation_sent_back_count = len(
                ticket.escalation_handover_ids.filtered(
                    lambda handover: handover.outcome == "sent_back"
                )
            )

    def _get_escalated_words(self, incident):
        if incident.kind != "manual":
            return super()._get_escalated_words(incident)
        words = incident._get_handover_words()
        if not self.escalation_waiting_since:
            return words
        return self.env._(
            "%(words)s. Client waiting since %(time)s",
            words=words,
            time=incident._format_moment(self.escalation_waiting_since),
        )

    def _get_confirmed_words(self, incident):
        if incident.kind != "manual":
            return super()._get_confirmed_words(incident)
        return incident._get_handover_words()

    def action_escalation_escalate(self):
        """Escalate by hand: opens the user's draft of the handover in a dialog.

        :raise AccessError: when the user may not edit the ticket
        :raise UserError: when the ticket is closed, archived or a duplicate
        """
        self.ensure_one()
        handovers = self.env["helpdesk.escalation.handover"]
        handovers._check_ticket(self)
        return handovers._open_draft(self)._get_dialog_action()

    def action_escalation_send_back(self):
        """Send the ticket back: opens a small dialog."""
        self.ensure_one()
        self.check_access("read")
        # Sudo: whoever was notified need not read incidents; who may is asked there.
        return self.sudo().escalation_handover_incident_id.action_send_back()

    def action_escalation_de_escalate(self):
        """De-escalate the ticket: opens a small dialog."""
        self.ensure_one()
        self.check_access("read")
        return self._get_handover_to_read().action_de_escalate()

    def action_escalation_open_handover(self):
        """Open the incident of the open handover."""
        self.ensure_one()
        self.check_access("read")
        return self._get_handover_to_read().get_formview_action()

    def _get_handover_to_read(self):
        """Return the incident of the open handover, for whoever may read it.

        :raise UserError: when there is none
        """
        # Sudo: it is the same one for everybody; the user's own rights count after.
        incident = self.sudo().escalation_handover_incident_id.sudo(False)
        if not incident:
            raise UserError(self.env._("This ticket is not handed over any more."))
        incident.check_access("read")
        return incident

    def _escalation_move(self, team, user, priority=False):
        """Give a ticket to a team and person; its stage is untouched.

        The host would choose another stage where the new team does not use this one.
        A wait that is escalated stays so where the new team has no policy.
        """
        policy = self._get_escalating_policy()
        values = {}
        if priority and priority != self.priority:
            values["priority"] = priority
        if team != self.team_id:
            values["team_id"] = team.id
        if values or user != self.user_id:
            # Said with the team, as the host drops who is not its member.
            values["user_id"] = user.id
        if values:
            with self.env.protecting([self._fields["stage_id"]], self):
                self._escalation_write_keeping(policy, values)

    def _get_escalating_policy(self):
        """Return the policy that escalates a client's wait just now, empty if none."""
        # Sudo: it goes on whoever moves the ticket.
        return (
            self.sudo()
            .escalation_incident_ids.filtered(
                lambda one: one.kind == "automatic" and one.state != "resolved"
            )
            .policy_id
        )

    def _get_previous_handover(self):
        """Return the handover that a new one goes on with: open, or just sent back.

        As superuser: a new draft carries on what was written before.
        """
        ticket = self.sudo()
        handover = ticket.escalation_handover_incident_id.handover_id
        return handover or ticket._get_sent_back_handover()

    def _get_sent_back_handover(self):
        """Return the last handover if it was sent back, empty otherwise."""
        last = self.escalation_handover_ids.sorted(
            lambda handover: (handover.handover_date, handover.id)
        )[-1:]
        return last.filtered(lambda handover: handover.outcome == "sent_back")
