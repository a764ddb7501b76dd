import logging

from odoo import models

_logger = logging.getLogger(__name__)


class HelpdeskEscalationEngine(models.AbstractModel):
    """R9, mails: written at the end of a run, and looked after until they are sent."""

    _inherit = "helpdesk.escalation.engine"

    def _tend_mails(self, now):
        """Write the mails of the run, and learn what became of those before (R9).

        The lines written with the steps are the outbox. Many mails to one person
        become one digest; a mail that cannot be written now is written by the next
        run, and after some tries becomes an activity.

        :param datetime now: naive UTC
        """
        pending = self.env["helpdesk.escalation.notification"].search(
            [
                ("channel", "=", "email"),
                ("state", "=", "pending"),
                "|",
                "|",
                ("queued_date", "=", False),
                ("mail_id", "=", False),
                ("mail_id.state", "!=", "outgoing"),
            ]
        )
        unwritten = pending.filtered(lambda line: not line.queued_date)
        self._sync_mails(now, pending - unwritten)
        for of_person in unwritten.grouped("user_id").values():
            self._write_mails(of_person)

    def _write_mails(self, notifications):
        """Write one person's mails, in a transaction of their own."""
        try:
            notifications._queue_mails()
            self.env["ir.cron"]._commit_progress()
        except Exception as error:
            self.env.cr.rollback()
            if self._is_contention(error):
                return
            _logger.warning("%s could not be mailed", notifications, exc_info=True)
            try:
                notifications._register_mail_failure(str(error))
                self.env["ir.cron"]._commit_progress()
            except Exception:
                self.env.cr.rollback()
                _logger.exception("The fault of %s could not be kept", notifications)

    def _sync_mails(self, now, notifications):
        """Learn what became of the mails; one that fails stops none of the others."""
        if not notifications:
            return
        try:
            notifications._sync_mails(now)
            self.env["ir.cron"]._commit_progress()
        except Exception as error:
            self.env.cr.rollback()
            if len(notifications) > 1:
                for notification in notifications:
                    self._sync_mails(now, notification)
            elif not self._is_contention(error):
                _logger.warning(
                    "The mail of %s is left to the next run",
                    notifications,
                    exc_info=True,
                )
