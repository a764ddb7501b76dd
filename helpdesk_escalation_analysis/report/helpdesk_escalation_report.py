from odoo import api, fields, models
from odoo.tools import SQL

from .helpdesk_escalation_report_mixin import MEDIAN


class HelpdeskEscalationReport(models.Model):
    """One row an incident: how often, how fast, and how it ended.

    Times are minutes, shown as hours and minutes. What has not happened yet is empty,
    not zero, so that open incidents spoil no average.
    """

    _name = "helpdesk.escalation.report"
    _description = "Escalation Analysis: Incidents"
    _inherit = ["helpdesk.escalation.report.mixin"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "ticket_id"
    _depends = {
        "helpdesk.escalation.cause": ["incident_id", "kind"],
        "helpdesk.escalation.incident": [
            "anchor_date",
            "answer_working_minutes",
            "answered_date",
            "confirm_working_minutes",
            "confirmed_date",
            "confirmed_via",
            "create_date",
            "first_step_date",
            "first_step_working_minutes",
            "kind",
            "nobody_reached",
            "policy_id",
            "resolution",
            "resolve_working_minutes",
            "resolved_date",
            "round",
            "state",
            "ticket_id",
        ],
        "helpdesk.escalation.notification": [
            "channel",
            "incident_id",
            "state",
            "step_id",
            "user_id",
        ],
        "helpdesk.escalation.step": ["delay", "policy_id"],
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

    # By what
    date = fields.Datetime(
        string="Opened On", readonly=True, help="When the incident opened."
    )
    policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy",
        readonly=True,
        context={"active_test": False},
    )
    step_id = fields.Many2one(
        comodel_name="helpdesk.escalation.step",
        string="Highest Step",
        readonly=True,
        help="The last step, in the policy's order, that fired.",
    )
    kind = fields.Selection(selection="_get_kinds", readonly=True)
    state = fields.Selection(selection="_get_states", readonly=True)
    cause = fields.Selection(
        selection="_get_causes",
        readonly=True,
        help="What first raised the alarm, beside the time; empty when it was the "
        "time alone.",
    )
    resolution = fields.Selection(selection="_get_resolutions", readonly=True)
    confirmed_via = fields.Selection(selection="_get_ways", readonly=True)

    # How fast
    minutes_to_first_step = fields.Float(
        string="Time before the First Step",
        readonly=True,
        aggregator="avg",
        help="From the client's word that the incident counts from to the first "
        "step; average.",
    )
    minutes_to_confirm = fields.Float(
        string="Time to Confirm",
        readonly=True,
        aggregator="avg",
        help="From the first step to the confirmation that stands; average of those "
        "confirmed.",
    )
    minutes_to_answer = fields.Float(
        string="Time to Answer",
        readonly=True,
        aggregator="avg",
        help="From the client's word to the answer that ended the incident; average "
        "of those answered.",
    )
    minutes_to_resolve = fields.Float(
        string="Time to Resolve",
        readonly=True,
        aggregator="avg",
        help="From the client's word to the end, whatever it was; average of those "
        "that have ended.",
    )
    median_minutes_to_first_step = fields.Float(
        string="Median Time before the First Step",
        readonly=True,
        aggregator="avg",
        help="Half of the incidents had their first step sooner than this, counted "
        "from the client's word.",
    )
    median_minutes_to_confirm = fields.Float(
        string="Median Time to Confirm",
        readonly=True,
        aggregator="avg",
        help="Half of those confirmed were confirmed faster than this, counted from "
        "the first step.",
    )
    median_minutes_to_answer = fields.Float(
        string="Median Time to Answer",
        readonly=True,
        aggregator="avg",
        help="Half of those answered had their answer faster than this, counted from "
        "the client's word.",
    )
    median_minutes_to_resolve = fields.Float(
        string="Median Time to Resolve",
        readonly=True,
        aggregator="avg",
        help="Half of those that have ended did so faster than this, counted from the "
        "client's word.",
    )
    first_step_working_minutes = fields.Float(
        string="Working Time before the First Step",
        readonly=True,
        aggregator="avg",
        help="As the time before the first step, in the policy's working hours; "
        "average of those that have ended.",
    )
    confirm_working_minutes = fields.Float(
        string="Working Time to Confirm",
        readonly=True,
        aggregator="avg",
        help="As the time to confirm, in the policy's working hours; average of "
        "those confirmed that have ended.",
    )
    answer_working_minutes = fields.Float(
        string="Working Time to Answer",
        readonly=True,
        aggregator="avg",
        help="As the time to answer, in the policy's working hours; average of "
        "those answered.",
    )
    resolve_working_minutes = fields.Float(
        string="Working Time to Resolve",
        readonly=True,
        aggregator="avg",
        help="As the time to resolve, in the policy's working hours; average of "
        "those that have ended.",
    )
    median_first_step_working_minutes = fields.Float(
        string="Median Working Time before the First Step",
        readonly=True,
        aggregator="avg",
        help="As the median time before the first step, in the policy's working "
        "hours; of those that have ended.",
    )
    median_confirm_working_minutes = fields.Float(
        string="Median Working Time to Confirm",
        readonly=True,
        aggregator="avg",
        help="As the median time to confirm, in the policy's working hours; of "
        "those confirmed that have ended.",
    )
    median_answer_working_minutes = fields.Float(
        string="Median Working Time to Answer",
        readonly=True,
        aggregator="avg",
        help="As the median time to answer, in the policy's working hours.",
    )
    median_resolve_working_minutes = fields.Float(
        string="Median Working Time to Resolve",
        readonly=True,
        aggregator="avg",
        help="As the median time to resolve, in the policy's working hours.",
    )

    # How far
    highest_step = fields.Integer(
        string="Highest Step (number)",
        readonly=True,
        aggregator="avg",
        help="The place of the last step that fired among the policy's steps of "
        "today; average. Empty when none of them fired.",
    )
    rounds = fields.Integer(
        readonly=True,
        aggregator="avg",
        help="How often the steps were gone through; average.",
    )
    people_told = fields.Integer(
        string="People Notified",
        readonly=True,
        aggregator="avg",
        help="Different people notified, each counted once an incident; average.",
    )
    mails_failed = fields.Integer(
        readonly=True, aggregator="sum", help="Mails that could not be sent; sum."
    )
    nobody_reached = fields.Integer(
        readonly=True,
        aggregator="sum",
        help="Incidents that could notify nobody; sum.",
    )

    # Shares
    is_open = fields.Integer(
        string="Still Open",
        readonly=True,
        aggregator="sum",
        help="Incidents that have not ended; sum.",
    )
    is_confirmed = fields.Float(
        string="Share Confirmed",
        readonly=True,
        aggregator="avg",
        help='Share of all incidents on which somebody said "I\'m on it".',
    )
    is_answered = fields.Float(
        string="Share Answered",
        readonly=True,
        aggregator="avg",
        help="Share of the ended incidents that an answer to the client ended; those "
        "on which no answer was needed are left out.",
    )
    is_waived = fields.Float(
        string="Share No Answer Needed",
        readonly=True,
        aggregator="avg",
        help="Share of the ended incidents that ended because somebody said that no "
        "answer is needed.",
    )
    is_closed_waiting = fields.Float(
        string="Share Closed While Waiting",
        readonly=True,
        aggregator="avg",
        help="Share of the ended incidents whose ticket was closed while the client "
        "was still waiting.",
    )

    is_sent_back = fields.Float(
        string="Share Sent Back",
        readonly=True,
        aggregator="avg",
        help="Share of the ended handovers by hand that came back because something "
        "was missing.",
    )
    is_de_escalated = fields.Float(
        string="Share De-escalated",
        readonly=True,
        aggregator="avg",
        help="Share of the ended handovers by hand that were given back when the hard "
        "part was done.",
    )

    @api.model
    def _get_causes(self):
        return self.env["helpdesk.escalation.cause"]._selection_kind()

    @api.model
    def _get_kinds(self):
        return self._get_selection("kind")

    @api.model
    def _get_states(self):
        return self._get_selection("state")

    @api.model
    def _get_resolutions(self):
        return self._get_selection("resolution")

    @api.model
    def _get_ways(self):
        return self._get_selection("confirmed_via")

    @api.model
    def _get_selection(self, name):
        field = self.env["helpdesk.escalation.incident"]._fields[name]
        return field._description_selection(self.env)

    @api.model
    def _select_fields(self):
        minutes = {
            "minutes_to_first_step": self._sql_minutes(
                "incident.anchor_date", "incident.first_step_date"
            ),
            "minutes_to_confirm": self._sql_minutes(
                "incident.first_step_date", "incident.confirmed_date"
            ),
            "minutes_to_answer": self._sql_minutes(
                "incident.anchor_date", "incident.answered_date"
            ),
            "minutes_to_resolve": self._sql_minutes(
                "incident.anchor_date", "incident.resolved_date"
            ),
            **{
                name: SQL.identifier("incident", name)
                for name in (
                    "first_step_working_minutes",
                    "confirm_working_minutes",
                    "answer_working_minutes",
                    "resolve_working_minutes",
                )
            },
        }
        return {
            **super()._select_fields(),
            **minutes,
            **{MEDIAN + name: value for name, value in minutes.items()},
            "id": SQL("incident.id"),
            "date": SQL("incident.create_date"),
            "policy_id": SQL("incident.policy_id"),
            "step_id": SQL("highest.step_id"),
            "kind": SQL("incident.kind"),
            "state": SQL("incident.state"),
            "cause": SQL("first_cause.kind"),
            "resolution": SQL("incident.resolution"),
            "confirmed_via": SQL("incident.confirmed_via"),
            "highest_step": SQL("highest.number"),
            "rounds": SQL("incident.round"),
            "people_told": SQL("COALESCE(told.people, 0)"),
            "mails_failed": SQL("COALESCE(told.mails_failed, 0)"),
            "nobody_reached": SQL("(incident.nobody_reached IS TRUE)::int"),
            "is_open": SQL("(incident.state != 'resolved')::int"),
            "is_confirmed": SQL("(incident.confirmed_date IS NOT NULL)::int"),
            "is_answered": SQL(
                "CASE WHEN incident.state = 'resolved' "
                "AND incident.resolution != 'waived' "
                "THEN (incident.resolution = 'answered')::int END"
            ),
            "is_waived": self._sql_ended_by("waived"),
            "is_closed_waiting": self._sql_ended_by("closed_waiting"),
            "is_sent_back": self._sql_ended_so("sent_back"),
            "is_de_escalated": self._sql_ended_so("de_escalated"),
        }

    @api.model
    def _sql_ended_by(self, resolution):
        """Say whether an incident ended in some way; none while it is open."""
        return SQL(
            "CASE WHEN incident.state = 'resolved' "
            "THEN (incident.resolution = %s)::int END",
            resolution,
        )

    @api.model
    def _sql_ended_so(self, resolution):
        """Say whether a handover by hand ended in some way; none for the others."""
        return SQL(
            "CASE WHEN incident.kind = 'manual' AND incident.state = 'resolved' "
            "THEN (incident.resolution = %s)::int END",
            resolution,
        )

    @api.model
    def _from(self):
        return SQL(
            """
            helpdesk_escalation_incident incident
       LEFT JOIN (
            SELECT DISTINCT ON (incident_id) incident_id, kind
              FROM helpdesk_escalation_cause
          ORDER BY incident_id, id
            ) first_cause ON first_cause.incident_id = incident.id
       LEFT JOIN (
            SELECT incident_id,
                   COUNT(DISTINCT user_id) FILTER (WHERE state = 'sent') AS people,
                   COUNT(*) FILTER (WHERE state = 'failed'
                                      AND channel = 'email') AS mails_failed
              FROM helpdesk_escalation_notification
          GROUP BY incident_id
            ) told ON told.incident_id = incident.id
       LEFT JOIN (
            SELECT DISTINCT ON (fired.incident_id)
                   fired.incident_id, place.step_id, place.number
              FROM helpdesk_escalation_notification fired
              JOIN (
                    SELECT id AS step_id,
                           ROW_NUMBER() OVER (PARTITION BY policy_id
                                                  ORDER BY delay, id) AS number
                      FROM helpdesk_escalation_step
                   ) place ON place.step_id = fired.step_id
          ORDER BY fired.incident_id, place.number DESC
            ) highest ON highest.incident_id = incident.id
            JOIN (%s) ON ticket.id = incident.ticket_id
            """,
            super()._from(),
        )
