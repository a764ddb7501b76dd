from datetime import datetime

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from .helpdesk_ticket import WAITING

# Fields of the ticket that are read from the clock, and their columns in the overview.
OVERVIEW_COLUMNS = {
    "escalation_status": "status",
    "escalation_waiting_since": "waiting_since",
}
POLICY = "effective_escalation_policy_id"
# Looked up for each field that anybody reads of tickets.
CLOCK_COLUMNS = {POLICY, *OVERVIEW_COLUMNS}
# What a ticket's open incidents say together: what nobody has taken comes before what
# somebody has, and that before what sleeps, as in the alphabet.
ESCALATED = SQL(
    "MIN(CASE WHEN incident.snoozed_until IS NULL THEN incident.state "
    "ELSE 'snoozed' END)"
)


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
        self.env["helpdesk.escalation.incident"].flush_model(
            ["ticket_id", "snoozed_until", "state"]
        )
        return SQL(
            """
            COALESCE(
                (SELECT %(escalated)s
                   FROM helpdesk_escalation_incident incident
                  WHERE incident.ticket_id = %(ticket)s
                    AND incident.state != 'resolved'),
                 CASE WHEN %(is_waiting)s AND %(is_watched)s THEN 'waiting'
                      WHEN %(is_waiting)s THEN 'unwatched' END)
            """,
            ticket=SQL.identifier(clock, "id"),
            escalated=ESCALATED,
            is_watched=is_watched,
            is_waiting=SQL.identifier(clock, "is_waiting"),
        )

    def _get_escalation_overview(self, more_ids=()):
        """Return a row a ticket in SQL: since when it waits, and its status.

        Of closed tickets there are ever more: looked at are only those on which
        somebody has written since, however long ago.

        :param more_ids: of tickets to look at as well
        """
        clock = self.env["helpdesk.escalation.clock"]
        more_ids = {*more_ids, *clock._find_late_ids(datetime.min)}
        return SQL(
            "(SELECT clock.id, clock.waiting_since, %s AS status "
            "FROM %s AS clock WHERE %s OR clock.id = ANY(%s))",
            self._sql_escalation_status(
                "clock",
                SQL(
                    "(clock.policy_id IS NOT NULL OR clock.idle_reason = 'same_cause')"
                ),
            ),
            clock._table_sql,
            clock._sql_may_wait(),
            sorted(more_ids),
        )

    # ------------------------------------------------------------------
    # Find, group and sort
    # ------------------------------------------------------------------

    def _check_escalation_overview(self, name):
        """Let nobody but staff search by what they are shown of some tickets only."""
        self._check_field_access(self._fields[name], "read")
        self._check_field_access(self._fields[POLICY], "read")

    def _find_in_overview(self, condition):
        """Return the domain of the tickets with a condition on the overview's status.

        PostgreSQL does not know for how many it holds. Joined, it would go through all
        of these anew for each ticket of a list's first page; with ``IS TRUE`` it reads
        them once and looks each ticket up.

        :param SQL condition: names the statuses, which PostgreSQL takes for few
        """
        overview = self._get_escalation_overview()

        def to_sql(model, alias, query):
            return SQL(
                "(%s IN (SELECT id FROM %s AS overview WHERE %s)) IS TRUE",
                SQL.identifier(alias, "id"),
                overview,
                condition,
            )

        return Domain.custom(to_sql=to_sql)

    def _search_escalation_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        self._check_escalation_overview("escalation_status")
        if False not in value:
            return self._find_escalation_status(value)
        # Nearly all tickets have none: what is looked for are the others.
        statuses = self._fields["escalation_status"].get_values(self.env)
        return ~self._find_escalation_status(set(statuses) - set(value))

    def _find_escalation_status(self, statuses):
        """Return the domain of the tickets with one of some statuses."""
        waiting = tuple(status for status in statuses if status in WAITING)
        escalated = tuple(status for status in statuses if status not in WAITING)
        found = Domain.FALSE
        if waiting:
            found |= self._find_in_overview(SQL("status IN %s", waiting))
        if escalated:
            incidents = self.env["helpdesk.escalation.incident"]
            incidents.flush_model(["ticket_id", "snoozed_until", "state"])
            found |= Domain(
                "id",
                "in",
                SQL(
                    "(SELECT incident.ticket_id FROM %s incident "
                    "WHERE incident.state != 'resolved' "
                    "GROUP BY incident.ticket_id HAVING %s IN %s)",
                    incidents._table_sql,
                    ESCALATED,
                    escalated,
                ),
            )
        return found

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
        self._check_escalation_overview(POLICY)
        condition = SQL("policy_id IN %s", tuple(policies.ids) or (0,))
        if or_none:
            condition = SQL("(%s OR policy_id IS NULL)", condition)
        policies_of_all = self.env["helpdesk.escalation.clock"]._sql_policies()
        ids = SQL(
            "(SELECT id FROM %s AS policies WHERE %s)", policies_of_all, condition
        )
        return Domain("id", "in", ids)

    def _search_escalation_waiting_since(self, operator, value):
        self._check_escalation_overview("escalation_waiting_since")
        if operator in ("in", "not in") and set(value) == {False}:
            condition = SQL("waiting_since IS NOT NULL")
        elif operator in ("<", "<=", ">", ">="):
            condition = SQL("waiting_since %s %s", SQL(operator), value)
        else:
            return NotImplemented
        # Whoever waits has a status.
        statuses = tuple(self._fields["escalation_status"].get_values(self.env))
        found = self._find_in_overview(SQL("status IN %s AND %s", statuses, condition))
        return ~found if operator == "in" else found

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let lists be grouped and sorted by what the clock knows."""
        if field_expr not in CLOCK_COLUMNS or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_escalation_overview(field_expr)
        if field_expr == POLICY:
            table = query.make_alias(alias, "escalation_policies")
            column = "policy_id"
            read = self.env["helpdesk.escalation.clock"]._sql_policies
        else:
            table = query.make_alias(alias, "escalation_overview")
            column = OVERVIEW_COLUMNS[field_expr]
            read = self._get_escalation_overview_with_escalated
        if table not in query._joins:
            query.add_join(
                "LEFT JOIN",
                table,
                read(),
                SQL(
                    "%s = %s",
                    SQL.identifier(alias, "id"),
                    SQL.identifier(table, "id"),
                ),
            )
        return SQL.identifier(table, column)

    def _get_escalation_overview_with_escalated(self):
        """Return the overview with all tickets that are escalated, closed ones too."""
        incidents = self.env["helpdesk.escalation.incident"].sudo()  # whoever sees them
        escalated = incidents.search_fetch([("state", "!=", "resolved")], ["ticket_id"])
        return self._get_escalation_overview(escalated.ticket_id.ids)
