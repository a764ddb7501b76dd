import logging
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.helpdesk_escalation.tools.contention import (
    CONTENTION_TRIES,
    is_contention,
)
from odoo.addons.helpdesk_escalation.tools.locks import lock_rows

from .helpdesk_escalation_chat_sender import SendingError
from .helpdesk_escalation_notification_words import MAX_MESSAGES

_logger = logging.getLogger(__name__)

# Minutes until the next attempt; after the last one people get a notification.
RETRY_MINUTES = (1, 5)
# How long a message may be under way at all, and how long its attempt.
PATIENCE = timedelta(minutes=15)
ATTEMPT_PATIENCE = timedelta(minutes=5)


class HelpdeskEscalationNotification(models.Model):
    """R9, chat: sending, outside of the run.

    An attempt is *claimed*, which is committed, before anything is sent, and what came
    of it is written down afterwards. So no lock is held while another server is asked,
    and a crash in between repeats no message: nobody knows whether it has arrived, and
    so the person is notified in Odoo as well.
    """

    _inherit = "helpdesk.escalation.notification"

    @api.model
    def _cron_send_chats(self):
        """Send what is due: person by person and room by room.

        Whoever has an address that failed before comes last, and nobody's failure is
        another's.
        """
        now = fields.Datetime.now()
        self._give_up_late_chats(now)
        cron = self.env["ir.cron"]
        piles = self._get_chat_piles(now)
        left = len(piles)
        cron._commit_progress(remaining=left)
        for lines, is_news in piles:
            lines._send_pile(is_news)
            left -= 1
            if not cron._commit_progress(1, remaining=left):
                break

    @api.model
    def _get_chat_piles(self, now):
        """Return what is due: the lines of a person or room, and whether it is news.

        :param datetime now: naive UTC
        """
        due = [
            ("chat_claimed_date", "=", False),
            "|",
            ("chat_next_date", "=", False),
            ("chat_next_date", "<=", now),
        ]
        waiting = self.search(
            [("channel", "in", ("chat", "room")), ("state", "=", "pending"), *due]
        )
        piles = [
            (lines, False)
            for lines in waiting.grouped(
                lambda line: (line.user_id, line.chat_room_id)
            ).values()
        ]
        news = self.search([("room_news_pending", "=", True), *due])
        piles += [(lines, True) for lines in news.grouped("chat_room_id").values()]
        return sorted(piles, key=lambda pile: max(pile[0].mapped("attempts")))

    def _send_pile(self, is_news):
        """Send what one person or room is to get, message by message."""
        if is_news:
            messages = [(line, line.room_news) for line in self]
        elif len(self) > MAX_MESSAGES or (len(self) > 1 and self._has_one_cause()):
            messages = [(self, False)]
        else:
            messages = [(line, False) for line in self]
        fault = None
        for lines, news in messages:
            # An address that has just failed is not asked again for each of them.
            fault = lines._send_chat(news, fault)

    def _send_chat(self, news, fault=None):
        """Send one message; it never raises (R13).

        :param str news: what has become of it since, for a second post in a room
        :param fault: why the message before could not be sent to the same place
        :return: why it could not be sent, None when it was
        :rtype: SendingError | None
        """
        lines = self.browse()
        try:
            lines = self._claim_chat(news)
            if lines and not fault:
                if lines._send_claimed(news):
                    return None
        except SendingError as error:
            fault = error
        except Exception as error:
            self.env.cr.rollback()
            if is_contention(error):
                # Somebody confirms just now: the next run of the job sees what is left.
                self._wake_chat_job()
                return None
            _logger.warning("%s could not be sent", self, exc_info=True)
            fault = SendingError(self.env._("The message could not be written."))
            lines = lines or self
        if lines:
            lines._note_outcome(news, fault)
        return fault

    def _claim_chat(self, news):
        """Take what is still wanted, so that nobody else sends it."""
        held = self._lock_and_reread()
        if held != self:
            # Somebody confirms just now, which takes no time.
            self._wake_chat_job(fields.Datetime.add(fields.Datetime.now(), minutes=1))
        held = held.filtered(lambda line: line._is_chat_due(news))
        if not news:
            held = held._leave_out_chat_leavers()
        held.write({"chat_claimed_date": fields.Datetime.now()})
        return held

    def _is_chat_due(self, news):
        if self.chat_claimed_date:
            return False
        if news:
            return self.room_news_pending and self.room_news == news
        return self.state == "pending"

    def _leave_out_chat_leavers(self):
        """Leave out whom no message is to reach any more, such as who was archived.

        :return: the other lines
        """
        reasons = {
            line: line._get_obstacle("chat") for line in self if line.channel == "chat"
        }
        gone = self.filtered(reasons.get)
        for line in gone:
            line.write({"state": "cancelled", "reason": reasons[line]})
        gone._fall_back_to_activity()
        return self - gone

    def _send_claimed(self, news):
        """Send what was claimed, as one message.

        To other servers nothing is sent before the claim is committed. In Discuss it is
        one transaction with the claim and with what came of it.

        :return: whether what came of it is written down
        :raise SendingError: when it was not possible
        """
        message = self._prepare_chat_message(news)
        person, room = self.user_id, self.chat_room_id
        if person:
            address = person.escalation_chat_secret
        elif room:
            address = room._get_address()
        else:
            raise SendingError(self.env._("The room is gone."), is_final=True)
        if address:
            self.env["ir.cron"]._commit_progress()
        if person:
            person._escalation_send_chat(message)
        else:
            room._post(message)
        if address:
            return False
        self._write_outcome(news, None)
        self.env["ir.cron"]._commit_progress()
        return True

    def _note_outcome(self, news, fault):
        """Write down what came of an attempt; who holds the lines now is waited for."""
        for _try in range(CONTENTION_TRIES):
            try:
                lock_rows(self.incident_id, wait=True)
                lines = lock_rows(self, wait=True)
                lines.invalidate_recordset()
                lines._write_outcome(news, fault)
                self.env["ir.cron"]._commit_progress()
                return
            except Exception as error:
                self.env.cr.rollback()
                if not is_contention(error):
                    _logger.warning("%s: unknown outcome", self, exc_info=True)
                    return

    def _write_outcome(self, news, fault):
        self.write({"chat_claimed_date": False})
        self._note_fault(fault)
        if fault:
            self._register_chat_failure(news, fault)
        elif news:
            # What has come in between is still to be posted.
            self.filtered(lambda line: line.room_news == news).write(
                {"room_news_pending": False}
            )
        else:
            # Whatever has become of it meanwhile: it has arrived.
            self.write(
                {"state": "sent", "sent_date": fields.Datetime.now(), "reason": False}
            )

    def _note_fault(self, fault):
        """Keep for the health why a place cannot be reached, as long as that is so."""
        words = fault.args[0] if fault else False
        for place, name in (
            (self.chat_room_id, "error"),
            (self.filtered("user_id").user_id, "escalation_chat_error"),
        ):
            if place and place[name] != words:
                place[name] = words

    def _register_chat_failure(self, news, fault):
        """Count a failed attempt; after the last one people get a notification (R9)."""
        attempts = max(self.mapped("attempts")) + 1
        self.write({"attempts": attempts, "reason": fault.args[0]})
        if attempts <= len(RETRY_MINUTES) and not fault.is_final:
            minutes = RETRY_MINUTES[attempts - 1]
            next_date = fields.Datetime.add(fields.Datetime.now(), minutes=minutes)
            self.write({"chat_next_date": next_date})
            self._wake_chat_job(next_date)
        elif news:
            self.write({"room_news_pending": False})
        else:
            self.filtered(lambda line: line.state == "pending")._give_up_chat(
                fault.args[0]
            )

    def _give_up_chat(self, reason):
        """Keep that messages did not arrive, and why, and notify by an activity."""
        wanted = self.filtered(lambda line: line.incident_id.state == "active")
        (self - wanted).write({"state": "cancelled"})
        wanted.write({"state": "failed", "reason": reason})
        people = wanted.filtered(lambda line: line.channel == "chat")
        people._fall_back_to_activity(reason)

    # ------------------------------------------------------------------
    # Looking after it in the run
    # ------------------------------------------------------------------

    @api.model
    def _process_outbox(self, now, left):
        """See also to messages that the job does not send, whatever holds it up."""
        result = super()._process_outbox(now, left)
        self._give_up_late_chats(now)
        return result

    @api.model
    def _give_up_late_chats(self, now):
        """Notify in Odoo whom no message reaches in time, as for mails (R9).

        So it is with an attempt whose outcome nobody has written down. It never raises.

        :param datetime now: naive UTC
        """
        late = self.search(
            [
                ("channel", "in", ("chat", "room")),
                "|",
                "&",
                ("chat_claimed_date", "<", now - ATTEMPT_PATIENCE),
                "|",
                ("state", "=", "pending"),
                ("room_news_pending", "=", True),
                "&",
                "&",
                ("chat_claimed_date", "=", False),
                ("state", "=", "pending"),
                ("queued_date", "<", now - PATIENCE),
            ]
        )
        for line in late:
            try:
                for held in line._lock_and_reread():
                    held._give_up_late_chat()
                self.env["ir.cron"]._commit_progress()
            except Exception as error:
                self.env.cr.rollback()
                if not is_contention(error):
                    _logger.warning("%s is left to the next run", line, exc_info=True)

    def _give_up_late_chat(self):
        reason = self.env._("The chat message was not sent in time.")
        if self.chat_claimed_date:
            reason = self.env._("It is not known whether the message has arrived.")
            # A second post may be there.
            self.write({"chat_claimed_date": False, "room_news_pending": False})
        self.filtered(lambda line: line.state == "pending")._give_up_chat(reason)
