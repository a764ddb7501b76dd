from datetime import timedelta

from odoo import api, fields, models

# Looked at are causes of so many days; of fewer verdicts nothing can be said.
DAYS = 90
FEWEST_VERDICTS = 10
# So many of them dismissed is crying wolf.
MOST_DISMISSED = 0.5


class HelpdeskEscalationHealth(models.AbstractModel):
    """Tell what cries wolf: people stop listening to what alarms them in vain."""

    _inherit = "helpdesk.escalation.health"

    @api.model
    def _find_problems(self):
        return [*super()._find_problems(), self._check_crying_wolf()]

    @api.model
    def _check_crying_wolf(self):
        """Propose to switch off the kinds of cause that are mostly dismissed."""
        since = fields.Datetime.to_string(fields.Datetime.now() - timedelta(days=DAYS))
        domain = [("date", ">=", since), ("verdict", "!=", False)]
        report = self.env["helpdesk.escalation.cause.report"]
        crying = {
            kind: (round(share * count), count)
            for kind, count, share in report._read_group(
                domain, ["kind"], ["__count", "is_wrong:avg"]
            )
            if count >= FEWEST_VERDICTS and share > MOST_DISMISSED
        }
        if not crying:
            return None
        labels = dict(report._selection_kind())
        words = ", ".join(
            self.env._(
                "%(kind)s (%(wrong)s of %(count)s)",
                kind=labels.get(kind, kind),
                wrong=wrong,
                count=count,
            )
            for kind, (wrong, count) in crying.items()
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_escalation_analysis.helpdesk_escalation_cause_report_action"
        )
        return self._prepare_problem(
            "crying_wolf",
            self.env._(
                "In the last %(days)s days, people dismissed most of these: %(kinds)s. "
                "Consider switching them off where they are set up, or making them "
                "more specific.",
                days=DAYS,
                kinds=words,
            ),
            self.env._("Show"),
            action={**action, "domain": [*domain, ("kind", "in", list(crying))]},
        )
