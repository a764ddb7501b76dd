from odoo import models

from odoo.addons.helpdesk_escalation.tools.mail_text import within_sentence


class HelpdeskEscalationPreview(models.TransientModel):
    """The dry run shows what people's own rules make of it."""

    _inherit = "helpdesk.escalation.preview"

    def _prepare_stop(self, moment, firing, due):
        stop = super()._prepare_stop(moment, firing, due)
        step, _is_fallback, values = firing
        lines = []
        # What another add-on says of the step comes after its people.
        people, others = stop["lines"][: len(values)], stop["lines"][len(values) :]
        for value, line in zip(values, people, strict=True):
            lines.append(line)
            if value["state"] == "pending":
                lines += self._apply_personal_rules(step, value, line)
        stop["lines"] = lines + others
        return stop

    def _apply_personal_rules(self, step, value, line):
        """Say which rules of a person apply; return the line of their reminder."""
        policy = step.policy_id
        user = self.env["res.users"].browse(value["user_id"])
        rules = []
        if value["channel"] != step.channel and value["channel"] == (
            user.escalation_off_channel
        ):
            rules.append(self.env._("outside their hours"))
        if user.escalation_hourly_limit and policy._allows_personal("email"):
            rules.append(
                self.env._("at most %s per hour", user.escalation_hourly_limit)
            )
        if rules:
            line["reason"] = f"({', '.join(rules)})"
        second = user._escalation_get_second(policy, value["channel"])
        ticket = self.ticket_id._origin or self._get_ticket()
        if not second or user._escalation_unreachable_reason(ticket, second):
            return []
        labels = dict(user._selection_escalation_channel())
        return [
            {
                "icon": "fa-bell-o",
                "tone": "info",
                "state": self.env._("Reminder"),
                "name": line["name"],
                "for": False,
                "channel": within_sentence(labels[second], self.env.lang),
                "reason": self.env._(
                    "(reminder after %s without a reaction)",
                    step._format_minutes(user.escalation_second_minutes),
                ),
            }
        ]
