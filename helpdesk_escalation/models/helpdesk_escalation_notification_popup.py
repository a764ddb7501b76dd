from odoo import models
from odoo.exceptions import AccessError

from ..tools.notices import make_notice

# Messages on Odoo's bus, to one person each.
ALARM = "helpdesk_escalation/alarm"
ALARM_OVER = "helpdesk_escalation/alarm_over"
# More at once hide the page and are read by nobody: the rest is one line.
MAX_POP_UPS = 5
MAX_MORE = 500


class HelpdeskEscalationNotification(models.Model):
    """R9: a notice in every open Odoo window of whoever is notified in the app.

    It goes from all of them once somebody is on it, or nobody waits any more. What it
    says is for that person alone, and written when they are notified, as in a mail.
    """

    _inherit = "helpdesk.escalation.notification"

    def _deliver_activity(self):
        result = super()._deliver_activity()
        self._pop_up()
        return result

    def _withdraw(self, keep_user=None):
        self._take_back_pop_ups()
        return super()._withdraw(keep_user)

    def _keep_removal(self, kind, user):
        self._take_back_pop_ups()
        return super()._keep_removal(kind, user)

    def _pop_up(self):
        """Show it in the open windows of the people, once this is committed."""
        for user, lines in self._grouped_for_people().items():
            shown, rest = lines[:MAX_POP_UPS], lines[MAX_POP_UPS:]
            message = {
                "alarms": [line._prepare_pop_up() for line in shown],
                "more": [
                    {"incident_id": line.incident_id.id, "ticket_id": line.ticket_id.id}
                    for line in rest[:MAX_MORE]
                ],
            }
            user._bus_send(ALARM, message)

    def _take_back_pop_ups(self):
        """Take it from all windows of the people, once this is committed."""
        # Sudo: whoever ends it.
        shown = self.sudo().filtered(
            lambda line: line.channel == "activity" and line.state == "sent"
        )
        for user, lines in shown._grouped_for_people().items():
            user._bus_send(ALARM_OVER, {"incident_ids": lines.incident_id.ids})

    def _grouped_for_people(self):
        """Return the notifications of each person who is still there, by the wait."""
        lines = self.filtered("user_id")
        return lines.sorted(lambda line: line.incident_id.anchor_date).grouped(
            "user_id"
        )

    def _prepare_pop_up(self):
        """Return what a notice shows, in the person's language and time zone."""
        self.ensure_one()
        here = self._in_terms_of_person()
        return {
            "id": here.id,
            "incident_id": here.incident_id.id,
            "ticket_id": here.ticket_id.id,
            "title": here.ticket_name,
            "text": "\n".join(filter(None, here._get_pop_up_lines())),
        }

    def _get_pop_up_lines(self):
        """Return the lines of a notice below its title."""
        facts = self._get_holder_facts()
        before = self._get_notified_before()
        if before:
            facts.append((self.env._("Notified before"), before))
        facts = [f"{label}: {text}" for label, text in facts]
        if self.headline:
            return [self.headline, self.client_name, self._get_words_line(), *facts]
        waiting = self.env._(
            "%(client)s has been waiting for %(waited)s, since %(time)s",
            client=self.client_name,
            waited=self.waited,
            time=self._format_moment_for_reader(self.incident_id.anchor_date),
        )
        cause = self.incident_id.cause_text
        return [waiting, cause, self._get_words_line(), *facts]

    def action_confirm(self):
        """Say "I'm on it" from the notice, as the person it was for (R10).

        Late or double clicks are answered kindly, also when nothing is left of it.

        :return: as ``action_confirm`` of the incident
        :rtype: bool | dict
        :raise AccessError: when it was for somebody else, or they may not confirm it
        """
        user = self.env.user
        # Sudo: whoever was notified need not see the log of notifications.
        line = self.sudo().exists()
        if not line:
            return make_notice(self.env._("There is nothing left to do. Thank you!"))
        line.ensure_one()
        if line.user_id != user:
            raise AccessError(self.env._("Only who was notified can say so here."))
        incident = line.incident_id
        if incident.state == "resolved" and line.access_ended:
            # Access that was lent ends with the incident, the kind answer does not.
            return incident._notify_too_late()
        return incident._confirm_checked(user, "popup")
