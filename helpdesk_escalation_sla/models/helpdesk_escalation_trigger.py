from datetime import timedelta

from odoo import fields, models

from odoo.addons.helpdesk_escalation_automation.models.hits import TriggerHit

MAX_MINUTES = 365 * 24 * 60


class HelpdeskEscalationTrigger(models.Model):
    _inherit = "helpdesk.escalation.trigger"

    kind = fields.Selection(
        selection_add=[("sla", "SLA"), ("sla_used", "SLA used up")],
        ondelete={"sla": "cascade", "sla_used": "cascade"},
    )
    sla_minutes = fields.Integer(
        string="Minutes Before the Deadline",
        help="How many minutes before a deadline of the ticket's SLA, while the "
        "client waits. 0: when it has passed.",
    )

    sla_percent = fields.Integer(
        string="Used Up (%)",
        default=80,
        help="How much of an SLA's time, in the team's working hours, has passed while "
        "the client waits.",
    )

    _sla_percent_range = models.Constraint(
        "CHECK (sla_percent BETWEEN 1 AND 99)",
        "An SLA trigger fires when 1 to 99 percent of the time has passed.",
    )
    _sla_minutes_range = models.Constraint(
        f"CHECK (sla_minutes BETWEEN 0 AND {MAX_MINUTES})",
        "An SLA trigger fires 0 minutes to one year before the deadline.",
    )

    def _get_detail(self):
        if self.kind == "sla_used":
            return self.env._("%s %% of the time", self.sla_percent)
        if self.kind != "sla":
            return super()._get_detail()
        if self.sla_minutes:
            return self.env._(
                "%s before the deadline",
                self.step_id._format_minutes(self.sla_minutes),
            )
        return self.env._("deadline passed")

    def _find_causes_sla(self, plan, candidates, searched):
        """Look at the deadlines of these tickets: passed, or about to.

        A deadline that is on hold or met in time is none.
        """
        by_ticket = self._read_sla_lines(candidates)
        return [
            TriggerHit(candidate.ticket_id, "sla", trigger, 0, line.sla_id.name)
            for candidate in candidates
            for trigger in self
            if trigger.policy_id.id == candidate.policy_id
            for line in by_ticket.get(candidate.ticket_id, ())[:1]
            if line.deadline <= plan.now + timedelta(minutes=trigger.sla_minutes)
        ]

    def _find_causes_sla_used(self, plan, candidates, searched):
        """Compare what is left of each SLA's time with what has been used up.

        Turned round as the delays of steps are (R5): the deadlines before a moment are
        used up so far, and there is one such moment per calendar and length of time.
        """
        by_ticket = self._read_sla_lines(candidates)
        found, moments = [], {}
        for candidate in candidates:
            for trigger in self:
                if trigger.policy_id.id != candidate.policy_id:
                    continue
                for line in by_ticket.get(candidate.ticket_id, ()):
                    team = line.ticket_id.team_id
                    left = line.hours * 60 * (100 - trigger.sla_percent) / 100
                    key = (team.resource_calendar_id, line.ticket_id.company_id, left)
                    if key not in moments:
                        calendar, company, _left = key
                        working_time = calendar._escalation_working_time(company)
                        moments[key] = working_time.due(plan.now, left)
                    moment = moments[key]
                    if moment and line.deadline <= moment:
                        detail = self.env._(
                            "%(percent)s %% of %(sla)s",
                            percent=trigger.sla_percent,
                            sla=line.sla_id.name,
                        )
                        found.append(
                            TriggerHit(
                                candidate.ticket_id, "sla_used", trigger, 0, detail
                            )
                        )
                        break
        return found

    def _read_sla_lines(self, candidates):
        """Read the deadlines of tickets that are neither met nor on hold, by ticket id.

        The earliest of a ticket comes first.
        """
        lines = self.env["helpdesk.ticket.sla"].search_fetch(
            [
                ("ticket_id", "in", [candidate.ticket_id for candidate in candidates]),
                ("state", "in", ["in_progress", "expired"]),
                ("deadline", "!=", False),
            ],
            ["ticket_id", "deadline", "hours", "sla_id"],
            order="deadline, id",
        )
        return lines.grouped(lambda line: line.ticket_id.id)
