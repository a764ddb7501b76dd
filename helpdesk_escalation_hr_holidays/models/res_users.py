from datetime import timedelta

from odoo import fields, models

# How far back leave is read that may adjoin today's.
LOOK_BACK = timedelta(days=366)


class ResUsers(models.Model):
    _inherit = "res.users"

    def _compute_escalation_away(self):
        """Who has approved time off now is away too, in whatever company (R7).

        One query for all. The kind of leave stays where it is: only "until when" gets
        out, and since when: leave that follows leave is one absence (R10).
        """
        result = super()._compute_escalation_away()
        now = fields.Datetime.now()
        leaves = self._search_escalation_leaves(now - LOOK_BACK, now)
        for user, of_user in leaves.grouped(
            lambda leave: leave.employee_id.user_id
        ).items():
            here = user.with_env(self.env)
            current = of_user.filtered(lambda leave: leave.date_to > now)
            if current:
                since = min(current.mapped("date_from"))
                here.escalation_away_since = min(
                    since, here.escalation_away_since or since
                )
                until = max(current.mapped("date_to"))
                if not here.is_escalation_away:
                    here.is_escalation_away = True
                    here.escalation_away_until = until
                elif here.escalation_away_until:
                    here.escalation_away_until = max(until, here.escalation_away_until)
                # Else away for an unknown time, whatever the leave says.
            if here.is_escalation_away:
                here.escalation_away_since = of_user._find_escalation_away_since(here)
        return result

    def _get_escalation_absences(self, begin, end):
        """Approved time off is known ahead of time (R7)."""
        absences = super()._get_escalation_absences(begin, end)
        for leave in self._search_escalation_leaves(begin, end):
            user_id = leave.employee_id.user_id.id
            absences.setdefault(user_id, []).append((leave.date_from, leave.date_to))
        return absences

    def _search_escalation_leaves(self, begin, end):
        """Find the approved time off of people between two moments, in one query.

        :param datetime begin, end: naive UTC
        """
        return (
            self.env["hr.leave"]
            .sudo()  # whether they are away, never why
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("employee_id.user_id", "in", self.ids),
                    ("state", "=", "validate"),
                    ("holiday_status_id.time_type", "=", "leave"),
                    ("date_from", "<=", end),
                    ("date_to", ">", begin),
                ],
                ["employee_id", "date_from", "date_to"],
            )
        )
