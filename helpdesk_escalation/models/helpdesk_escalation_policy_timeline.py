from math import log2

from odoo import api, fields, models

CHANNEL_ICONS = {"activity": "fa-bell", "email": "fa-envelope"}


class HelpdeskEscalationPolicy(models.Model):
    """The policy as a picture: what happens when, if nobody answers."""

    _inherit = "helpdesk.escalation.policy"

    timeline = fields.Html(
        compute="_compute_timeline",
        sanitize=False,
        help="The steps in the order in which they fire.",
    )

    @api.depends(
        "count_from",
        "calendar_id",
        "fallback_user_id",
        "repeat_count",
        "repeat_delay",
        "step_ids.delay",
        "step_ids.recipient",
        "step_ids.channel",
        "step_ids.user_ids",
        "step_ids.group_id",
    )
    @api.depends_context("lang")
    def _compute_timeline(self):
        for policy in self:
            policy.timeline = bool(policy.step_ids) and self.env["ir.qweb"]._render(
                "helpdesk_escalation.policy_timeline", {"stops": policy._get_stops()}
            )

    def _get_stops(self):
        """Return the stops of the picture, each with the width of the gap after it."""
        self.ensure_one()
        steps = self.step_ids.sorted(lambda step: step.delay)
        labels = dict(self._fields["count_from"]._description_selection(self.env))
        stops = [
            {
                "delay": 0,
                "time": False,
                "title": labels.get(self.count_from),
                "text": self.calendar_id
                and self.env._("Counted in: %s", self.calendar_id.name),
                "icon": "fa-comment",
                "tone": "info",
            }
        ]
        stops += [
            {
                "delay": step.delay,
                "time": step._format_delay(),
                "title": step._get_recipient_label() or "…",
                "text": step._get_channel_label(),
                "icon": CHANNEL_ICONS.get(step.channel, "fa-bullhorn"),
                "tone": "danger",
            }
            for step in steps
        ]
        last = stops[-1]["delay"]
        if self.repeat_count:
            last += self.repeat_delay
            stops.append(
                {
                    "delay": last,
                    "time": "+ " + steps._format_minutes(self.repeat_delay),
                    "title": self.env._("Again from the start"),
                    "text": self.env._("at most %s times", self.repeat_count)
                    if self.repeat_count > 1
                    else self.env._("once"),
                    "icon": "fa-repeat",
                    "tone": "secondary",
                }
            )
        stops.append(
            {
                "delay": last,
                "time": False,
                "title": self.fallback_user_id.name
                or self.env._("Team leader, then managers"),
                "text": self.env._("only if a step reaches nobody"),
                "icon": "fa-life-ring",
                "tone": "secondary",
                "class": "o_escalation_aside",
            }
        )
        for stop, following in zip(stops, stops[1:] + stops[-1:], strict=True):
            # A day is not drawn a hundred times as long as a quarter of an hour.
            gap = max(following["delay"] - stop["delay"], 0)
            stop["grow"] = round(1 + log2(1 + gap / 10), 2)
        return stops
