from datetime import UTC, timedelta

from odoo import models

# Some days off end a second before midnight.
NO_TIME = timedelta(minutes=1)


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    def _is_escalation_working(self, start, end):
        """Whether an employee is to work between two moments, by their hours.

        Public holidays are free. Who has no hours, or flexible ones, goes by the
        company's.

        :param datetime start, end: naive UTC
        """
        self.ensure_one()
        if end - start <= NO_TIME:
            return False
        calendar, resource = self.resource_calendar_id, self.resource_id
        if not calendar or calendar.flexible_hours:
            # Odoo would have them work at any time.
            calendar = self.company_id.resource_calendar_id
            resource = resource.browse()
        if not calendar:
            return True
        intervals = calendar._work_intervals_batch(
            start.replace(tzinfo=UTC), end.replace(tzinfo=UTC), resources=resource
        )
        return bool(intervals[resource.id])
