import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.constants import GC_UNLINK_LIMIT

# Minutes from one attempt to the next: eight attempts in 24 hours.
WAITS = (1, 4, 25, 90, 240, 360, 720)
MAX_ATTEMPTS = len(WAITS) + 1
KEEP_DAYS = 30


class HelpdeskEscalationWebhookDelivery(models.Model):
    """One message to one webhook: what waits is the outbox, the rest is the log."""

    _name = "helpdesk.escalation.webhook.delivery"
    _description = "Webhook Delivery"
    _order = "id desc"
    _rec_name = "event"

    webhook_id = fields.Many2one(
        comodel_name="helpdesk.escalation.webhook",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
        context={"active_test": False},
    )
    company_id = fields.Many2one(related="webhook_id.company_id", store=True)
    incident_id = fields.Many2one(
        comodel_name="helpdesk.escalation.incident",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    event = fields.Selection(
        selection=[
            ("incident.opened", "Opened"),
            ("incident.step_fired", "Step fired"),
            ("incident.confirmed", "Confirmed"),
            ("incident.resolved", "Resolved"),
            ("webhook.test", "Test"),
        ],
        required=True,
        readonly=True,
    )
    message_key = fields.Char(
        string="Message ID",
        required=True,
        readonly=True,
        default=lambda self: self._default_message_key(),
        help="The same at each attempt, so that the receiver knows what it has already "
        "got (header webhook-id).",
    )
    body = fields.Text(
        string="Message",
        required=True,
        readonly=True,
        help="What is sent: JSON, as it was when it happened.",
    )
    state = fields.Selection(
        selection=[
            ("pending", "Waiting"),
            ("sent", "Delivered"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="pending",
    )
    attempts = fields.Integer(readonly=True, help="How often it was tried.")
    next_try_date = fields.Datetime(
        string="Next Attempt", readonly=True, default=lambda self: fields.Datetime.now()
    )
    is_refused = fields.Boolean(
        readonly=True,
        help="The receiver answers, but does not take this message: the ones after it "
        "do not wait for it.",
    )
    sent_date = fields.Datetime(string="Delivered On", readonly=True)
    error = fields.Char(
        string="Last Problem", readonly=True, help="What came of the last attempt."
    )

    _pending_idx = models.Index("(webhook_id, id) WHERE state = 'pending'")

    @api.model
    def _default_message_key(self):
        return f"msg_{uuid.uuid4().hex}"

    def action_send_again(self):
        """Send messages again that have failed, or that the receiver has lost.

        They keep their message ID. Those that wait are sent at once.

        :raise AccessError: for anybody but helpdesk managers
        """
        self.check_access("read")
        # Who may edit the webhook: auditors read deliveries too.
        self.webhook_id.check_access("write")
        # Sudo: deliveries are the system's. What belongs to an archived webhook stays.
        lines = self.sudo().filtered("webhook_id.active")
        lines.write(
            {
                "state": "pending",
                "attempts": 0,
                "next_try_date": fields.Datetime.now(),
                "is_refused": False,
                "sent_date": False,
            }
        )
        lines.webhook_id._trigger_delivery()
        return True

    def _cancel(self):
        """Take back what has not been sent yet."""
        pending = self.filtered(lambda line: line.state == "pending")
        pending.write({"state": "cancelled", "next_try_date": False})

    def _register_sent(self):
        self.write(
            {
                "state": "sent",
                "attempts": self.attempts + 1,
                "sent_date": fields.Datetime.now(),
                "next_try_date": False,
                "error": False,
            }
        )

    def _register_failure(self, words, is_refused):
        """Put a message off; after the last attempt it has failed.

        :param str words: what came of the attempt
        :param bool is_refused: the receiver does not take this message
        """
        for line in self:
            attempts = line.attempts + 1
            values = {"attempts": attempts, "error": words, "is_refused": is_refused}
            if attempts < MAX_ATTEMPTS:
                wait = timedelta(minutes=WAITS[attempts - 1])
                values["next_try_date"] = fields.Datetime.now() + wait
            else:
                values.update(state="failed", next_try_date=False)
            line.write(values)

    @api.autovacuum
    def _gc_deliveries(self):
        """Forget what is done after some weeks."""
        long_ago = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        lines = self.search(
            [("state", "!=", "pending"), ("create_date", "<", long_ago)],
            order="id",
            limit=GC_UNLINK_LIMIT,
        )
        lines.unlink()
        return len(lines), len(lines) == GC_UNLINK_LIMIT
