import logging

from odoo import api, fields, models
from odoo.tools import ormcache

from ..tools.contention import CONTENTION_TRIES, is_contention
from ..tools.locks import lock_rows

_logger = logging.getLogger(__name__)

# How much of it a run sees to, whose own work follows.
NEWS_AT_ONCE = 500


class HelpdeskEscalationDelivery(models.Model):
    """What became of a mail, kept until it has been seen to (R2, R9).

    Such news comes while mails are fetched or sent, which nobody repeats: a mail that
    was fetched is not read again, and one that was sent must not be sent twice. So it
    is only added here, which meets nobody's lock. The run sees to it, and tries again
    when somebody is at work on the same ticket.
    """

    _name = "helpdesk.escalation.delivery"
    _description = "News of a Delivery"
    _order = "id"

    message_id = fields.Many2one(
        comodel_name="mail.message",
        required=True,
        ondelete="cascade",
        index=True,
        help="What was mailed.",
    )
    date = fields.Datetime(
        required=True,
        default=lambda self: fields.Datetime.now(),
        help="When it was known.",
    )
    has_arrived = fields.Boolean(
        help="Odoo has sent the mail after all; otherwise it has failed."
    )
    addresses = fields.Char(
        help="Where it could not be delivered, as a mail server reports it, separated "
        "by commas. Whom our own server refused, Odoo's notifications tell."
    )
    reason = fields.Char(help="What the mail server says.")

    @api.model
    def _add(self, message, **values):
        """Keep news of a mail, and have the run come for it.

        :param message: the ``mail.message`` that was mailed
        """
        is_first = not self._may_be_there()
        # Sudo: it is the system's, whoever fetches or sends mails.
        news = self.sudo().create({"message_id": message.id, **values})
        if is_first:
            forget = self.env.registry.clear_cache
            forget()
            # Whoever asked before this was committed has kept the old answer.
            self.env.cr.postcommit.add(forget)
        self.env["helpdesk.escalation.engine"]._trigger_run()
        return news

    @api.model
    @ormcache()
    def _may_be_there(self):
        """Whether there is any news: where there never was, the run does not look."""
        # Sudo: one answer is kept for everybody.
        return bool(self.sudo().search_count([], limit=1))

    def _see_to_now(self):
        """See to it at once where nobody holds the ticket; else it is the run's."""
        try:
            with self.env.cr.savepoint():
                self._see_to()
        except Exception as error:
            if not is_contention(error):
                _logger.warning("%s is left to the run", self, exc_info=True)

    @api.model
    def _process_all(self):
        """See to all news, each in a transaction of its own; it never raises (R13)."""
        try:
            if self._may_be_there():
                for news in self.search([], limit=NEWS_AT_ONCE):
                    news._process()
        except Exception:
            self.env.cr.rollback()
            _logger.exception("News of mails is left to the next run")

    def _process(self):
        for tries_left in reversed(range(CONTENTION_TRIES)):
            try:
                self._see_to()
                self.env["ir.cron"]._commit_progress()
                return
            except Exception as error:
                self.env.cr.rollback()
                if not is_contention(error):
                    _logger.warning("%s is left to the next run", self, exc_info=True)
                    return
                if not tries_left:
                    _logger.info("%s is left to the next run", self)

    def _see_to(self):
        """Draw the consequences; what somebody holds is kept for another time."""
        for news in lock_rows(self):
            if news._draw_consequences():
                news.unlink()

    def _draw_consequences(self):
        """Do what follows from one piece of news.

        :return: whether it is done; not while somebody is at work on the same ticket
        """
        self.ensure_one()
        message = self.message_id
        lines = self.env["helpdesk.escalation.notification"].search(
            [("mail_message_id", "=", message.id)]
        )
        if lines:
            return lines._register_bounce(self.reason or "")
        return message._escalation_register_delivery(self)
