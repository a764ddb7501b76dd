import logging
from datetime import timedelta

from odoo import api, models
from odoo.tools import split_every

from ..tools.contention import CONTENTION_TRIES, is_contention

_logger = logging.getLogger(__name__)

# How long a mail taken back is kept: Odoo's queue, which may still have it on its list,
# is through with it by then.
KEEP_CANCELLED = timedelta(hours=1)
# How long a mail waits at most for what else its reader is told in a flood.
MAIL_PATIENCE = timedelta(minutes=5)
# People whose mails are written in one transaction.
PEOPLE_AT_ONCE = 40


class HelpdeskEscalationNotification(models.Model):
    """R9, mails: written at the end of a run, and looked after until they are sent."""

    _inherit = "helpdesk.escalation.notification"

    @api.model
    def _process_outbox(self, now, left):
        """Write the mails of the run, and learn what became of those before (R9).

        The lines written with the steps are the outbox. Many mails to one person
        become one digest; a mail that cannot be written now is written by the next
        run, and after some tries becomes an activity.

        It never raises: what fails is left to the next run (R13).

        :param datetime now: naive UTC
        :param int left: tickets that the run had no time for: while there are any,
            people get one digest at the end, and not one a run
        """
        try:
            self._process_mails(now, left)
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The mails are left to the next run")

    def _process_mails(self, now, left):
        # One search for all that may be to do, as there is nothing on most runs.
        lines = self.search(
            [
                ("channel", "=", "email"),
                "|",
                "&",
                ("state", "=", "pending"),
                "|",
                "|",
                "|",
                ("queued_date", "=", False),
                ("queued_date", "<", now),
                ("mail_id", "=", False),
                ("mail_id.state", "!=", "outgoing"),
                "&",
                "&",
                ("state", "in", ("cancelled", "failed")),
                ("mail_id.state", "!=", "sent"),
                ("mail_id.write_date", "<", now - KEEP_CANCELLED),
            ]
        )
        pending = lines.filtered(lambda line: line.state == "pending")
        unwritten = pending.filtered(lambda line: not line.queued_date)
        queued = (pending - unwritten).filtered(
            lambda line: line.mail_id.state == "outgoing"
        )
        through = pending - unwritten - queued
        is_sending = any(line.mail_id.state == "sent" for line in through)
        through._learn_of_mails(now)
        self._wake_mail_queue(now, queued.mail_id)
        queued._see_to_queued_mails(now, is_sending)
        unwritten = unwritten._filtered_to_be_mailed(now, left)
        piles = unwritten.grouped("user_id").values()
        for some in split_every(PEOPLE_AT_ONCE, piles, list):
            self._write_mails_together(some)
        self._drop_mails_taken_back((lines - pending).mail_id)

    def _filtered_to_be_mailed(self, now, left):
        """Keep the lines whose mails are not to wait for others of their person."""
        if not left:
            return self
        return self.filtered(lambda line: line.create_date < now - MAIL_PATIENCE)

    def _write_mails_together(self, piles):
        """Write the mails of some people in one go, which costs less than one by one.

        Person by person if that fails, as one must not stop the others.

        :param piles: the notifications of each person
        """
        try:
            self.union(*piles)._queue_held()
        except Exception:
            self.env.cr.rollback()
            for of_person in piles:
                of_person._write_mails()

    def _wake_mail_queue(self, now, mails):
        """Have the queue run again for mails that its last run has left behind.

        A mail server that dies in the middle ends that run, and the next regular one
        comes within the hour.
        """
        if any(
            not mail.scheduled_date or mail.scheduled_date <= now
            for mail in mails.exists()
        ):
            self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
            self.env["ir.cron"]._commit_progress()

    def _write_mails(self):
        """Write one person's mails, in a transaction of their own.

        Who confirms meanwhile takes them back: then it is tried again with the rest.
        """
        for tries_left in reversed(range(CONTENTION_TRIES)):
            try:
                self._queue_held()
                return
            except Exception as error:
                self.env.cr.rollback()
                if not is_contention(error):
                    self._give_up_mails(error)
                    return
                if not tries_left:
                    _logger.info("%s are left to the next run", self)

    def _queue_held(self):
        """Write the mails of those that nobody else holds and that are still wanted."""
        self._lock_and_reread().filtered(
            lambda line: line.state == "pending" and not line.queued_date
        )._leave_out_leavers()._queue_mails()
        self.env["ir.cron"]._commit_progress()

    def _give_up_mails(self, error):
        """Count a failed try to write mails."""
        _logger.warning("%s could not be mailed", self, exc_info=True)
        try:
            self._lock_and_reread()._register_mail_failure(str(error))
            self.env["ir.cron"]._commit_progress()
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The fault of %s could not be kept", self)

    def _learn_of_mails(self, now):
        """Learn what became of the mails; one that fails stops none of the others."""
        if not self:
            return
        try:
            self._lock_and_reread().filtered(
                lambda line: line.state == "pending"
            )._sync_mails(now)
            self.env["ir.cron"]._commit_progress()
        except Exception as error:
            self.env.cr.rollback()
            if len(self) > 1:
                for notification in self:
                    notification._learn_of_mails(now)
            elif not is_contention(error):
                _logger.warning(
                    "The mail of %s is left to the next run",
                    self,
                    exc_info=True,
                )

    def _drop_mails_taken_back(self, mails):
        """Remove the mails that nobody is to get any more: Odoo keeps them for ever.

        Odoo's queue has left them out, failed to send them, or not run for long.
        """
        mails = self._get_taken_back(mails)
        if not mails:
            return
        try:
            # The mails go with their messages, which say that they were sent. Forgotten
            # first, as PostgreSQL would look for the one while it clears the other.
            messages = mails.mail_message_id
            self.search([("mail_id", "in", mails.ids)]).write(
                {"mail_id": False, "mail_message_id": False}
            )
            messages.unlink()
            self.env["ir.cron"]._commit_progress()
        except Exception as error:
            self.env.cr.rollback()
            if not is_contention(error):
                _logger.warning("%s could not be removed", mails, exc_info=True)
