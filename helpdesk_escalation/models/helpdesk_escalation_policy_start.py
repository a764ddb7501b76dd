from odoo import api, models
from odoo.tools import SQL

# What may have another policy count for a ticket, or for more waits: seen to at once.
CHANGES = ("active", "company_id", "condition", "start_date")


class HelpdeskEscalationPolicy(models.Model):
    """R12: which waits count, in Python and in SQL side by side."""

    _inherit = "helpdesk.escalation.policy"

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(CHANGES):
            # Sudo: the run is the system's.
            self.env["helpdesk.escalation.engine"].sudo()._trigger_run()
        return result

    def _counts_wait(self, anchor, source=False, set_date=False):
        """Say whether the policy sees to a wait, or leaves it alone (R12).

        :param datetime anchor: when the wait began (R4), naive UTC
        :param source: where the policy is set, as the clock says it (R1)
        :param datetime set_date: when it was set there, naive UTC; False if not known
        """
        self.ensure_one()
        start = self._get_counting_start(set_date)
        return bool(source == "ticket" or not start or anchor >= start)

    def _get_counting_start(self, set_date):
        """Return the moment from which waits count where the policy is set (R12).

        :param set_date: as for ``_counts_wait``
        :return: naive UTC; False when all waits count
        """
        self.ensure_one()
        return max(filter(None, (self.start_date, set_date)), default=False)

    @api.model
    def _sql_counts_wait(self, anchor, source, start_date, set_date):
        """State the same in SQL; false where nobody waits.

        :param SQL anchor: when the wait began
        :param SQL source: where the policy is set
        :param SQL start_date: of the policy
        :param SQL set_date: when it was set there
        """
        # GREATEST passes NULL over.
        return SQL(
            """
            ((%(anchor)s >= COALESCE(CASE WHEN %(source)s = 'ticket' THEN NULL
                                          ELSE GREATEST(%(start)s, %(set_date)s)
                                     END, '-infinity')) IS TRUE)
            """,
            anchor=anchor,
            source=source,
            start=start_date,
            set_date=set_date,
        )
