import json
import logging
from datetime import timedelta

from odoo import api, fields, models

_logger = logging.getLogger(__name__)

PARAMETER = "helpdesk_escalation.slow_run"
RULE = "base.automation"
# What the run creates and writes.
RUN_MODELS = (
    "helpdesk.escalation.cause",
    "helpdesk.escalation.incident",
    "helpdesk.escalation.notification",
    "helpdesk.ticket",
    "mail.activity",
    "mail.followers",
    "mail.mail",
    "mail.message",
)
# A transaction is slow when it takes so long, and so long a ticket.
SLOW_SECONDS = 5
SLOW_SECONDS_PER_TICKET = 0.25
# Where each ticket may take seconds, a transaction is about so many.
SMALL_BATCH = 5
SLOW_FOR = timedelta(days=1)


class HelpdeskEscalationEngine(models.AbstractModel):
    """R13, in time: automation rules that make the run wait for other servers.

    Odoo posts a webhook after the commit, and waits up to a second for each: the run
    takes few tickets at a time then, so that it ends when its time is up.
    """

    _inherit = "helpdesk.escalation.engine"

    def _get_batch_size(self, ticket_ids):
        size = super()._get_batch_size(ticket_ids)
        if not ticket_ids:
            return size
        health = self.env["helpdesk.escalation.health"]
        is_slow = health._get_slow_seconds() or health._find_rules(webhooks=True)
        return min(size, SMALL_BATCH) if is_slow else size

    def _note_slowness(self, count, seconds):
        """Keep that a transaction was slow, once an hour: the health says why."""
        super()._note_slowness(count, seconds)
        if seconds < SLOW_SECONDS or seconds / count < SLOW_SECONDS_PER_TICKET:
            return
        now = fields.Datetime.now()
        health = self.env["helpdesk.escalation.health"]
        try:
            known_date, _seconds = health._get_slowness()
            if not known_date or known_date < now - timedelta(hours=1):
                _logger.info("%s tickets took %.1f seconds", count, seconds)
                value = [fields.Datetime.to_string(now), round(seconds / count, 1)]
                self.env["ir.config_parameter"].set_param(PARAMETER, json.dumps(value))
                self.env["ir.cron"]._commit_progress()
        except Exception:
            self.env.cr.rollback()
            _logger.info("That the run is slow is not kept", exc_info=True)


class HelpdeskEscalationHealth(models.AbstractModel):
    _inherit = "helpdesk.escalation.health"

    @api.model
    def _find_problems(self):
        return [*super()._find_problems(), self._check_slow_rules()]

    @api.model
    def _get_slowness(self):
        """Return when a run was slow, and how many seconds a ticket took.

        :rtype: tuple[datetime | None, float]
        """
        # Sudo: parameters are the system's.
        value = self.env["ir.config_parameter"].sudo().get_param(PARAMETER)
        try:
            moment, seconds = json.loads(value)
            return fields.Datetime.to_datetime(moment), float(seconds)
        except (TypeError, ValueError):
            return None, 0.0

    @api.model
    def _get_slow_seconds(self):
        """Return how many seconds a ticket took lately, 0 where no run was slow."""
        moment, seconds = self._get_slowness()
        is_recent = moment and moment > fields.Datetime.now() - SLOW_FOR
        return seconds if is_recent else 0.0

    @api.model
    def _find_rules(self, webhooks=False):
        """Find the automation rules on what the run writes.

        :param bool webhooks: only those that post to another server
        """
        if RULE not in self.env:
            return []
        # Sudo: managers need not read automation rules.
        rules = self.env[RULE].sudo()
        domain = [("active", "=", True), ("model_name", "in", RUN_MODELS)]
        if webhooks:
            domain.append(("action_server_ids.state", "=", "webhook"))
        return rules.search(domain)

    @api.model
    def _check_slow_rules(self):
        """Name the automation rule that the run waits for."""
        seconds = self._get_slow_seconds()
        if not seconds:
            return None
        rules = self._find_rules(webhooks=True) or self._find_rules()
        text = self.env._(
            "The escalation job is slow: a ticket took %s seconds.", f"{seconds:g}"
        )
        if rules:
            names = self._join(rules.mapped("name"))
            why = self.env._("It waits for an automation rule: %s.", names)
        else:
            why = self.env._("Ask your administrator what the server is busy with.")
        if not rules or not self.env[RULE].has_access("write"):
            return self._prepare_problem("slow_run", f"{text} {why}")
        return self._prepare_problem(
            "slow_run",
            f"{text} {why}",
            self.env._("Show"),
            action=self._prepare_list(self.env._("Automation Rules"), RULE, rules),
        )
