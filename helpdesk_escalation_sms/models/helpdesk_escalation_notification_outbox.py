import logging
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.helpdesk_escalation.tools.contention import is_contention

from .helpdesk_escalation_notification import SENT_STATES

_logger = logging.getLogger(__name__)

QUEUE = "sms.ir_cron_sms_scheduler_action"
# More texts than this to one person in one run become one.
MAX_SMS_AT_ONCE = 3
# How long a text waits at most for what else its reader is told in a flood.
FLOOD_PATIENCE = timedelta(minutes=5)
# How long a text may be in Odoo's queue.
PATIENCE = timedelta(minutes=15)


class HelpdeskEscalationNotification(models.Model):
    """R9, SMS: the pending lines are the outbox, and Odoo's SMS queue sends.

    What fails is not tried again, as an alarm is urgent: it becomes a notification.
    """

    _inherit = "helpdesk.escalation.notification"

    @api.model
    def _process_outbox(self, now, left):
        result = super()._process_outbox(now, left)
        try:
            self._process_sms(now, left)
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The texts are left to the next run")
        return result

    def _process_sms(self, now, left):
        # One search for all that may be to do, as there is nothing on most runs.
        lines = self.search(
            [
                ("channel", "=", "sms"),
                "|",
                ("state", "=", "pending"),
                "&",
                ("state", "=", "sent"),
                ("sms_failure", "!=", False),
            ]
        )
        unwritten = lines.filtered(
            lambda line: line.state == "pending" and not line.queued_date
        )
        for line in lines - unwritten:
            line._guard_sms(line._learn_of_sms, now)
        if left:
            unwritten = unwritten.filtered(
                lambda line: line.create_date < now - FLOOD_PATIENCE
            )
        for of_person in unwritten.grouped("user_id").values():
            of_person._guard_sms(of_person._write_sms)

    def _guard_sms(self, verb, *args):
        """Do something in a transaction of its own: a fault stops no others."""
        try:
            verb(*args)
            self.env["ir.cron"]._commit_progress()
        except Exception as error:
            self.env.cr.rollback()
            if is_contention(error):
                _logger.info("%s is left to the next run", self)
                return
            _logger.warning("%s could not be sent by SMS", self, exc_info=True)
            self._note_sms_fault(error)

    def _note_sms_fault(self, error):
        """Have people notified otherwise where a text could not be written."""
        try:
            held = self._lock_and_reread()
            held.filtered(lambda line: line.state == "pending")._give_up_sms(str(error))
            self.env["ir.cron"]._commit_progress()
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The fault of %s could not be kept", self)

    def _write_sms(self):
        """Queue one person's texts: one a ticket, or one for all of them."""
        lines = self._lock_and_reread().filtered(
            lambda line: line.state == "pending" and not line.queued_date
        )
        reasons = {line: line._get_obstacle("sms") for line in lines}
        for reason, unreachable in lines.grouped(reasons.get).items():
            if reason:
                unreachable._give_up_sms(reason)
        lines = lines.filtered(lambda line: not reasons[line])
        digestible = lines.filtered(lambda line: line._is_digestible())
        piles = list(lines - digestible)
        if len(digestible) > MAX_SMS_AT_ONCE:
            piles.append(digestible)
        else:
            piles += list(digestible)
        texts = self.env["sms.sms"].create([pile._prepare_sms() for pile in piles])
        # The provider's report of it finds the way back by this.
        self.env["sms.tracker"].create([{"sms_uuid": text.uuid} for text in texts])
        now = fields.Datetime.now()
        for pile, text in zip(piles, texts, strict=True):
            pile.write({"sms_id": text.id, "sms_uuid": text.uuid, "queued_date": now})

    def _learn_of_sms(self, now):
        """Learn what became of a text; what did not arrive becomes an activity.

        :param datetime now: naive UTC
        """
        line = self._lock_and_reread().filtered(
            lambda one: one.state in ("pending", "sent")
        )
        if not line:
            return
        text = line.sms_id
        if line.sms_failure:
            line._give_up_sms(line.sms_failure)
        elif text.state in SENT_STATES:
            line.write({"state": "sent", "sent_date": now})
        elif text.state == "error":
            line._give_up_sms(text._escalation_get_failure())
        elif text.state == "outgoing" and line.queued_date > now - PATIENCE:
            # The last run of the queue may have ended in the middle.
            self.env.ref(QUEUE)._trigger()
        elif text.state == "outgoing":
            line._give_up_sms(self.env._("The SMS was not sent in time."))
        else:
            reason = line._get_obstacle("sms")
            line._give_up_sms(
                reason or self.env._("The SMS was taken out of the queue.")
            )

    @api.model
    def _get_all_sms_uuids(self):
        return self.search([("sms_uuid", "!=", False)]).mapped("sms_uuid")
