import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.helpdesk_escalation.tools.contention import is_contention
from odoo.addons.helpdesk_escalation.tools.locks import lock_rows

from .helpdesk_escalation_ai import FORMAT_PARAMETER

_logger = logging.getLogger(__name__)

JOB = "helpdesk_escalation_ai.ir_cron_ask"
# Nobody needs a proposal for a ticket that was there yesterday.
MAX_AGE = timedelta(hours=24)
# After each try that came to nothing, in minutes; then it is given up.
PAUSES = (2, 15, 60)
# Longer than any answer may take: whoever asked is gone.
LOST_AFTER = timedelta(minutes=30)
AT_ONCE = 100
KEPT_DAYS = 90


class HelpdeskEscalationAiRequest(models.Model):
    """What the model is asked: a queue of its own, which nothing waits for.

    To add a kind: add it to ``kind`` (``selection_add``), and write here

    - ``_prepare_<kind>(ticket, message, settings)``, which returns a ``Question``, or
      None where there is nothing to ask any more;
    - ``_take_<kind>(kept, question)``, which does something with the valid part of the
      answer. It must not change a ticket: it may only propose.
    """

    _name = "helpdesk.escalation.ai.request"
    _description = "Question to the Language Model"
    _order = "id desc"

    kind = fields.Selection(
        selection=[("arrival", "New ticket")], required=True, readonly=True
    )
    ticket_id = fields.Many2one(
        comodel_name="helpdesk.ticket",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    message_id = fields.Many2one(
        comodel_name="mail.message",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The message that is read; empty for the ticket's own text.",
    )
    state = fields.Selection(
        selection=[
            ("pending", "Waiting"),
            ("asking", "Asking"),
            ("done", "Answered"),
            ("failed", "Failed"),
            ("dropped", "Not asked"),
        ],
        required=True,
        readonly=True,
        default="pending",
        help="Not asked: it was not needed any more, or it was too late.",
    )
    reason = fields.Char(readonly=True, help="Why it failed, or was not asked.")
    next_date = fields.Datetime(
        string="Next Attempt",
        required=True,
        readonly=True,
        default=lambda self: fields.Datetime.now(),
    )
    tries = fields.Integer(readonly=True)
    calls = fields.Integer(
        readonly=True, help="How often the server was asked until it answered."
    )
    tokens = fields.Integer(
        readonly=True,
        help="What it has cost, as the server counts it; estimated where it does not.",
    )
    seconds = fields.Float(readonly=True, aggregator="avg")
    model_name = fields.Char(string="Model", readonly=True)

    _pending_idx = models.Index("(next_date, id) WHERE state IN ('pending', 'asking')")
    _day_idx = models.Index("(write_date)")

    @api.model
    def _put(self, kind, tickets, message=None):
        """Have the model asked about tickets, as soon as this transaction ends."""
        # Sudo: the queue is the system's, whoever's ticket it is.
        requests = self.sudo().create(
            [
                {
                    "kind": kind,
                    "ticket_id": ticket.id,
                    "message_id": message.id if message else False,
                }
                for ticket in tickets
            ]
        )
        if requests:
            self.env.ref(JOB).sudo()._trigger()
        return requests

    # ------------------------------------------------------------------
    # The job
    # ------------------------------------------------------------------

    @api.model
    def _cron_ask(self):
        """Ask what waits, one question a transaction; nothing is held meanwhile.

        Where the server does not answer, the rest waits for the next run.
        """
        # As the system, whoever lets it run.
        self = self.with_user(SUPERUSER_ID)
        now = fields.Datetime.now()
        self._give_up_lost(now)
        self._drop_late(now)
        due = self.search(
            [("state", "=", "pending"), ("next_date", "<=", now)],
            order="id",
            limit=AT_ONCE,
        )
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=len(due))
        for request in due:
            try:
                goes_on = request._process()
            except Exception as error:
                self.env.cr.rollback()
                reason = self.env._("Somebody was quicker.")
                if not is_contention(error):
                    reason = self.env._("An error; see the log.")
                    _logger.warning("%s could not be asked", request, exc_info=True)
                goes_on = request._try_later(reason)
            if not goes_on:
                # Odoo would call again at once where something remains.
                progress._commit_progress(remaining=0)
                break
            if not progress._commit_progress(1):
                break

    def _process(self):
        """Ask one question, and see what came of it.

        :return: whether the next one can be asked
        """
        if not lock_rows(self):
            return True
        self.invalidate_recordset()
        if self.state != "pending":
            return True
        server = self.env["helpdesk.escalation.ai"]
        settings = server._get_settings()
        calls_left = self._get_calls_left(settings) if settings else 0
        if settings and calls_left <= 0:
            return False
        question = settings and self._get_question(settings)
        if not question:
            self.write({"state": "dropped", "reason": self.env._("Not needed.")})
            return True
        self.write(
            {
                "state": "asking",
                "tries": self.tries + 1,
                "model_name": settings.model,
                "next_date": fields.Datetime.now() + LOST_AFTER,
            }
        )
        # From here on nothing is held: however long the server takes.
        self.env["ir.cron"]._commit_progress()
        outcome = server._ask(question, settings, calls_left)
        return self._take(outcome, question, settings)

    def _take(self, outcome, question, settings):
        """Do with an answer what the kind of question wants, or try again later."""
        self.write(
            {
                "calls": self.calls + outcome.calls,
                "tokens": self.tokens + outcome.tokens,
                "seconds": outcome.seconds,
            }
        )
        if not outcome.kept:
            self._try_later(self._get_fault(outcome.status))
            return outcome.status == 200
        if outcome.style != settings.style:
            self.env["ir.config_parameter"].set_param(FORMAT_PARAMETER, outcome.style)
        reason = False
        if outcome.faults:
            reason = self.env._(
                "Left out, as not what was asked for: %s", ", ".join(outcome.faults)
            )
        self.write({"state": "done", "reason": reason})
        if self.ticket_id:
            getattr(self, f"_take_{self.kind}")(outcome.kept, question)
        return True

    def _get_question(self, settings):
        """Return what to ask; None where the ticket needs no proposal any more."""
        ticket = self.ticket_id
        if not ticket or not ticket.active or ticket.closed or ticket.duplicate_id:
            return None
        if not ticket.company_id.escalation_ai_on:
            return None
        return self._prepare(self.kind, ticket, self.message_id, settings)

    @api.model
    def _prepare(self, kind, ticket, message, settings):
        """Return what to ask about a ticket, in English, whoever has it asked.

        :rtype: Question or None
        """
        here = self.with_context(lang=None)
        return getattr(here, f"_prepare_{kind}")(
            ticket.with_env(here.env), message.with_env(here.env), settings
        )

    def _try_later(self, reason):
        """Note why it came to nothing, and when it is tried again, if it is.

        :return: False: the next one would not fare better
        """
        values = {"state": "failed", "reason": reason}
        if self.tries <= len(PAUSES):
            pause = timedelta(minutes=PAUSES[max(self.tries, 1) - 1])
            values["state"] = "pending"
            values["next_date"] = fields.Datetime.now() + pause
            self.env.ref(JOB)._trigger(at=values["next_date"])
        self.write(values)
        return False

    def _get_fault(self, status):
        """Say why there is no answer, by the status of HTTP."""
        if status == 200:
            return self.env._("The answer was not what was asked for.")
        if not status:
            return self.env._("The server did not answer, or not in time.")
        if status in (401, 403):
            return self.env._("The server refuses the key.")
        if 300 <= status < 400:
            return self.env._("The server sends elsewhere: enter that address.")
        if status == 404:
            return self.env._("There is no such model or address on the server.")
        if status == 429:
            return self.env._("The server has had enough for now.")
        return self.env._("The server failed (%s).", status)

    # ------------------------------------------------------------------
    # Limits
    # ------------------------------------------------------------------

    @api.model
    def _get_calls_left(self, settings):
        """Return how often the server may be asked today, in UTC; 0 beyond a limit."""
        today = fields.Datetime.now().replace(hour=0, minute=0, second=0)
        ((calls, tokens),) = self._read_group(
            [("write_date", ">=", today)], aggregates=["calls:sum", "tokens:sum"]
        )
        if (tokens or 0) >= settings.day_tokens:
            return 0
        return max(settings.day_calls - (calls or 0), 0)

    @api.model
    def _drop_late(self, now):
        late = self.search(
            [("state", "=", "pending"), ("create_date", "<", now - MAX_AGE)]
        )
        reason = self.env._("Too late: the server or the daily limit left no time.")
        for request in late:
            request.write(
                {"state": "dropped", "reason": request.reason or reason},
            )

    @api.model
    def _give_up_lost(self, now):
        """Take up again what a server that was stopped has left behind."""
        lost = self.search([("state", "=", "asking"), ("next_date", "<", now)])
        for request in lost:
            request._try_later(self.env._("Odoo was stopped meanwhile."))

    @api.autovacuum
    def _gc_old(self):
        """Forget after three months what was asked; what was proposed stays."""
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        self.search([("create_date", "<", limit)], limit=10_000).unlink()
