from odoo import api, fields, models
from odoo.tools import SQL


class HelpdeskEscalationCauseReport(models.Model):
    """One row a cause: was it right to raise the alarm for it?

    It was when somebody was on it or answered, and was not when somebody said that no
    answer is needed. What ended otherwise, or is open and untouched, tells nothing.

    Another add-on that proposes something to people adds its proposals by extending
    ``_get_sources``, so that they are judged by the same measure.
    """

    _name = "helpdesk.escalation.cause.report"
    _description = "Escalation Analysis: Causes"
    _inherit = ["helpdesk.escalation.report.mixin"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "ticket_id"
    _depends = {
        "helpdesk.escalation.cause": [
            "create_date",
            "detail",
            "incident_id",
            "kind",
            "ticket_id",
        ],
        "helpdesk.escalation.incident": ["confirmed_date", "policy_id", "resolution"],
        "helpdesk.ticket": [
            "commercial_partner_id",
            "company_id",
            "partner_id",
            "stage_id",
            "team_id",
            "user_id",
        ],
        "helpdesk.ticket.team": ["parent_path"],
    }

    date = fields.Datetime(
        string="Found On", readonly=True, help="When the cause was found."
    )
    kind = fields.Selection(selection="_selection_kind", string="Cause", readonly=True)
    detail = fields.Char(readonly=True, help="What was found.")
    policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy",
        readonly=True,
        context={"active_test": False},
    )
    verdict = fields.Selection(
        selection=[("right", "Acted On"), ("wrong", "Dismissed")],
        readonly=True,
        help="Acted on: somebody was on it, or answered the client. Dismissed: "
        "somebody said that no answer is needed. Empty: neither, or not yet.",
    )
    is_right = fields.Float(
        string="Share Acted On",
        readonly=True,
        aggregator="avg",
        help="Share of what somebody acted on, of all that was acted on or dismissed.",
    )
    is_wrong = fields.Float(
        string="Share Dismissed",
        readonly=True,
        aggregator="avg",
        help="Share of what was dismissed, of all that was acted on or dismissed.",
    )

    @api.model
    def _selection_kind(self):
        return self.env["helpdesk.escalation.cause"]._selection_kind()

    @api.model
    def _get_sources(self):
        """Return what is judged, a SELECT each.

        Columns: ``id`` (unique in its source), ``ticket_id``, ``date``, ``kind``,
        ``detail``, ``policy_id`` and ``is_right``: true, false, or NULL where nobody
        has said. A kind of its own needs its name in ``_selection_kind``.

        :rtype: list[SQL]
        """
        return [
            SQL(
                """
                SELECT cause.id, cause.ticket_id, cause.create_date AS date,
                       cause.kind, cause.detail, incident.policy_id,
                       CASE WHEN incident.resolution = 'waived' THEN FALSE
                            WHEN incident.confirmed_date IS NOT NULL
                                 OR incident.resolution = 'answered' THEN TRUE
                       END AS is_right
                  FROM helpdesk_escalation_cause cause
                  JOIN helpdesk_escalation_incident incident
                    ON incident.id = cause.incident_id
                """
            )
        ]

    @api.model
    def _select_fields(self):
        return {
            **super()._select_fields(),
            "id": SQL("judged.id"),
            "date": SQL("judged.date"),
            "kind": SQL("judged.kind"),
            "detail": SQL("judged.detail"),
            "policy_id": SQL("judged.policy_id"),
            "verdict": SQL(
                "CASE judged.is_right WHEN TRUE THEN 'right' "
                "WHEN FALSE THEN 'wrong' END"
            ),
            "is_right": SQL("judged.is_right::int"),
            "is_wrong": SQL("(NOT judged.is_right)::int"),
        }

    @api.model
    def _from(self):
        sources = self._get_sources()
        judged = SQL(" UNION ALL ").join(
            # Ids of several sources must not meet.
            SQL(
                "SELECT source.id * %s + %s AS id, source.ticket_id, source.date, "
                "source.kind, source.detail, source.policy_id, source.is_right "
                "FROM (%s) source",
                len(sources),
                number,
                source,
            )
            for number, source in enumerate(sources)
        )
        return SQL(
            "(%s) judged JOIN (%s) ON ticket.id = judged.ticket_id",
            judged,
            super()._from(),
        )
