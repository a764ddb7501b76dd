from odoo import api, fields, models
from odoo.tools import SQL


class HelpdeskEscalationTicketReport(models.Model):
    """How satisfied clients are after an escalation, and where there was none."""

    _inherit = "helpdesk.escalation.ticket.report"
    _depends = {
        "rating.rating": ["consumed", "rated_on", "rating", "res_id", "res_model"],
    }

    satisfaction = fields.Float(
        readonly=True,
        aggregator="avg",
        help="What clients rated, from 1 (dissatisfied) to 5 (satisfied); average of "
        "the rated tickets. Of an escalated ticket the ratings since its first "
        "escalation count, of another one all. Group by Escalated to compare.",
    )

    @api.model
    def _select_fields(self):
        return {**super()._select_fields(), "satisfaction": SQL("rated.average")}

    @api.model
    def _from(self):
        # A rating that was asked for and not given yet is stored as 0, not consumed.
        return SQL(
            """
            %s
       LEFT JOIN (
            SELECT rating.res_id AS ticket_id, AVG(rating.rating) AS average
              FROM rating_rating rating
         LEFT JOIN (
                SELECT ticket_id, MIN(create_date) AS date
                  FROM helpdesk_escalation_incident
              GROUP BY ticket_id
                ) first_incident ON first_incident.ticket_id = rating.res_id
             WHERE rating.res_model = 'helpdesk.ticket'
               AND rating.consumed
               AND rating.rating > 0
               AND (first_incident.date IS NULL
                    OR COALESCE(rating.rated_on, rating.write_date)
                       >= first_incident.date)
          GROUP BY rating.res_id
            ) rated ON rated.ticket_id = ticket.id
            """,
            super()._from(),
        )
