from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# Who wrote longer ago on a closed ticket is not looked for any more.
LATE_DAYS = 30


class HelpdeskEscalationClock(models.Model):
    """R3: who waits on a closed ticket, found from the messages and not the tickets."""

    _inherit = "helpdesk.escalation.clock"

    @api.model
    def _find_late_ids(self, since=None):
        """Find the tickets that are not open and on which somebody may wait.

        Read from an index of the late messages; the clock judges those few tickets like
        all others.

        :param datetime since: naive UTC, by default 30 days ago
        :rtype: list[int]
        """
        since = since or fields.Datetime.now() - timedelta(days=LATE_DAYS)
        found = set(self._read_words_on_duplicates())
        self.env["mail.message"].flush_model(
            ["create_date", "escalation_late", "escalation_party", "model", "res_id"]
        )
        self.env["helpdesk.ticket"].flush_model(["active", "closed_date", "stage_id"])
        self.env["helpdesk.ticket.stage"].flush_model(["closed"])
        rows = self.env.execute_query(
            SQL(
                """
            SELECT DISTINCT ticket.id
              FROM (SELECT res_id, create_date
                      FROM mail_message
                     WHERE model = 'helpdesk.ticket'
                       AND escalation_party = 'client'
                       AND escalation_late IN ('closed', 'duplicate')
                       AND create_date >= %s
                    OFFSET 0) late
              JOIN helpdesk_ticket ticket ON ticket.id = late.res_id
              JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
             WHERE ticket.active
               AND stage.closed
               AND (ticket.closed_date IS NULL
                    OR late.create_date > ticket.closed_date)
                """,
                since,
            )
        )
        return sorted(found.union(ticket_id for (ticket_id,) in rows))

    @api.model
    def _sql_may_wait(self):
        """Add the tickets on which somebody wrote late."""
        may_wait = super()._sql_may_wait()
        late_ids = self._find_late_ids()
        if not late_ids:
            return may_wait
        return SQL("(%s OR clock.id = ANY(%s))", may_wait, late_ids)

    @api.model
    def _find_counted_ids(self, policies=None, changes=None):
        """Find the tickets on which somebody waits, as a policy counts it.

        :param policies: of these only
        :param dict changes: as if the policies had these values already
        :rtype: list[int]
        """
        query = SQL(
            "SELECT clock.id FROM %s AS clock WHERE %s "
            "AND clock.anchor_date IS NOT NULL AND %s",
            self._table_sql,
            self._sql_may_wait(),
            SQL("TRUE")
            if policies is None
            else SQL("clock.policy_id = ANY(%s)", policies.ids),
        )
        if changes:
            query = SQL("WITH %s %s", policies._sql_as_if(changes), query)
        return [ticket_id for (ticket_id,) in self.env.execute_query(query)]
