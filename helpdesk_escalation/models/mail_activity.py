from collections import namedtuple

from odoo import fields, models

from ..tools.locks import lock_rows

# What takes an activity away from the person whom it notifies.
TAKING_AWAY = {
    "active",
    "activity_type_id",
    "date_deadline",
    "res_id",
    "res_model",
    "res_model_id",
    "user_id",
}
Seen = namedtuple("Seen", ["place", "user", "deadline"])


class MailActivity(models.Model):
    """An escalation's activities: marked done, deleted, put off or reassigned."""

    _inherit = "mail.activity"

    def write(self, vals):
        """Keep what takes an escalation's activity away from its person (R7).

        :raise AccessError: when the ticket's client does so, or anybody else who has
            no say in it
        :raise UserError: when the new person could not take the ticket, or when the
            run is busy with it
        """
        if TAKING_AWAY.isdisjoint(vals):
            return super().write(vals)
        lines = self._hold_escalations("write", vals.get("user_id"))
        seen = {line: line.activity_id._see_escalation() for line in lines}
        result = super().write(vals)
        kinds = {
            line: kind
            for line, before in seen.items()
            if (kind := line.activity_id._get_escalation_removal(before))
        }
        lines._register_removals(kinds)
        return result

    def unlink(self):
        """Keep who deletes an escalation's activity (R7).

        :raise AccessError, UserError: as :meth:`write`
        """
        lines = self._hold_escalations("unlink")
        result = super().unlink()
        lines._register_removals(dict.fromkeys(lines, "removed"))
        return result

    def _action_done(self, feedback=False, attachment_ids=None):
        """Marking an escalation's activity done means "I'm on it" (R10).

        :raise AccessError: when the person may not take the ticket, as its client
        """
        lines = self.env["helpdesk.escalation.notification"]._find_open(self)
        done = {}
        if lines:
            self.check_access("write")
            incidents = lines.incident_id
            # Before all else, as everybody does: two who wait for each other's rows
            # would both be stopped.
            lock_rows(incidents, wait=True)
            user = self.env.user
            for incident in incidents:
                if incident._may_confirm(user):
                    of_incident = incident.notification_ids & lines
                    done.update({line: line.activity_id for line in of_incident})
                    # It is marked done, and not taken back with the others'.
                    of_incident.activity_id = False
                    incident._confirm(user, "activity")
                elif not self.env.su:
                    incident._check_may_confirm(user)
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        for line, activity in done.items():
            line.activity_id = activity.exists()
        return result

    def _hold_escalations(self, operation, new_user_id=None):
        """Find and lock what open escalations notify by these activities (R7).

        :param str operation: "write" or "unlink"
        :param new_user_id: who is to have them instead, if anybody
        :return: the notifications, as superuser
        :raise AccessError, UserError: as :meth:`write`
        """
        lines = self.env["helpdesk.escalation.notification"]._find_open(self)
        # What is done already notifies nobody any more.
        lines = lines.filtered(lambda line: line.activity_id.active)
        if lines:
            self.check_access(operation)
            if not self.env.su:
                # Sudo: whether they may take it is asked, not who may read them.
                new_user = self.env["res.users"].sudo().browse(new_user_id or ())
                lines._check_may_remove(self.env.user, new_user)
            # What the system does, such as archiving a user, waits rather than fails.
            lines._lock_for_removal(wait=self.env.su)
        return lines

    def _see_escalation(self):
        """Note whom an activity notifies of what, before it is changed."""
        place = (self.res_model, self.res_id, self.activity_type_id)
        return Seen(self.active and place, self.user_id, self.date_deadline)

    def _get_escalation_removal(self, before):
        """Say how a change took an activity away from its person, if it did.

        :param Seen before: what was there before the change
        :return: "removed", "put_off", "reassigned" or None
        """
        now = self._see_escalation()
        if not before.place:
            return None
        if now.place != before.place or not now.user:
            return "removed"
        today = fields.Date.context_today(self.with_context(tz=now.user.tz))
        if now.deadline > max(today, before.deadline):
            return "put_off"
        return "reassigned" if now.user != before.user else None
