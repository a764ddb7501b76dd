from odoo import api, fields, models


class HelpdeskEscalationIncident(models.Model):
    """An incident of a bad rating on a closed ticket, where nobody waits."""

    _inherit = "helpdesk.escalation.incident"

    kind = fields.Selection(
        selection_add=[("rating", "Bad rating")], ondelete={"rating": "set other"}
    )

    @api.model
    def _get_kind_order(self):
        return ["rating", *super()._get_kind_order()]

    def _ends_by_waiver(self):
        return self.kind == "rating" or super()._ends_by_waiver()

    def _get_opening_words(self):
        if self.kind != "rating":
            return super()._get_opening_words()
        return self.env._(
            "Escalation opened by the policy %(policy)s. %(cause)s.",
            policy=self.policy_id.name,
            cause=self.cause_text,
        )

    def _notify_responsible(self, policy, now, notified):
        """Notify the responsible of the rating, ahead of the policy's steps.

        Where that is nobody, or they cannot be notified, the first step fires at once
        (R7).

        :param policy: the one that counts for the ticket now
        :param datetime now: naive UTC
        :param set notified: (user id, channel) already notified of the ticket in this
            run
        """
        self.ensure_one()
        step = self.env["helpdesk.escalation.step"]
        name = self.env._("Bad rating")
        values, reached = self._get_user_values(
            policy, step, self.ticket_id.user_id, notified, "activity"
        )
        if not self.ticket_id.user_id:
            nobody = self._prepare_notification(step)
            nobody["reason"] = self.env._("The ticket has no responsible.")
            values = [nobody]
        for value in values:
            value["step_name"] = name
        self.write(
            {
                "step_date": now,
                "first_step_date": now,
                "nobody_reached": not reached,
            }
        )
        words = self._get_step_words(name, values)
        stories = {self: [self._get_opening_words(), words]}
        self._notify(values, stories)
        self._log_stories(stories)
