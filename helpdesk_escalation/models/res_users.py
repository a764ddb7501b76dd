from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _escalation_unreachable_reason(self, ticket, policy, channel):
        """Say why a person cannot be told about a ticket now, or nothing (R7).

        :param ticket: the host's ticket, as superuser
        :param policy: whose option to skip people on leave counts
        :param str channel: "activity" or "email"
        :return: a reason for people to read, False when the person can be told
        :rtype: str | bool
        """
        self.ensure_one()
        if not self.active:
            return self.env._("The user is archived.")
        if self.share:
            return self.env._("Not an internal user.")
        if ticket.company_id not in self.company_ids:
            return self.env._("No access to %s.", ticket.company_id.name)
        if self.partner_id == ticket.partner_id:
            return self.env._("Is the ticket's client.")
        if channel == "email" and not self.partner_id.email_normalized:
            return self.env._("No e-mail address.")
        if policy.skip_on_leave:
            return self._escalation_away_reason()
        return False

    def _escalation_away_reason(self):
        """Say that a person is away, and until when, never why."""
        self.ensure_one()
        if not self.is_out_of_office:
            return False
        if not self.out_of_office_to:
            return self.env._("Away.")
        until = fields.Datetime.context_timestamp(
            self.with_context(tz=self.tz), self.out_of_office_to
        )
        return self.env._("Away until %s.", fields.Date.to_string(until))
