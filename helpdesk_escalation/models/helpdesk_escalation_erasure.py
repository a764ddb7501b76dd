from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.erasing import Words

WORDS_DAYS = "helpdesk_escalation.words_days"
NOTIFICATIONS_DAYS = "helpdesk_escalation.notifications_days"
# Incidents, or other records, in one transaction.
AT_ONCE = 500
# What is kept of an internal message: that there was one, whose, and when.
MESSAGE_FIELDS = (
    "body",
    "subject",
    "email_from",
    "incoming_email_to",
    "incoming_email_cc",
    "outgoing_email_to",
)
INCIDENT = "helpdesk.escalation.incident"


class HelpdeskEscalationErasure(models.AbstractModel):
    """S16: words go when their time is over; figures stay."""

    _name = "helpdesk.escalation.erasure"
    _description = "Erasure of Words"

    @api.model
    def _get_words(self):
        """Say where words are kept; an add-on adds what it keeps.

        :rtype: list[Words]
        """
        return [
            Words(
                INCIDENT,
                fields=("error", "snooze_reason"),
                incidents="id",
                users=("confirmed_by_id",),
            ),
            Words(
                "helpdesk.escalation.confirmation",
                fields=("snooze_reason",),
                incidents="incident_id",
                users=("user_id",),
            ),
            Words(
                "helpdesk.escalation.cause",
                fields=("detail",),
                incidents="incident_id",
                author="message_id.author_id",
            ),
            Words(
                "helpdesk.escalation.notification",
                fields=("reason",),
                named=("step_name",),
                incidents="incident_id",
                users=("user_id",),
                of_notifications=True,
            ),
        ]

    # ------------------------------------------------------------------
    # When their time is over
    # ------------------------------------------------------------------

    @api.autovacuum
    def _gc_words(self):
        """Remove what has been kept for as long as the settings say."""
        done = 0
        is_more = False
        for of_notifications in (False, True):
            limit = self._get_limit(of_notifications)
            if not limit:
                continue
            incidents = self.env[INCIDENT].search(
                self._get_due_domain(limit, of_notifications),
                order="id",
                limit=AT_ONCE,
            )
            self._remove_from(incidents, of_notifications, "retention")
            done += len(incidents)
            is_more |= len(incidents) == AT_ONCE
            if not of_notifications:
                loose = self._remove_loose(limit)
                done += sum(loose)
                is_more |= AT_ONCE in loose
        return done, is_more

    @api.model
    def _get_limit(self, of_notifications):
        """Return since when words are kept, naive UTC; False when for ever."""
        parameter = NOTIFICATIONS_DAYS if of_notifications else WORDS_DAYS
        # Sudo: parameters are the system's.
        days = self.env["ir.config_parameter"].sudo().get_param(parameter)
        days = int(days) if days and str(days).isdecimal() else 0
        return days and fields.Datetime.now() - timedelta(days=days)

    @api.model
    def _get_due_domain(self, limit, of_notifications):
        """Find the incidents that have been resolved for longer than words are kept.

        What was erased with a contact may have had words since.
        """
        if of_notifications:
            kept = Domain("notifications_removed_date", "=", False)
        else:
            kept = Domain("words_removed_date", "=", False)
            kept |= Domain("words_removed_why", "=", "person")
        resolved = Domain("state", "=", "resolved")
        return resolved & Domain("resolved_date", "<", limit) & kept

    @api.model
    def _remove_from(self, incidents, of_notifications, why):
        """Remove the words of incidents, or what is kept of their notifications.

        :param str why: one of the selection ``words_removed_why``
        """
        if not incidents:
            return
        for words, records in self._find_of_incidents(incidents, of_notifications):
            self._empty(words, records)
        self._empty_messages(self._find_messages(incidents, of_notifications))
        if not of_notifications:
            # The mails stay, but for the client and the ticket that they name.
            self._find_subjects(incidents).write({"subject": False})
        self._mark(incidents, of_notifications, why)

    @api.model
    def _mark(self, incidents, of_notifications, why):
        """Say on incidents that words are gone, and why."""
        now = fields.Datetime.now()
        if of_notifications:
            incidents.write({"notifications_removed_date": now})
        else:
            incidents.write({"words_removed_date": now, "words_removed_why": why})

    @api.model
    def _find_of_incidents(self, incidents, of_notifications):
        """Find the records of incidents that hold words: (words, records)."""
        for words in self._get_words():
            if words.incidents and words.of_notifications == of_notifications:
                yield (
                    words,
                    self._find(words, Domain(words.incidents, "in", incidents.ids)),
                )

    @api.model
    def _find(self, words, domain, **options):
        """Find the records of which a field is not empty."""
        return (
            self.env[words.model]
            .with_context(active_test=False)
            .search(
                Domain(words.domain)
                & domain
                & Domain.OR([Domain(name, "!=", False) for name in words.fields]),
                **options,
            )
        )

    @api.model
    def _remove_loose(self, limit):
        """Remove what belongs to no incident, and not to a ticket that has one open.

        :return: how many records, per place where words are kept
        """
        counts = []
        still_open = self.env[INCIDENT].search([("state", "!=", "resolved")]).ticket_id
        for words in self._get_words():
            if not words.moment:
                continue
            domain = Domain(words.moment, "<", limit)
            if words.ticket:
                domain &= Domain(words.ticket, "not in", still_open.ids)
            records = self._find(words, domain, order="id", limit=AT_ONCE)
            self._empty(words, records)
            counts.append(len(records))
        return counts

    # ------------------------------------------------------------------
    # What is done to words
    # ------------------------------------------------------------------

    @api.model
    def _empty(self, words, records):
        """Remove the words from records; an add-on removes what hangs on them too."""
        if records:
            records.write(dict.fromkeys(words.fields, False))

    @api.model
    def _find_messages(self, incidents, of_notifications=None):
        """Find what was written on incidents, and the mails that are filed there.

        :param bool of_notifications: only the mails, or only the rest; both if None
        """
        domain = Domain("model", "=", INCIDENT) & Domain("res_id", "in", incidents.ids)
        if of_notifications is not None:
            is_mail = Domain("message_type", "=", "user_notification")
            domain &= is_mail if of_notifications else ~is_mail
        return self.env["mail.message"].search(domain)

    @api.model
    def _find_subjects(self, incidents):
        """Find the mails that say in their subject which ticket they are about."""
        mails = self._leave_queued(self._find_messages(incidents, True))
        return mails.filtered("subject")

    @api.model
    def _leave_queued(self, messages):
        """Leave out what Odoo's queue has still to send: it goes as it was written."""
        queued = self.env["mail.mail"].search(
            [
                ("mail_message_id", "in", messages.ids),
                ("state", "in", ("outgoing", "exception")),
            ]
        )
        return messages - queued.mail_message_id

    @api.model
    def _empty_messages(self, messages):
        """Leave of internal messages that they were there: replies are filed by them.

        :param messages: of our own records, or our own notes on tickets
        """
        messages.attachment_ids.unlink()
        messages.tracking_value_ids.unlink()
        messages.notification_ids.write(
            {"failure_reason": False, "mail_email_address": False}
        )
        messages.write(dict.fromkeys(MESSAGE_FIELDS, False))
