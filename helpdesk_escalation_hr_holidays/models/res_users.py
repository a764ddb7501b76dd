from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _compute_escalation_away(self):
        """Who has approved time off now is away too, in whatever company (R7).

        One query for all. The kind of leave stays where it is: only "until when" gets
        out.
        """
        result = super()._compute_escalation_away()
        now = fields.Datetime.now()
        leaves = (
            self.env["hr.leave"]
            .sudo()  # whether they are away, never why
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("employee_id.user_id", "in", self.ids),
                    ("state", "=", "validate"),
                    ("holiday_status_id.time_type", "=", "leave"),
                    ("date_from", "<=", now),
                    ("date_to", ">", now),
                ],
                ["employee_id", "date_from", "date_to"],
            )
        )
        for user, of_user in leaves.grouped(
            lambda leave: leave.employee_id.user_id
        ).items():
            here = user.with_env(self.env)
            until = max(of_user.mapped("date_to"))
            since = min(of_user.mapped("date_from"))
            here.escalation_away_since = min(since, here.escalation_away_since or since)
            if here.is_escalation_away and not here.escalation_away_until:
                continue  # away for an unknown time, whatever the leave says
            here.is_escalation_away = True
            here.escalation_away_until = max(until, here.escalation_away_until or until)
        return result
