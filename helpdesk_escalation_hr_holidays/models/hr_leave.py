from odoo import models


class HrLeave(models.Model):
    _inherit = "hr.leave"

    def _find_escalation_away_since(self, user):
        """Find since when somebody is away who is so now, also by other leave (R10).

        Leave that follows leave, with nothing to work in between such as a weekend, is
        one absence, and so is Odoo's own out-of-office before it.

        :param self: all leave of the user that has begun
        :param user: with ``escalation_away_since`` as far as it is known
        :return: naive UTC
        """
        since = user.escalation_away_since
        spans = [(leave.date_to, leave.date_from) for leave in self]
        # Sudo: when somebody was out of office, whoever asks.
        own = user.sudo()
        if own.out_of_office_from and own.out_of_office_to:
            spans.append((own.out_of_office_to, own.out_of_office_from))
        employee = self.sudo().employee_id[:1]
        for end, begin in sorted(spans, reverse=True):
            if begin >= since:
                continue
            if end < since and employee._is_escalation_working(end, since):
                break
            since = begin
        return since
