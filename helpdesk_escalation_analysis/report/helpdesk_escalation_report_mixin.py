from odoo import api, fields, models
from odoo.tools import SQL

MEDIAN = "median_"


class HelpdeskEscalationReportMixin(models.AbstractModel):
    """What the analyses share: who may see what, dimensions of the ticket, medians.

    To add a measure, add the field and its expression to ``_select_fields``, and the
    join it needs to ``_from``.
    """

    _name = "helpdesk.escalation.report.mixin"
    _inherit = ["helpdesk.escalation.ticket.access"]
    _description = "Escalation Analysis"

    ticket_id = fields.Many2one(comodel_name="helpdesk.ticket", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    team_id = fields.Many2one(comodel_name="helpdesk.ticket.team", readonly=True)
    tier = fields.Integer(
        readonly=True,
        aggregator=None,
        help="How high the ticket's team stands: 1 for a team without teams below it, "
        "2 for the one above, and so on.",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Responsible",
        readonly=True,
        context={"active_test": False},
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Client", readonly=True
    )
    commercial_partner_id = fields.Many2one(
        comodel_name="res.partner", string="Client's Company", readonly=True
    )

    @property
    def _table_query(self):
        return SQL(
            "SELECT %s FROM %s",
            SQL(", ").join(
                SQL("%s AS %s", expression, SQL.identifier(name))
                for name, expression in self._select_fields().items()
            ),
            self._from(),
        )

    @api.model
    def _select_fields(self):
        """Return the expression of each field."""
        return {
            "ticket_id": SQL("ticket.id"),
            "company_id": SQL("ticket.company_id"),
            "team_id": SQL("ticket.team_id"),
            "tier": SQL("team_tier.tier"),
            "user_id": SQL("ticket.user_id"),
            "partner_id": SQL("ticket.partner_id"),
            "commercial_partner_id": SQL("ticket.commercial_partner_id"),
        }

    @api.model
    def _from(self):
        """Return the tables: the ticket as ``ticket``, its stage and its tier."""
        return SQL(
            """
            helpdesk_ticket ticket
       LEFT JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
       LEFT JOIN (
            SELECT upper.id,
                   1 + MAX(array_length(string_to_array(below.parent_path, '/'), 1))
                   - array_length(string_to_array(upper.parent_path, '/'), 1) AS tier
              FROM helpdesk_ticket_team upper
              JOIN helpdesk_ticket_team below
                ON below.parent_path LIKE upper.parent_path || '%%'
          GROUP BY upper.id
            ) team_tier ON team_tier.id = ticket.team_id
            """
        )

    def _read_group_select(self, aggregate_spec, query):
        """Give the fields named ``median_…`` their median instead of an average."""
        name, _colon, aggregator = aggregate_spec.partition(":")
        if not name.startswith(MEDIAN) or aggregator != "avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY %s)",
            self._field_to_sql(self._table, name, query),
        )

    @api.model
    def _sql_minutes(self, start, end):
        """Return the minutes between two columns; none when one is still to come."""
        return SQL(
            "EXTRACT(EPOCH FROM %s - %s) / 60.0",
            SQL.identifier(*end.split(".")),
            SQL.identifier(*start.split(".")),
        )
