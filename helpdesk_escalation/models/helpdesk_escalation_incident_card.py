from odoo import api, fields, models


class HelpdeskEscalationIncident(models.Model):
    """What a card of the dashboard shows beside what the incident itself keeps."""

    _inherit = "helpdesk.escalation.incident"

    client_name = fields.Char(
        compute="_compute_client_name",
        string="Who Waits",
        help="The client, or the sender of whom no contact is known.",
    )
    next_label = fields.Char(
        compute="_compute_next",
        string="What Comes Next",
        help="Whom the next step tells, or that the steps start again.",
    )
    next_date = fields.Datetime(
        compute="_compute_next",
        string="Comes Next At",
        help="When that is due, within the policy's working hours.",
    )

    @api.depends("ticket_id.partner_id")
    @api.depends_context("lang")
    def _compute_client_name(self):
        for incident in self:
            # Sudo: the name of a client of whom the reader may not see the contact.
            ticket = incident.sudo().ticket_id
            incident.client_name = ticket._get_escalation_client_name()

    @api.depends("state", "step_id", "round", "nobody_reached", "policy_id.step_ids")
    @api.depends_context("lang")
    def _compute_next(self):
        """Say what comes next and when, with one computation per calendar (R5)."""
        waits = {}
        # Sudo: names people and groups that the reader may have no access to.
        for incident in self.sudo():
            incident.next_label, *wait = incident._get_next_wait()
            incident.next_date = False
            if incident.next_label:
                policy = incident.policy_id
                key = (policy.calendar_id, policy.company_id)
                waits.setdefault(key, []).append((incident, wait))
        for (calendar, company), rows in waits.items():
            dates = calendar._escalation_safely(
                "_escalation_due_dates", [wait for _incident, wait in rows], company
            )
            for (incident, _wait), date in zip(rows, dates, strict=True):
                incident.next_date = date

    def _get_next_wait(self):
        """Say what comes next if nobody does anything (R6).

        :return: what it is, since when it is waited for (naive UTC), and how many
            minutes; False three times when nothing comes
        :rtype: tuple
        """
        self.ensure_one()
        policy = self.policy_id
        again = self.env._("The steps start again")
        if self.state == "confirmed":
            if self.on_it_until:
                return again, self.on_it_until, 0
            if policy.confirm_expiry:
                return again, self.confirmed_date, policy.confirm_expiry
        if self.state == "active":
            step = self._get_next_steps()[:1]
            if step and self.nobody_reached and self.step_date:
                # A step that reached nobody does not wait.
                return step._get_recipient_label(), self.step_date, 0
            if step:
                since = self.round_date or self.anchor_date
                return step._get_recipient_label(), since, step.delay
            if (
                self.repeats < policy.repeat_count
                and self.step_date
                and not self.nobody_reached
            ):
                return again, self.step_date, policy.repeat_delay
        return False, False, False
