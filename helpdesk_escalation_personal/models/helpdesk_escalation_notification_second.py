import logging
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.helpdesk_escalation.tools.contention import is_contention

_logger = logging.getLogger(__name__)

# What is older has long been passed over: nobody is reminded of it.
MAX_AGE = timedelta(days=2)


class HelpdeskEscalationNotification(models.Model):
    """The reminder by a person's second channel, once, while nobody is on it."""

    _inherit = "helpdesk.escalation.notification"

    is_reminder = fields.Boolean(
        readonly=True,
        help="The person had not reacted, and was reminded by their second channel.",
    )
    is_reminded = fields.Boolean(
        readonly=True,
        copy=False,
        help="The person was reminded of it by their second channel.",
    )

    @api.model
    def _process_outbox(self, now, left):
        try:
            for incident, lines in (
                self._find_to_remind(now).grouped("incident_id").items()
            ):
                lines._guard_reminder(incident, now)
        except Exception:
            self.env.cr.rollback()
            _logger.exception("Reminders are left to the next run")
        return super()._process_outbox(now, left)

    @api.model
    def _find_unreminded(self, now):
        """Return the open notifications of people who want to be reminded."""
        people = self.env["res.users"].search(
            [("escalation_second_channel", "!=", False)]
        )
        if not people:
            return self.browse()
        return self.search(
            [
                ("user_id", "in", people.ids),
                ("state", "in", ("pending", "sent")),
                ("is_reminded", "=", False),
                ("is_reminder", "=", False),
                ("held_until", "=", False),
                ("create_date", ">", now - MAX_AGE),
                ("incident_id.state", "=", "active"),
            ]
        )

    @api.model
    def _find_to_remind(self, now):
        return self._find_unreminded(now).filtered(
            lambda line: (line._get_reminder_date() or now) <= now
        )

    def _get_reminder_date(self):
        """Return when the person is to be reminded (naive UTC), None for never."""
        if self.channel not in self._get_channels():
            return None
        since = self.queued_date or self.sent_date or self.create_date
        minutes = self.user_id.escalation_second_minutes or 0
        return since.replace(microsecond=0) + timedelta(minutes=minutes)

    def _guard_reminder(self, incident, now):
        """Remind of one incident, in a transaction of its own."""
        try:
            self._remind_held(now)
            self.env["ir.cron"]._commit_progress()
        except Exception as error:
            self.env.cr.rollback()
            if is_contention(error):
                _logger.info("Reminders of %s are left to the next run", incident)
            else:
                _logger.warning("%s could not be reminded of", incident, exc_info=True)

    def _remind_held(self, now):
        """Remind of those that nobody else holds and nobody has taken meanwhile."""
        lines = self._lock_and_reread()
        incident = lines.incident_id
        policy = incident.policy_id
        if incident.state != "active" or not policy._is_open(now):
            return
        for speaking in incident._in_company_terms():
            reminders = self.browse()
            for line in lines.with_env(speaking.env):
                second = line._get_second_channel()
                if second:
                    reminders += line._copy_as_reminder(second)
            if reminders:
                names = ", ".join(reminders.user_id.mapped("name"))
                reminders._deliver()
                words = speaking.env._("Reminded by their second channel: %s.", names)
                speaking._log_on_tickets({speaking: words})
        lines.is_reminded = True

    def _get_second_channel(self):
        """Return by which channel to remind the person; False where not at all."""
        if self.state not in ("pending", "sent") or not self._is_live():
            return False
        if self.incident_id._is_on_it(self.user_id):
            # More people are needed, and this one has reacted.
            return False
        second = self.user_id._escalation_get_second(
            self.incident_id.policy_id, self.channel
        )
        if not second or self._get_obstacle(second):
            return False
        # They may have been notified by that one as well, by whatever step.
        known = self.incident_id.notification_ids.filtered(
            lambda one: (
                one.user_id == self.user_id
                and one.channel == second
                and one.round == self.round
                and one.state != "skipped"
            )
        )
        return False if known else second

    def _copy_as_reminder(self, channel):
        return self.copy(
            {
                "channel": channel,
                "state": "pending",
                "is_reminder": True,
                "is_fallback": self.is_fallback,
                "attempts": 0,
                "activity_id": False,
                "mail_id": False,
                "mail_message_id": False,
                "queued_date": False,
                "sent_date": False,
                "access_granted": False,
                "reason": self.env._("Reminder: there was no reaction."),
            }
        )
