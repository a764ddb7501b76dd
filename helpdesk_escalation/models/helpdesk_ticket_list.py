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

    # What a list shows first is read from here, instead of sorting all tickets: that
    # saves more than our columns cost. It is the order of the host's ``_order``.
    _escalation_list_idx = models.Index(
        "(priority DESC, sequence, number DESC, id DESC)"
    )

    @api.depends(
        "active",
        "duplicate_id",
        "escalation_incident_ids.state",
        "escalation_muted",
        "partner_id",
        "stage_id",
        "team_id",
    )
    @api.depends_context("uid")
    def _compute_escalation_status(self):
        if not self._escalation_is_for_staff():
            self._escalation_show_notified(
                "escalation_status", "escalation_waiting_since"
            )
            return
        status_of, since_of = {}, {}
        if self._origin:
            for ticket_id, status, since in self.env.execute_query(
                SQL(
                    "SELECT wait.id, %s AS status, wait.waiting_since "
                    "FROM %s AS wait WHERE wait.id IN %s",
                    self._sql_escalation_status("wait"),
                    self.env["helpdesk.escalation.clock"]._sql_waiting(),
                    tuple(self._origin.ids),
                )
            ):
                status_of[ticket_id] = status
                since_of[ticket_id] = since
        waiting = [key for key, status in status_of.items() if status == "waiting"]
        for ticket_id in self._find_escalation_unwatched(waiting):
            status_of[ticket_id] = "unwatched"
        # Few values, many tickets: together takes a fraction of one by one.
        alike = self.grouped(lambda ticket: status_of.get(ticket._origin.id))
        for status, tickets in alike.items():
            tickets.escalation_status = status
        for ticket in self:
            ticket.escalation_waiting_since = since_of.get(ticket._origin.id)

    @api.model
    def _find_escalation_unwatched(self, ticket_ids):
        """Return the ids of those tickets that no policy counts for (R1)."""
        if not ticket_ids:
            return []
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM %s AS policies WHERE id IN %s AND policy_id IS NULL "
                "AND NOT is_covered",
                self.env["helpdesk.escalation.clock"]._sql_policies(),
                tuple(ticket_ids),
            )
        )
        return [ticket_id for (ticket_id,) in rows]

    def _sql_escalation_status(self, clock, is_watched=SQL("TRUE")):  # noqa: B008
        """State the status of a ticket in SQL, from its clock.

        :param str clock: the alias of the clock
        :param SQL is_watched: whether a policy counts for the ticket
        """
        # In this order: what nobody has taken comes before what somebody has.
        self.env["helpdesk.escalation.incident"].flush_model(
            ["ticket_id", "snoozed_until", "state"]
        )
        return SQL(
            """
            COALESCE(
                (SELECT MIN(CASE WHEN incident.snoozed_until IS NULL
                                 THEN incident.state ELSE 'snoozed' END)
                   FROM helpdesk_escalation_incident incident
                  WHERE incident.ticket_id = %(ticket)s
                    AND incident.state != 'resolved'),
                 CASE WHEN %(is_waiting)s AND %(is_watched)s THEN 'waiting'
                      WHEN %(is_waiting)s THEN 'unwatched' END)
            """,
            ticket=SQL.identifier(clock, "id"),
            is_watched=is_watched,
            is_waiting=SQL.identifier(clock, "is_waiting"),
        )

    def _get_escalation_overview(self):
        """Return a row a ticket in SQL: its policy, since when it waits, its status."""
        return SQL(
            "(SELECT clock.id, clock.policy_id, clock.waiting_since, %s AS status "
            "FROM %s AS clock)",
            self._sql_escalation_status(
                "clock",
                SQL(
                    "(clock.policy_id IS NOT NULL OR clock.idle_reason = 'same_cause')"
                ),
            ),
            self.env["helpdesk.escalation.clock"]._table_sql,
        )

    # ------------------------------------------------------------------
    # Find, group and sort
    # ------------------------------------------------------------------

    def _check_escalation_overview(self, name):
        """Let nobody but staff search by what they are shown of some tickets only."""
        self._check_field_access(self._fields[name], "read")
        self._check_field_access(self._fields["effective_escalation_policy_id"], "read")

    @api.model
    def _find_in_escalation_overview(self, name, condition, overview=None):
        """Return the domain of the tickets for which a condition holds.

        :param str name: the field that is asked for
        :param SQL condition: on the overview's columns
        :param SQL overview: another table with these columns, that takes less time
        """
        self._check_escalation_overview(name)
        return Domain(
            "id",
            "in",
            SQL(
                "(SELECT id FROM %s AS overview WHERE %s)",
                overview or self._get_escalation_overview(),
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
        return self._find_in_escalation_overview(
            "effective_escalation_policy_id",
            condition,
            self.env["helpdesk.escalation.clock"]._sql_policies(),
        )

    def _search_escalation_waiting_since(self, operator, value):
        if operator in ("in", "not in") and set(value) == {False}:
            is_null = SQL("NULL") if operator == "in" else SQL("NOT NULL")
            condition = SQL("waiting_since IS %s", is_null)
        elif operator in ("<", "<=", ">", ">="):
            condition = SQL("waiting_since %s %s", SQL(operator), value)
        else:
            return NotImplemented
        return self._find_in_escalation_overview("escalation_waiting_since", condition)

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let lists be grouped and sorted by what the overview knows."""
        column = OVERVIEW_COLUMNS.get(field_expr)
        if not column or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_escalation_overview(field_expr)
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
