import logging

from odoo import fields, models

_logger = logging.getLogger(__name__)


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    def rating_apply(
        self,
        rate,
        token=None,
        rating=None,
        feedback=None,
        subtype_xmlid=None,
        notify_delay_send=False,
    ):
        """See to a bad rating, where a trigger looks for it."""
        rating = super().rating_apply(
            rate,
            token=token,
            rating=rating,
            feedback=feedback,
            subtype_xmlid=subtype_xmlid,
            notify_delay_send=notify_delay_send,
        )
        try:
            if rating.rating_text == "ko":
                with self.env.cr.savepoint():
                    self._escalation_count_rating(rating)
        except Exception:
            # A client's rating is not lost because of us.
            _logger.exception("The rating of %s is left out", self)
        return rating

    def _escalation_count_rating(self, rating):
        """Count a bad rating as the client's message; on a closed ticket, as itself.

        A rating mostly comes when all is closed, where no client waits: it opens an
        incident of its own kind.
        """
        # Sudo: a client rates, who sees none of this.
        ticket = self.sudo()
        policy = ticket.effective_escalation_policy_id.sudo()
        triggers = policy.trigger_ids.filtered(lambda trigger: trigger.kind == "rating")
        if not triggers:
            return
        if not ticket.stage_id.closed:
            rating.sudo().message_id.escalation_party = "client"
            self._escalation_trigger_run()
        elif ticket.active and not ticket.duplicate_id:
            ticket._escalation_open_rating(rating.sudo(), triggers[0])

    def _escalation_open_rating(self, rating, trigger):
        """Open an incident for a bad rating of a closed ticket; the run notifies.

        It counts from now, under the ticket's policy (R12). While one is open, another
        bad rating changes nothing.
        """
        policy = trigger.policy_id
        clock = self.env["helpdesk.escalation.clock"].browse(self.id)
        now = fields.Datetime.now()
        incidents = self.env["helpdesk.escalation.incident"].with_context(
            tracking_disable=True, mail_create_nosubscribe=True
        )
        if not policy._counts_wait(now, clock.policy_source) or incidents.search_count(
            [
                ("ticket_id", "=", self.id),
                ("kind", "=", "rating"),
                ("state", "!=", "resolved"),
            ],
            limit=1,
        ):
            return
        incident = incidents.create(
            {
                "kind": "rating",
                "ticket_id": self.id,
                "policy_id": policy.id,
                "anchor_date": now,
                "anchor_message_id": rating.message_id.id,
            }
        )
        first = policy.step_ids.sorted()[:1]
        called = trigger.step_id
        if not called and first.recipient == "responsible":
            called = first
        self.env["helpdesk.escalation.cause"].create(
            {
                "incident_id": incident.id,
                "kind": trigger.kind,
                "trigger_id": trigger.id,
                "detail": trigger._get_rating_detail(rating),
                "message_id": rating.message_id.id,
                "step_id": called.id,
            }
        )
        self.env["helpdesk.escalation.engine"]._trigger_run()

    # ------------------------------------------------------------------
    # "No answer needed"
    # ------------------------------------------------------------------

    def _filter_escalation_waivable(self):
        """Return also the tickets with a bad rating that nobody has answered."""
        incidents = self.env["helpdesk.escalation.incident"].search(
            [
                ("ticket_id", "in", self.ids),
                ("kind", "=", "rating"),
                ("state", "!=", "resolved"),
            ]
        )
        return super()._filter_escalation_waivable() | self.browse(
            incidents.ticket_id.ids
        )

    def _escalation_take_back(self, waivers):
        """A bad rating that was waived is escalated again, from now."""
        result = super()._escalation_take_back(waivers)
        for ticket in self.sudo():
            waived = ticket.escalation_incident_ids.filtered(
                lambda one: one.kind == "rating"
            ).sorted("id")[-1:]
            said = waivers[ticket.id].create_date.replace(microsecond=0)
            if waived.resolution != "waived" or waived.resolved_date < said:
                # It was of something else.
                continue
            rating = self.env["rating.rating"].search(
                [("message_id", "=", waived.anchor_message_id)], limit=1
            )
            policy = ticket.effective_escalation_policy_id.sudo()
            triggers = policy.trigger_ids.filtered(lambda one: one.kind == "rating")
            if rating and triggers and ticket.stage_id.closed:
                ticket._escalation_open_rating(rating.sudo(), triggers[0])
        return result
