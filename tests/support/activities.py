"""What the tests of activities share."""

from datetime import timedelta

from odoo import Command, fields

from .common import EscalationCommon

TYPE = "helpdesk_escalation.mail_activity_type_escalation"


class ActivityCommon(EscalationCommon):
    def _line(self, user, incident=None):
        """The last notification of a person by activity."""
        return (incident or self.incident).notification_ids.filtered(
            lambda line: line.user_id == user and line.channel == "activity"
        )[-1:]

    def _activity(self, user):
        return self._line(user).activity_id

    def _tomorrow(self):
        return fields.Date.today() + timedelta(days=1)

    def _ways_to_take_away(self, ticket):
        """All that Odoo lets people do to get rid of an activity of somebody's."""
        todo = self.env.ref("mail.mail_activity_data_todo")
        other = self._new_ticket(0, name="Another")
        return (
            ("delete", lambda a: a.unlink()),
            ("cancel", lambda a: a.action_cancel()),
            ("archive", lambda a: a.action_archive()),
            ("inactive", lambda a: a.write({"active": False})),
            ("web_save", lambda a: a.web_save({"active": False}, {})),
            ("tomorrow", lambda a: a.action_reschedule_tomorrow()),
            ("next week", lambda a: a.action_reschedule_nextweek()),
            ("deadline", lambda a: a.write({"date_deadline": self._tomorrow()})),
            ("type", lambda a: a.write({"activity_type_id": todo.id})),
            ("ticket", lambda a: a.write({"res_id": other.id})),
            ("nobody's", lambda a: a.write({"user_id": False})),
            (
                "model",
                lambda a: a.write(
                    {
                        "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                        "res_id": self.client.id,
                    }
                ),
            ),
            (
                "by type",
                lambda a: a.env[ticket._name].browse(ticket.id).activity_unlink([TYPE]),
            ),
            (
                "by type, later",
                lambda a: a.env[ticket._name]
                .browse(ticket.id)
                .activity_reschedule([TYPE], date_deadline=self._tomorrow()),
            ),
            (
                "on the ticket",
                lambda a: a.env[ticket._name]
                .browse(ticket.id)
                .write({"activity_ids": [Command.delete(a.id)]}),
            ),
        )

    def _apart(self, call):
        """Do something, and look at it; it leaves no trace."""
        savepoint = self.env.cr.savepoint()
        try:
            call()
        finally:
            self.env.flush_all()
            savepoint.close(rollback=True)
            self.env.invalidate_all()
