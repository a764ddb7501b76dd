import logging

from odoo import api, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class HelpdeskTicket(models.Model):
    """What a trigger may be about makes the run come at once, not in five minutes."""

    _inherit = "helpdesk.ticket"

    # For repeated contact: what else a client has asked lately.
    _escalation_contact_idx = models.Index(
        "(partner_id, create_date) WHERE partner_id IS NOT NULL"
    )
    _escalation_sender_idx = models.Index(
        "(lower(partner_email), create_date) WHERE partner_id IS NULL"
    )

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._escalation_trigger_run()
        return tickets

    def write(self, vals):
        result = super().write(vals)
        if "priority" in vals:
            self._escalation_trigger_run()
        return result

    def _message_post_after_hook(self, message, msg_values):
        # Sudo: the poster need not read the message, nor who spoke in it.
        if message.sudo().escalation_party == "client":
            self._escalation_trigger_run()
        return super()._message_post_after_hook(message, msg_values)

    def _escalation_trigger_run(self):
        """Have the run come at once where a trigger may fire; never raise (R2).

        The run would find it anyway. It only reads, and adds a line to Odoo's
        triggers where none is due yet.
        """
        policy_ids = self.env["helpdesk.escalation.trigger"]._get_policy_ids()
        if not (policy_ids and self.ids):
            return
        try:
            with self.env.cr.savepoint(flush=False):
                clock = self.env["helpdesk.escalation.clock"]._table_sql
                if self.env.execute_query(
                    SQL(
                        "SELECT FROM %s AS clock WHERE clock.id IN %s "
                        "AND clock.policy_id IN %s LIMIT 1",
                        clock,
                        self._ids,
                        policy_ids,
                    )
                ):
                    self.env["helpdesk.escalation.engine"]._trigger_run()
        except Exception:
            # R13: no ticket and no mail is lost by a fault of ours.
            _logger.info("The next run sees to tickets %s", self.ids, exc_info=True)

    def _escalation_request(self, detail, step=None):
        """Call for escalating tickets at once, from an automation or from code.

        Where a client waits, the run opens the incident within seconds, or raises the
        open one, and keeps the cause. A ticket that is closed, answered or muted stays
        quiet.

        :param str detail: why, for people to read
        :param step: the step of the ticket's policy to start at; the first by default
        """
        # Sudo: a request is the system's, whoever the automation runs as.
        self.env["helpdesk.escalation.request"].sudo().create(
            [
                {
                    "ticket_id": ticket.id,
                    "detail": detail,
                    "step_id": step.id if step else False,
                }
                for ticket in self
            ]
        )
        self.env["helpdesk.escalation.engine"]._trigger_run()
