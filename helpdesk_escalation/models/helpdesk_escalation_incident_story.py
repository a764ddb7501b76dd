from odoo import api, fields, models

from ..tools.mail_text import within_sentence

# How each fate of a notification looks, and what a screen reader says of it.
LOOKS = {
    "sent": ("fa-check", "success"),
    "pending": ("fa-clock-o", "info"),
    "failed": ("fa-exclamation-triangle", "danger"),
    "cancelled": ("fa-undo", "muted"),
    "skipped": ("fa-ban", "danger"),
}


def _second_of(stop):
    """Who confirmed did so after what fired in the same second."""
    return stop[0].replace(microsecond=0)


class HelpdeskEscalationIncident(models.Model):
    """The incident as a story: who was told when, how, and what became of it."""

    _inherit = "helpdesk.escalation.incident"

    story = fields.Html(
        compute="_compute_story",
        string="What Happened",
        sanitize=False,
        help="Every person notified or not, and what became of it.",
    )

    @api.depends("state", "notification_ids.state")
    @api.depends_context("lang", "tz", "uid")
    def _compute_story(self):
        # Superuser rights alone show it to nobody (R14).
        known = self.sudo(False)._filtered_access("read")
        for incident in self:
            # Sudo: it names people out of the reader's sight.
            incident.story = incident in known and self.env["ir.qweb"]._render(
                "helpdesk_escalation.story", {"stops": incident.sudo()._get_story()}
            )

    def _get_story(self):
        """Return the stops of the story in order, for the timeline's template.

        One story of all that is shown as one; what happened to several of them at once
        is told once.
        """
        stops, told = [], set()
        joint = self._get_joint()
        for incident in joint:
            for moment, stop in incident._get_own_stops():
                key = None if stop.get("lines") else (stop["time"], stop["title"])
                if not key or key not in told:
                    stops.append((moment, stop))
                    told.add(key)
        if len(joint) > 1:
            stops.sort(key=_second_of)
        return [stop for _moment, stop in stops]

    def _get_own_stops(self):
        """Return the stops of this incident alone: (moment, stop)."""
        self.ensure_one()
        stops = [(self.anchor_date, self._prepare_first_stop())]
        firings = self.notification_ids.grouped(
            lambda line: (line.round, line.step_name, line.create_date)
        )
        for (number, _step_name, moment), lines in firings.items():
            fallback = lines[:1].is_fallback
            stop = {
                "time": self._format_moment(moment),
                "title": lines[:1].step_said,
                "text": number > 1 and self.env._("round %s", number),
                "icon": "fa-life-ring" if fallback else "fa-bell",
                "tone": "warning" if fallback else "danger",
                "lines": [line._prepare_story_line() for line in lines],
            }
            stops.append((moment, stop))
        for confirmation in self.confirmation_ids:
            stops += confirmation._prepare_story_stops()
        if self.confirmation_ids:
            # In between steps fire.
            stops.sort(key=_second_of)
        if self.confirmed_by_id:
            stops.append((self.confirmed_date, self._prepare_current_stop()))
        if self.state == "resolved":
            stops.append((self.resolved_date, self._prepare_last_stop()))
        return stops

    def _prepare_current_stop(self):
        """Say who is on it now, or was when it ended."""
        return self._prepare_confirmed_stop(
            self.confirmed_by_id.name, self.confirmed_date, self.confirmed_via
        )

    def _prepare_confirmed_stop(self, name, date, via):
        """Say who was on it since when, and by which way they said so."""
        label = self._get_selection_labels("confirmed_via").get(via, "")
        return {
            "time": self._format_moment(date),
            "title": self.env._("%s is on it", name),
            "text": self.env._("via %s", within_sentence(label, self.env.lang))
            if label
            else False,
            "icon": "fa-hand-paper-o",
            "tone": "warning",
        }

    def _prepare_first_stop(self):
        """Say what the incident counts from."""
        return {
            "time": self._format_moment(self.anchor_date),
            "title": self.env._("The client is waiting"),
            "text": self.policy_id.name,
            "icon": "fa-comment",
            "tone": "info",
        }

    def _prepare_last_stop(self):
        """Say how the incident ended, and by whom."""
        labels = self._get_selection_labels("resolution")
        return {
            "time": self._format_moment(self.resolved_date),
            "title": labels.get(self.resolution),
            "text": self.resolved_by_id.name,
            "icon": "fa-check",
            "tone": "success",
        }

    def _get_selection_labels(self, name):
        return dict(self._fields[name]._description_selection(self.env))


class HelpdeskEscalationNotification(models.Model):
    _inherit = "helpdesk.escalation.notification"

    def _prepare_story_line(self):
        """Say what became of one person: told or not, how, and why not."""
        self.ensure_one()
        icon, tone = LOOKS[self.state]
        states = dict(self._fields["state"]._description_selection(self.env))
        channels = dict(self._fields["channel"]._description_selection(self.env))
        skipped = self.state == "skipped"
        return {
            "icon": icon,
            "tone": tone,
            "state": states[self.state],
            "name": self.user_id.name,
            "for": self.substituted_user_id.name,
            "channel": not skipped
            and within_sentence(channels[self.channel], self.env.lang),
            "reason": self.reason,
        }
