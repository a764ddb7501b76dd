import logging
import time

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.helpdesk_escalation.tools.contention import (
    CONTENTION_TRIES,
    is_contention,
)

from ..tools.signature import sign
from .ir_cron import JOB

_logger = logging.getLogger(__name__)

# How long a run of the job stays with one webhook, so that the others have their turn.
WEBHOOK_SECONDS = 20
LINES_AT_ONCE = 200
# What says that the receiver is busy rather than that it refuses a message.
BUSY = (408, 425, 429)


class HelpdeskEscalationWebhook(models.Model):
    """The sending: in order, signed, and nobody waits for one that does not answer."""

    _inherit = "helpdesk.escalation.webhook"

    @api.model
    def _trigger_delivery(self):
        """Have the job run as soon as this transaction ends; once is enough."""
        job = self.env.ref(JOB, raise_if_not_found=False)
        if job and not self.env["ir.cron.trigger"].sudo().search_count(
            [("cron_id", "=", job.id), ("call_at", "<=", fields.Datetime.now())],
            limit=1,
        ):
            job.sudo()._trigger()

    @api.model
    def _cron_deliver(self):
        """Send what waits: the job that comes every 5 minutes, and when there is news.

        It never raises. Nothing is locked while a receiver is being called.
        """
        # As the system, whoever lets it run.
        self = self.with_user(SUPERUSER_ID)
        self.env["helpdesk.escalation.heartbeat"]._call_due()
        progress = self.env["ir.cron"]
        webhooks = self._find_due()
        left = len(webhooks)
        for webhook in webhooks:
            left -= 1
            try:
                webhook._deliver()
            except Exception:
                self.env.cr.rollback()
                _logger.exception("%s is left to the next run", webhook)
            if not progress._commit_progress(1, remaining=left):
                break

    @api.model
    def _find_due(self):
        """Return the webhooks for which something is due, the longest wait first.

        So one that does not answer comes last the next time.
        """
        groups = self.env["helpdesk.escalation.webhook.delivery"]._read_group(
            [
                ("state", "=", "pending"),
                ("webhook_id.active", "=", True),
                ("next_try_date", "<=", fields.Datetime.now()),
            ],
            ["webhook_id"],
            order="next_try_date:min",
        )
        return [webhook for (webhook,) in groups]

    def _deliver(self):
        """Send what waits for one webhook, in the order in which it happened.

        While the receiver does not answer all of it waits, as one attempt is made for
        all. What the receiver refuses is put off by itself, and the next one follows.
        """
        self.ensure_one()
        deadline = time.monotonic() + WEBHOOK_SECONDS
        now = fields.Datetime.now()
        lines = self.env["helpdesk.escalation.webhook.delivery"].search(
            [
                ("webhook_id", "=", self.id),
                ("state", "=", "pending"),
                "|",
                ("next_try_date", "<=", now),
                ("is_refused", "=", False),
            ],
            order="id",
            limit=LINES_AT_ONCE,
        )
        for position, line in enumerate(lines):
            if line.exists().state != "pending" or not self.active:
                # Somebody has taken it back meanwhile.
                continue
            outcome = self._send(line)
            status = outcome.status or 0
            if 200 <= status < 300:
                self._keep(line._register_sent)
                is_answering = True
            else:
                words = self._get_outcome_words(outcome)
                is_answering = 300 <= status < 500 and status not in BUSY
                tried = line
                if not is_answering:
                    # All that was due has been tried in vain.
                    tried = (
                        lines[position:]
                        .exists()
                        .filtered(
                            lambda one: (
                                one.state == "pending" and one.next_try_date <= now
                            )
                        )
                    )
                self._keep(tried._register_failure, words, is_answering)
            if not is_answering or time.monotonic() > deadline:
                break

    def _send(self, line):
        """Call the receiver; nothing of the database is held meanwhile.

        :rtype: Outcome
        """
        body = line.body.encode()
        timestamp = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Helpdesk-Escalation",
            "webhook-id": line.message_key,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self.secret, line.message_key, timestamp, body),
        }
        url = self.url
        self.env["ir.cron"]._commit_progress()
        return self._call("POST", url, headers, body)

    @api.model
    def _keep(self, register, *args):
        """Write down what came of a call, also where somebody is at the same lines."""
        for tries_left in reversed(range(CONTENTION_TRIES)):
            try:
                register(*args)
                self.env["ir.cron"]._commit_progress()
                return
            except Exception as error:
                self.env.cr.rollback()
                if not tries_left or not is_contention(error):
                    _logger.warning("%s: the outcome could not be kept", self)
                    return
