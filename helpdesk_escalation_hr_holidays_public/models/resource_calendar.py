from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import models
from odoo.tools.intervals import Intervals

DAY = timedelta(days=1)


class ResourceCalendar(models.Model):
    """R5: nobody works on the OCA's public holidays either."""

    _inherit = "resource.calendar"

    def _escalation_get_work(self, company, start, end):
        work = super()._escalation_get_work(company, start, end)
        return work - self._escalation_get_public_holidays(company, start, end)

    def _escalation_get_public_holidays(self, company, start, end):
        """Return the public holidays of a company's country and state, as whole days.

        Where nobody says which company, only those of no country.

        :param company: empty: the calendar's
        :rtype: Intervals
        """
        zone = ZoneInfo(self.tz)
        partner = (company or self.company_id).partner_id
        lines = self.env["calendar.public.holiday"].get_holidays_list(
            start_dt=start.replace(tzinfo=UTC).astimezone(zone).date(),
            end_dt=end.replace(tzinfo=UTC).astimezone(zone).date(),
            partner_id=partner.id,
        )
        if not partner:
            lines = lines.filtered(lambda line: not line.public_holiday_id.country_id)
        return Intervals(
            (
                datetime.combine(line.date, time.min, zone),
                datetime.combine(line.date + DAY, time.min, zone),
                line,
            )
            for line in lines
        )
