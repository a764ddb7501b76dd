from datetime import datetime

from odoo import api, fields, models

from ..tools.plan import Plan


class HelpdeskEscalationIncident(models.Model):
    """What comes next on an incident, and when: as the run will do it.

    Shown is what comes first on it or on what is joined to it.
    """

    _inherit = "helpdesk.escalation.incident"

    next_text = fields.Char(compute="_compute_next", string="Next Step")
    next_label = fields.Char(
        compute="_compute_next",
        string="What Comes Next",
        help="Whom the next step notifies, or that the steps start again.",
    )
    next_date = fields.Datetime(
        compute="_compute_next",
        string="Comes Next At",
        help="When that is due, within the policy's working hours.",
    )

    @api.depends(
        "state", "step_id", "round", "nobody_reached", "policy_id.step_ids.delay"
    )
    @api.depends_context("lang", "tz")
    def _compute_next(self):
        coming = self._find_first_next()
        for incident in self:
            _on, step, moment = coming.get(incident, (None, None, False))
            incident.next_date = moment
            incident.next_text = incident.next_label = False
            if step:
                incident.next_label = step._get_recipient_label()
                incident.next_text = self.env._(
                    "%(step)s, at %(time)s",
                    step=step.display_name,
                    time=self._format_moment(moment),
                )
            elif moment:
                incident.next_label = self.env._("The steps start again")

    def _find_next(self):
        """Say what comes next on each incident if nobody does anything (R5, R6).

        Read from the cases that the run goes by, and decided by its own methods, with
        one calendar computation per calendar and company.

        :return: per incident to which something comes: the step (as superuser; None
            when the steps start again) and its moment (naive UTC)
        :rtype: dict
        """
        if not self:
            return {}
        engine = self.env["helpdesk.escalation.engine"].sudo()
        # Also what was put off after a fault.
        # Sudo: read as the run does; the reader sees the incident.
        cases = engine._read_cases(Plan(datetime.max), self.sudo().ticket_id.ids)
        cases = {case.incident_id: case for case in cases if case.policy_id}
        policies = engine.env["helpdesk.escalation.policy"].browse(
            {case.policy_id for case in cases.values()}
        )
        working_times = policies._get_working_times()
        steps_of = {policy.id: policy.step_ids.sorted() for policy in policies}
        found = {}
        for incident in self:
            case = cases.get(incident._origin.id)
            if not case:
                continue
            policy = policies.browse(case.policy_id)
            coming = engine._get_next(policy, steps_of[policy.id], case)
            if not coming:
                continue
            moment = working_times[policy.id].due(coming.since, coming.delay)
            if moment:
                found[incident] = coming.step, moment
        return found
