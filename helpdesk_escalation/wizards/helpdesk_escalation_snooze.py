from datetime import UTC, datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.helpdesk_escalation_incident_snooze import MAX_DAYS_ASLEEP

LATER_MINUTES = 180
# When a day begins where no working hours are known.
MORNING = time(9)


class HelpdeskEscalationSnooze(models.TransientModel):
    """ "The client said Monday": lets an escalation sleep, and says why (R10)."""

    _name = "helpdesk.escalation.snooze"
    _description = "Snooze"
    _inherit = ["helpdesk.escalation.input"]

    ticket_id = fields.Many2one(
        comodel_name="helpdesk.ticket", required=True, readonly=True
    )
    preset = fields.Selection(
        selection=[
            ("later", "In 3 Working Hours"),
            ("tomorrow", "Next Working Morning"),
            ("next_week", "Next Week"),
            ("custom", "Another Moment"),
        ],
        string="Until",
        required=True,
        default="tomorrow",
        help="By the policy's working hours; where it has none, mornings are those of "
        "the company's.",
    )
    snoozed_until = fields.Datetime(
        string="Wakes On",
        compute="_compute_snoozed_until",
        store=True,
        readonly=False,
        help="The steps start again then, or as soon as the client writes.",
    )
    opens_date = fields.Datetime(
        string="Working Hours Begin",
        compute="_compute_opens_date",
        help="The moment is outside the working hours, so it is then that the steps "
        "start again.",
    )
    reason = fields.Char(
        required=True,
        size=200,
        help="Why nobody has to be notified until then. Colleagues see it.",
    )
    seen_message_id = fields.Integer(
        readonly=True, help="The last message that counts when the dialog was opened."
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        ticket = self.env["helpdesk.ticket"].browse(values.get("ticket_id") or ())
        if ticket:
            incident = ticket._find_escalation_to_snooze()
            known = incident._find_last_messages_known()
            values["seen_message_id"] = known[incident]
        return values

    @api.model_create_multi
    def create(self, vals_list):
        """A program that opens no dialog knows what there is now."""
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            ticket = self.env["helpdesk.ticket"].browse(vals.get("ticket_id") or ())
            if ticket and "seen_message_id" not in vals:
                # Sudo: only a number is read; who may is asked by the button.
                incident = ticket.sudo()._find_escalation_open()[:1]
                known = incident._find_last_messages_known()
                vals["seen_message_id"] = known.get(incident, 0)
        return super().create(vals_list)

    @api.constrains("ticket_id")
    def _check_ticket_id(self):
        # Whoever reads the dialog reads the name of the ticket with it.
        self.sudo(False).ticket_id.check_access("read")

    @api.constrains("snoozed_until")
    def _check_snoozed_until(self):
        for dialog in self:
            self.env["helpdesk.escalation.incident"]._check_snoozed_until(
                dialog.snoozed_until
            )

    # ------------------------------------------------------------------
    # The moments
    # ------------------------------------------------------------------

    @api.depends("preset", "ticket_id")
    def _compute_snoozed_until(self):
        for dialog in self:
            moment = dialog._get_preset_moment()
            dialog.snoozed_until = moment or dialog.snoozed_until

    @api.depends("snoozed_until", "ticket_id")
    def _compute_opens_date(self):
        for dialog in self:
            until = dialog.snoozed_until
            ahead = until and until - fields.Datetime.now()
            # Nothing is worked out for a moment that is refused.
            possible = ahead and timedelta() < ahead <= timedelta(days=MAX_DAYS_ASLEEP)
            opens = possible and dialog._get_hours().opens(until)
            dialog.opens_date = opens != until and opens

    def _get_hours(self):
        """Return the working hours in which the steps start again (R5)."""
        # Sudo: when it wakes does not depend on who reads the policy.
        ticket = self.sudo().ticket_id
        policy = ticket.effective_escalation_policy_id
        calendar = policy.calendar_id
        return calendar._escalation_working_time(policy.company_id)

    def _get_preset_moment(self):
        """Return the moment that is meant, naive UTC; None for one's own."""
        now = fields.Datetime.now()
        hours = self._get_hours()
        if self.preset == "later":
            return hours.due(now, LATER_MINUTES)
        today = fields.Datetime.context_timestamp(self, now).date()
        if self.preset == "tomorrow":
            return self._get_morning(today + timedelta(days=1))
        if self.preset == "next_week":
            return self._get_morning(today + timedelta(days=7 - today.weekday()))
        return None

    def _get_morning(self, day):
        """Return when work begins on a day, or on the next one with any work."""
        midnight = self._to_utc(datetime.combine(day, time()))
        company = self.sudo().ticket_id.company_id or self.env.company
        for hours in (
            self._get_hours(),
            company.resource_calendar_id._escalation_working_time(company),
        ):
            if not hours.around_the_clock:
                return hours.opens(midnight)
        return self._to_utc(datetime.combine(day, MORNING))

    def _to_utc(self, moment):
        local = self.env.tz.localize(moment)
        return local.astimezone(UTC).replace(tzinfo=None)

    # ------------------------------------------------------------------
    # Button
    # ------------------------------------------------------------------

    def action_snooze(self):
        """Let the ticket's escalation sleep until the moment.

        :raise AccessError: when the user may not see the ticket, or not confirm it
        :raise UserError: when the moment has passed, is more than 90 days ahead, or
            something else speaks against it
        """
        self.ensure_one()
        incident = self.ticket_id._find_escalation_to_snooze()
        reason = " ".join((self.reason or "").split())
        if not reason:
            raise UserError(self.env._("Say why, so that colleagues understand it."))
        result = incident._snooze_checked(
            self.env.user,
            self.snoozed_until,
            reason,
            "dashboard",
            self.seen_message_id,
        )
        if result is True:
            return {"type": "ir.actions.act_window_close"}
        return result
