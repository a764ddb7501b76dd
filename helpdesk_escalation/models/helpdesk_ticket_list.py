from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

# Fields of the ticket that are read from the clock, and their columns in the overview.
OVERVIEW_COLUMNS = {
    "effective_escalation_policy_id": "policy_id",
    "escalation_status": "status",
    "escalation_waiting_since": "waiting_since",
}


class HelpdeskTicket(models.Model):
    """Lists of tickets: one query tells the status of all, and finds, groups and sorts.

    Nothing is stored: it is the clock that is asked, once a list.
    """

    _inherit = "helpdesk.ticket"

    @api.depends(
        "active",
        "duplicate_id",
        "escalation_incident_ids.state",
        "escalation_muted",
        "partner_id",
        "stage_id",
        "team_id",
    )
    def _compute_escalation_status(self):
        rows = {}
        if self._origin:
            rows = {
                ticket_id: (status, waiting_since)
                for ticket_id, status, waiting_since in self.env.execute_query(
                    SQL(
                        "SELECT id, status, waiting_since FROM %s AS overview",
                        self._get_escalation_overview(self._origin.ids),
                    )
                )
            }
        for ticket in self:
            status, since = rows.get(ticket._origin.id, (False, False))
            ticket.escalation_status = status
            ticket.escalation_waiting_since = since

    def _get_escalation_overview(self, ids=None):
        """Return a row a ticket in SQL: its policy, since when it waits, its status.

        :param ids: of these tickets only
        """
        self.env["helpdesk.escalation.incident"].flush_model(
            ["ticket_id", "kind", "state"]
        )
        return SQL(
            """(
            SELECT clock.id, clock.policy_id, clock.waiting_since,
                   COALESCE(incident.state,
                            CASE WHEN clock.waiting_since IS NOT NULL
                                 THEN 'waiting' END) AS status
              FROM %(clock)s AS clock
         LEFT JOIN LATERAL (
                   SELECT open_incident.state
                     FROM helpdesk_escalation_incident open_incident
                    WHERE open_incident.ticket_id = clock.id
                      AND open_incident.state != 'resolved'
                      AND open_incident.kind != 'manual'
                 ORDER BY open_incident.state
                    LIMIT 1) incident ON TRUE
             WHERE %(among)s
            )""",
            clock=self.env["helpdesk.escalation.clock"].sudo()._table_sql,
            among=SQL("TRUE")
            if ids is None
            else SQL("clock.id IN %s", tuple(ids) or (0,)),
        )

    # ------------------------------------------------------------------
    # Find, group and sort
    # ------------------------------------------------------------------

    @api.model
    def _find_in_escalation_overview(self, name, condition):
        self._check_field_access(self._fields[name], "read")
        return Domain(
            "id",
            "in",
            SQL(
                "(SELECT id FROM %s AS overview WHERE %s)",
                self._get_escalation_overview(),
                condition,
            ),
        )

    def _search_escalation_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        named = [status for status in value if status]
        condition = SQL("status IN %s", tuple(named)) if named else SQL("FALSE")
        if len(named) < len(value):
            condition = SQL("(%s OR status IS NULL)", condition)
        return self._find_in_escalation_overview("escalation_status", condition)

    def _search_effective_escalation_policy_id(self, operator, value):
        policies = self.env["helpdesk.escalation.policy"]
        or_none = False
        if operator == "any":
            policies = policies.with_context(active_test=False).search(value)
        elif operator == "in":
            policies = policies.browse(policy_id for policy_id in value if policy_id)
            or_none = len(policies) < len(value)
        else:
            return NotImplemented
        condition = SQL("policy_id IN %s", tuple(policies.ids) or (0,))
        if or_none:
            condition = SQL("(%s OR policy_id IS NULL)", condition)
        name = "effective_escalation_policy_id"
        return self._find_in_escalation_overview(name, condition)

    def _search_escalation_waiting_since(self, operator, value):
        if operator in ("in", "not in") and set(value) == {False}:
            is_null = SQL("NULL") if operator == "in" else SQL("NOT NULL")
            condition = SQL("waiting_since IS %s", is_null)
        elif operator in ("<", "<=", ">", ">="):
            condition = SQL("waiting_since %s %s", SQL(operator), value)
        else:
            return NotImplemented
        name = "escalation_waiting_since"
        return self._find_in_escalation_overview(name, condition)

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let lists be grouped and sorted by what the overview knows."""
        column = OVERVIEW_COLUMNS.get(field_expr)
        if not column or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        overview = query.make_alias(alias, "escalation_overview")
        if overview not in query._joins:
            query.add_join(
                "LEFT JOIN",
                overview,
                self._get_escalation_overview(),
                SQL(
                    "%s = %s",
                    SQL.identifier(alias, "id"),
                    SQL.identifier(overview, "id"),
                ),
            )
        return SQL.identifier(overview, column)
