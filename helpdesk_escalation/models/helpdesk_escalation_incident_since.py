from datetime import UTC, datetime, time, timedelta

from odoo import api, fields, models
from odoo.tools import format_date, format_time

# How far back the last working day is looked for, and when it ends without hours.
LOOK_BACK = timedelta(days=14)
EVENING = time(17)
FRIDAY = 4


class HelpdeskEscalationIncident(models.Model):
    """What happened since one left, in the evening or for the weekend."""

    _inherit = "helpdesk.escalation.incident"

    @api.model
    def _get_dashboard_tiles(self):
        left = self._get_left_date()
        domain = [
            "|",
            "|",
            "|",
            ("create_date", ">=", left),
            ("step_date", ">=", left),
            ("confirmed_date", ">=", left),
            ("resolved_date", ">=", left),
        ]
        zone = self.env.tz.zone
        local = fields.Datetime.context_timestamp(self, left)
        label = self.env._(
            "Since you left: %(day)s %(time)s",
            day=format_date(self.env, local.date(), date_format="EEE"),
            time=format_time(self.env, left, tz=zone, time_format="short"),
        )
        return [
            *super()._get_dashboard_tiles(),
            self._prepare_tile(
                "since_left", label, self._name, domain, "", always=False
            ),
        ]

    @api.model
    def _get_left_date(self):
        """Return when the user's last working day before today ended, naive UTC.

        By their working hours, else the company's. Without any, days end at 17:00,
        from Monday to Friday.
        """
        today = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        today = today.replace(hour=0, minute=0, second=0, microsecond=0)
        midnight = today.astimezone(UTC).replace(tzinfo=None)
        user, company = self.env.user, self.env.company
        # Sudo: one's own hours, which employees need not be able to read.
        calendar = (
            user.sudo().resource_calendar_id or company.sudo().resource_calendar_id
        )
        if calendar and calendar._escalation_has_hours():
            worked = calendar._escalation_intervals(
                company, midnight - LOOK_BACK, midnight
            )
            if worked:
                return worked[-1][1]
        day = today.date() - timedelta(days=1)
        day -= timedelta(days=max(day.weekday() - FRIDAY, 0))
        evening = self.env.tz.localize(datetime.combine(day, EVENING))
        return evening.astimezone(UTC).replace(tzinfo=None)
