import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.contention import is_contention
from ..tools.locks import lock_rows

_logger = logging.getLogger(__name__)

MAIL_QUEUE = "mail.ir_cron_mail_scheduler_action"
# How long a mail may be in Odoo's queue while that sends nothing, and at all.
PATIENCE_IDLE = timedelta(minutes=15)
PATIENCE = timedelta(minutes=60)


class HelpdeskEscalationNotification(models.Model):
    """R9: a mail counts as under way until it proves otherwise.

    Odoo's queue takes the newest 1000 mails first, so that a newsletter may hold ours
    back: while it sends, ours are on their way. When it sends nothing, or takes too
    long, they are cancelled and people get a notification instead.
    """

    _inherit = "helpdesk.escalation.notification"

    # What the last run saw of Odoo's queue: nothing in it says when it sent something,
    # and what is sent is mostly deleted.
    queue_newest_id = fields.Integer(
        readonly=True, help="The newest mail there was when a run last looked."
    )
    queue_left = fields.Integer(
        readonly=True, help="How many mails up to that one were in the queue then."
    )
    queue_moves = fields.Boolean(
        readonly=True,
        help="Odoo's queue has sent something since the mail was written.",
    )

    @api.model
    def _is_mail_queue_off(self):
        """Whether the job that sends Odoo's mails is switched off."""
        # Sudo: who looks need not read scheduled actions.
        job = self.env.ref(MAIL_QUEUE, raise_if_not_found=False)
        return not job or not job.sudo().active

    def _see_to_queued_mails(self, now, is_sending):
        """Cancel the mails that Odoo's queue does not send, and notify otherwise (R9).

        A fault, or somebody who holds one of them, leaves it to the next run.

        :param datetime now: naive UTC
        :param bool is_sending: whether the queue has sent a mail of ours just now
        """
        if not self:
            return
        try:
            self._watch_queue(is_sending)
            is_off = self._is_mail_queue_off()
            for reason, lines in self.grouped(
                lambda line: line._get_stuck_reason(now, is_off)
            ).items():
                if reason:
                    lines._take_from_queue(reason)
            self.env["ir.cron"]._commit_progress()
        except Exception as error:
            self.env.cr.rollback()
            if len(self) > 1:
                for line in self:
                    line._see_to_queued_mails(now, is_sending)
            elif not is_contention(error):
                _logger.warning(
                    "The mail of %s is left in the queue", self, exc_info=True
                )

    def _watch_queue(self, is_sending):
        """Keep whether Odoo's queue sends: fewer are left of what was in it before."""
        self.env["mail.mail"].flush_model(["state"])
        newest_id, newest_sent_id, left = self.env.execute_query(
            SQL(
                """
            SELECT (SELECT MAX(id) FROM mail_mail),
                   (SELECT MAX(id) FROM mail_mail WHERE state = 'sent'),
                   (SELECT COUNT(*) FROM mail_mail WHERE state = 'outgoing')
                """
            )
        )[0]
        left_of = {
            mark: self.env["mail.mail"].search_count(
                [("state", "=", "outgoing"), ("id", "<=", mark)]
            )
            for mark in set(self.mapped("queue_newest_id"))
            if mark
        }
        moving = self.filtered(
            lambda line: is_sending
            or (newest_sent_id or 0) > line.mail_id.id
            or left_of.get(line.queue_newest_id, 0) < line.queue_left
        )
        held = lock_rows(self)
        held.write({"queue_newest_id": newest_id, "queue_left": left})
        (held & moving).write({"queue_moves": True})

    def _get_stuck_reason(self, now, is_off):
        """Say why a mail in Odoo's queue does not count as under way, if so."""
        since = max(self.queued_date, self.mail_id.scheduled_date or self.queued_date)
        if is_off and since <= now - PATIENCE_IDLE:
            return self.env._("Odoo's email queue is switched off.")
        if self.queued_date <= now - PATIENCE or (
            not self.queue_moves and since <= now - PATIENCE_IDLE
        ):
            return self.env._("The email was not sent in time.")
        return False

    def _take_from_queue(self, reason):
        """Cancel the mails first, and notify by an activity then (R9).

        A mail that somebody holds is on its way out: it is let go.
        """
        held = self._lock_and_reread().filtered(lambda line: line.state == "pending")
        mails = lock_rows(held.mail_id)
        mails.invalidate_recordset(["state"])
        mails = mails.filtered(lambda mail: mail.state == "outgoing")
        mails.write({"state": "cancel"})
        mails.flush_recordset()
        held.filtered(lambda line: line.mail_id in mails)._give_up_mail(reason)

    def _give_up_mail(self, reason):
        """Keep that mails did not arrive, and why, and notify by an activity."""
        wanted = self.filtered(lambda line: line.incident_id.state == "active")
        (self - wanted).write({"state": "cancelled"})
        wanted.write({"state": "failed", "reason": reason})
        wanted.incident_id.write({"mail_failed": True})
        wanted._fall_back_to_activity(reason)

    def _leave_out_leavers(self):
        """Leave out whom no mail is to reach any more, such as who was archived.

        :return: the other lines
        """
        reasons = {line: line._get_obstacle("email") for line in self}
        gone = self.filtered(reasons.get)
        for line in gone:
            line.write({"state": "cancelled", "reason": reasons[line]})
        gone._fall_back_to_activity()
        return self - gone
