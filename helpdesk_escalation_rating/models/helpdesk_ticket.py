import logging

from odoo import models

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
        """Count a bad rating as the client's word, where a trigger looks for it."""
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
                self._escalation_count_rating(rating)
        except Exception:
            # A client's rating is not lost because of us.
            _logger.exception("The rating of %s is left out", self)
        return rating

    def _escalation_count_rating(self, rating):
        # Sudo, here and below: a client rates, who sees none of this.
        policy = self.sudo().effective_escalation_policy_id
        if "rating" in policy.sudo().trigger_ids.mapped("kind"):
            rating.sudo().message_id.escalation_party = "client"
            self._escalation_trigger_run()
