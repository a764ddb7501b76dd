from datetime import UTC

from odoo import api, models

from odoo.addons.helpdesk_escalation.tools.working_time import WorkingTime


class ResourceCalendar(models.Model):
    """Duty hours: what they were is kept before they are edited."""

    _inherit = "resource.calendar"

    def _on_call_hours(self, company, on_holidays=False):
        """Return the hours within which a layer counts.

        :param bool on_holidays: a public holiday is a day like any other
        :rtype: WorkingTime
        """
        # Sudo: the same for whoever looks.
        calendar = self.sudo()
        if not (on_holidays and calendar._escalation_has_hours()):
            return calendar._escalation_working_time(company)
        return WorkingTime(supply=calendar._on_call_attendance)

    def _on_call_attendance(self, start, end):
        """Return the hours of all days between two moments, as pairs; naive UTC."""
        intervals = self._attendance_intervals_batch(
            start.replace(tzinfo=UTC), end.replace(tzinfo=UTC)
        )[False]
        return [
            tuple(one.astimezone(UTC).replace(tzinfo=None) for one in interval[:2])
            for interval in intervals
        ]

    def write(self, vals):
        if {"tz", "attendance_ids", "two_weeks_calendar"} & vals.keys():
            self._keep_on_call()
        return super().write(vals)

    @api.model
    def _keep_on_call(self):
        """Keep who was on duty by these hours before they change; by all, without."""
        # Sudo: whoever edits calendars may not read rotas.
        layers = self.env["helpdesk.escalation.rota.layer"].sudo()
        domain = [("calendar_id", "!=", False), ("valid_to", "=", False)]
        if self.ids:
            domain = [("calendar_id", "in", self.ids), ("valid_to", "=", False)]
        rotas = layers.search(domain).rota_id
        rotas._log_until(rotas._get_minute())


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        calendars = {vals["calendar_id"] for vals in vals_list if "calendar_id" in vals}
        if calendars:
            self.calendar_id.browse(calendars)._keep_on_call()
        return super().create(vals_list)

    def write(self, vals):
        self.calendar_id._keep_on_call()
        return super().write(vals)

    def unlink(self):
        self.calendar_id._keep_on_call()
        return super().unlink()


class ResourceCalendarLeaves(models.Model):
    """Public holidays; somebody's own leave changes no duty hours."""

    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        if not all(vals.get("resource_id") for vals in vals_list):
            self.calendar_id._keep_on_call()
        return super().create(vals_list)

    def write(self, vals):
        if not all(leave.resource_id for leave in self):
            self.calendar_id.browse()._keep_on_call()
        return super().write(vals)

    def unlink(self):
        if not all(leave.resource_id for leave in self):
            self.calendar_id.browse()._keep_on_call()
        return super().unlink()
