from markupsafe import Markup

from odoo import api, models


class HelpdeskEscalationIncident(models.Model):
    """R9: what the ticket's chatter says of an escalation."""

    _inherit = "helpdesk.escalation.incident"

    def _get_opening_words(self):
        self.ensure_one()
        return self.env._(
            "Escalation opened by the policy %(policy)s: the client has been waiting "
            "since %(time)s.",
            policy=self.policy_id.name,
            time=self._format_moment_for_all(self.anchor_date),
        )

    def _get_renewal_words(self, renewal):
        """Say why the steps start again.

        :param str renewal: "expired", "client", "repeat" or "unable"
        """
        self.ensure_one()
        if renewal == "repeat":
            return self.env._("Nobody has taken the ticket: the steps start again.")
        if renewal == "client":
            return self.env._("The client wrote again: the steps start again.")
        if renewal == "unable" and not self.confirmed_by_id:
            return self.env._("Whoever was on it has left: the steps start again.")
        if renewal == "unable":
            return self.env._(
                "%s cannot see to it any more: the steps start again.",
                self.confirmed_by_id.name,
            )
        return self.env._(
            "%s has not answered in time: the steps start again.",
            self.confirmed_by_id.name,
        )

    @api.model
    def _get_step_words(self, step_name, values, said=()):
        """Put a fired step into one line: who was notified, and who was not and why.

        :param list said: values of the lines before: nobody's reason is said twice
        """
        users = self.env["res.users"].with_context(active_test=False)
        # Once each, by however many channels.
        told = users.browse(
            dict.fromkeys(v["user_id"] for v in values if v["state"] == "pending")
        )
        known = {(v["user_id"], v.get("reason")) for v in said}
        missed = [
            f"{users.browse(user_id).name}: {reason}" if user_id else reason
            for user_id, reason in dict.fromkeys(
                (v["user_id"], v["reason"]) for v in values if v["state"] == "skipped"
            )
            if (user_id, reason) not in known
        ]
        parts = [self.env._("%s.", step_name)]
        if told:
            parts.append(self.env._("Notified: %s.", ", ".join(told.mapped("name"))))
        if missed and told:
            parts.append(self.env._("Not notified: %s", " ".join(missed)))
        elif missed:
            parts.append(self.env._("Nobody notified: %s", " ".join(missed)))
        if not (told or missed):
            parts.append(self.env._("Nobody could be notified."))
        return " ".join(parts)

    @api.model
    def _log_stories(self, stories):
        """Log the lines of each incident as one note.

        :param dict stories: a list of lines per incident
        """
        by_ticket = {}
        for incident, lines in stories.items():
            by_ticket.setdefault(incident.ticket_id.id, []).extend(lines)
        self._log_lines(by_ticket)

    @api.model
    def _log_lines(self, by_ticket):
        """Log lines on tickets, one note each; a line that is said already is not said
        again.

        :param dict by_ticket: a list of lines per ticket id
        """
        self._log_notes(
            {
                ticket_id: Markup("<br/>").join(dict.fromkeys(lines))
                for ticket_id, lines in by_ticket.items()
                if lines
            }
        )
