from odoo import api, fields, models
from odoo.tools import SQL


class HelpdeskEscalationTicketReport(models.Model):
    """One row a ticket: how many are escalated, and what became of those.

    A share is over the tickets it is about: what does not apply is empty, not zero.
    """

    _name = "helpdesk.escalation.ticket.report"
    _description = "Escalation Analysis: Tickets"
    _inherit = ["helpdesk.escalation.report.mixin"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "ticket_id"
    _depends = {
        "helpdesk.escalation.incident": [
            "create_date",
            "kind",
            "resolution",
            "state",
            "ticket_id",
        ],
        "helpdesk.ticket": [
            "category_id",
            "channel_id",
            "closed_date",
            "commercial_partner_id",
            "company_id",
            "create_date",
            "partner_id",
            "priority",
            "stage_id",
            "team_id",
            "user_id",
        ],
        "helpdesk.ticket.stage": ["closed"],
        "helpdesk.ticket.team": ["parent_path"],
        "mail.message": ["create_date", "model", "res_id"],
        "mail.tracking.value": [
            "field_id",
            "mail_message_id",
            "new_value_integer",
            "old_value_integer",
        ],
    }

    # By what
    date = fields.Datetime(
        string="Created On", readonly=True, help="When the ticket was created."
    )
    category_id = fields.Many2one(
        comodel_name="helpdesk.ticket.category", readonly=True
    )
    channel_id = fields.Many2one(comodel_name="helpdesk.ticket.channel", readonly=True)
    priority = fields.Selection(selection="_get_priorities", readonly=True)
    is_closed = fields.Boolean(string="Closed", readonly=True)
    was_escalated = fields.Boolean(
        string="Escalated",
        readonly=True,
        help="Whether the ticket was escalated at least once, by itself or by hand.",
    )

    # Shares
    is_escalated = fields.Float(
        string="Escalation Rate",
        readonly=True,
        aggregator="avg",
        help="Share of the tickets that were escalated at least once, by themselves or "
        "by hand. In many teams it lies between 10 and 20 %: a guide, not a verdict.",
    )
    is_first_tier = fields.Float(
        string="First-Tier Resolution Rate",
        readonly=True,
        aggregator="avg",
        help="Share of the closed tickets that a team of the first tier closed without "
        "handing them over, or having them moved up.",
    )
    is_reopened = fields.Float(
        string="Reopened after Escalation",
        readonly=True,
        aggregator="avg",
        help="Share of the escalated and then closed tickets that were opened again.",
    )

    is_sent_back = fields.Float(
        string="Sent Back",
        readonly=True,
        aggregator="avg",
        help="Share of the tickets with an ended handover by hand that came back at "
        "least once because something was missing.",
    )
    is_de_escalated = fields.Float(
        string="De-escalated",
        readonly=True,
        aggregator="avg",
        help="Share of the tickets with an ended handover by hand that were given back "
        "at least once when the hard part was done.",
    )

    # How many, how fast
    escalations = fields.Integer(
        readonly=True, aggregator="sum", help="Incidents of the tickets; sum."
    )
    minutes_to_escalate = fields.Float(
        string="Time to Escalate",
        readonly=True,
        aggregator="avg",
        help="From the ticket's creation to its first incident; average of the "
        "escalated tickets.",
    )
    median_minutes_to_escalate = fields.Float(
        string="Median Time to Escalate",
        readonly=True,
        aggregator="avg",
        help="Half of the escalated tickets were escalated faster than this, counted "
        "from their creation.",
    )

    @api.model
    def _get_priorities(self):
        field = self.env["helpdesk.ticket"]._fields["priority"]
        return field._description_selection(self.env)

    @api.model
    def _select_fields(self):
        to_escalate = self._sql_minutes("ticket.create_date", "escalated.first_date")
        return {
            **super()._select_fields(),
            "id": SQL("ticket.id"),
            "date": SQL("ticket.create_date"),
            "category_id": SQL("ticket.category_id"),
            "channel_id": SQL("ticket.channel_id"),
            "priority": SQL("ticket.priority"),
            "is_closed": SQL("(stage.closed IS TRUE)"),
            "was_escalated": SQL("(escalated.ticket_id IS NOT NULL)"),
            "is_escalated": SQL("(escalated.ticket_id IS NOT NULL)::int"),
            "is_first_tier": SQL(
                "CASE WHEN stage.closed THEN ("
                "COALESCE(escalated.handovers, 0) = 0 "
                "AND COALESCE(team_tier.tier, 1) = 1 "
                "AND moved_up.ticket_id IS NULL)::int END"
            ),
            "is_reopened": SQL(
                "CASE WHEN ticket.closed_date >= escalated.first_date "
                "THEN COALESCE(reopened.last_date > escalated.first_date, FALSE)::int "
                "END"
            ),
            "is_sent_back": self._sql_handed_back("sent_back"),
            "is_de_escalated": self._sql_handed_back("de_escalated"),
            "escalations": SQL("COALESCE(escalated.incidents, 0)"),
            "minutes_to_escalate": to_escalate,
            "median_minutes_to_escalate": to_escalate,
        }

    @api.model
    def _sql_handed_back(self, resolution):
        """Say whether a handover by hand ended in some way; none while none ended."""
        return SQL(
            "CASE WHEN cardinality(escalated.handover_ends) > 0 "
            "THEN (%s = ANY(escalated.handover_ends))::int END",
            resolution,
        )

    @api.model
    def _from(self):
        return SQL(
            """
            %s
       LEFT JOIN (
            SELECT ticket_id,
                   MIN(create_date) AS first_date,
                   COUNT(*) AS incidents,
                   COUNT(*) FILTER (WHERE kind = 'manual') AS handovers,
                   array_agg(resolution)
                   FILTER (WHERE kind = 'manual' AND state = 'resolved')
                   AS handover_ends
              FROM helpdesk_escalation_incident
          GROUP BY ticket_id
            ) escalated ON escalated.ticket_id = ticket.id
       LEFT JOIN (
            SELECT message.res_id AS ticket_id, MAX(message.create_date) AS last_date
              FROM mail_tracking_value tracking
              JOIN mail_message message
                ON message.id = tracking.mail_message_id
               AND message.model = 'helpdesk.ticket'
              JOIN helpdesk_ticket_stage old_stage
                ON old_stage.id = tracking.old_value_integer AND old_stage.closed
              JOIN helpdesk_ticket_stage new_stage
                ON new_stage.id = tracking.new_value_integer
               AND new_stage.closed IS NOT TRUE
             WHERE tracking.field_id = %s
          GROUP BY message.res_id
            ) reopened ON reopened.ticket_id = ticket.id
       LEFT JOIN (
            SELECT DISTINCT message.res_id AS ticket_id
              FROM mail_tracking_value tracking
              JOIN mail_message message
                ON message.id = tracking.mail_message_id
               AND message.model = 'helpdesk.ticket'
              JOIN helpdesk_ticket_team old_team
                ON old_team.id = tracking.old_value_integer
              JOIN helpdesk_ticket_team new_team
                ON new_team.id = tracking.new_value_integer
               AND new_team.id != old_team.id
               AND old_team.parent_path LIKE new_team.parent_path || '%%'
             WHERE tracking.field_id = %s
            ) moved_up ON moved_up.ticket_id = ticket.id
            """,
            super()._from(),
            self.env["ir.model.fields"]._get("helpdesk.ticket", "stage_id").id,
            self.env["ir.model.fields"]._get("helpdesk.ticket", "team_id").id,
        )
