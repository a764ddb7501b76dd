from odoo import fields, models


class HelpdeskEscalationIncident(models.Model):
    """What the numbers need and only the moment itself can tell."""

    _inherit = "helpdesk.escalation.incident"

    first_step_working_minutes = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Working minutes of waiting until the first step. Known when the incident "
        "has ended.",
    )
    confirm_working_minutes = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Working minutes from the first step to the confirmation, by the policy's "
        "working hours of the day it ended. Known when the incident has ended.",
    )
    answer_working_minutes = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Working minutes of waiting until the answer. Known when the incident has "
        "ended.",
    )
    resolve_working_minutes = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Working minutes of waiting until the end, whatever it was.",
    )

    def _resolve(self, resolution):
        result = super()._resolve(resolution)
        self._keep_working_minutes()
        return result

    def _keep_working_minutes(self):
        """Count how long the ended incidents took in working time (minutes).

        Kept, as a calendar that changes later must not rewrite what was. There is one
        calendar computation per calendar and company.
        """
        for (calendar, company), incidents in self.grouped(
            lambda incident: (
                incident.policy_id.calendar_id,
                incident.policy_id.company_id,
            )
        ).items():
            working_time = calendar._escalation_working_time(company)
            for incident in incidents:
                anchor = incident.anchor_date
                incident.update(
                    {
                        f"{what}_working_minutes": working_time.minutes(start, end)
                        for what, start, end in (
                            ("first_step", anchor, incident.first_step_date),
                            (
                                "confirm",
                                incident.first_step_date,
                                incident.confirmed_date,
                            ),
                            ("answer", anchor, incident.answered_date),
                            ("resolve", anchor, incident.resolved_date),
                        )
                        if start and end
                    }
                )
