from odoo import api, models
from odoo.tools import SQL


class HelpdeskEscalationPolicy(models.Model):
    """R12: which waits count, in Python and in SQL side by side."""

    _inherit = "helpdesk.escalation.policy"

    def _counts_wait(self, anchor, source=False):
        """Say whether the policy sees to a wait, or leaves it alone (R12).

        :param datetime anchor: when the wait began (R4), naive UTC
        :param source: where the policy is set, as the clock says it (R1)
        """
        self.ensure_one()
        return bool(
            source == "ticket" or not self.start_date or anchor >= self.start_date
        )

    @api.model
    def _sql_counts_wait(self, anchor, source, start_date):
        """State the same in SQL; NULL where nobody waits.

        :param SQL anchor: when the wait began
        :param SQL source: where the policy is set
        :param SQL start_date: of the policy
        """
        return SQL(
            """
            (%(anchor)s IS NOT NULL
             AND (%(source)s = 'ticket'
                  OR %(start)s IS NULL
                  OR %(anchor)s >= %(start)s))
            """,
            anchor=anchor,
            source=source,
            start=start_date,
        )
