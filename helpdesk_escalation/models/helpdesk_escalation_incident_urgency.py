from odoo import api, fields, models

# The colours that Odoo numbers for its cards.
NO_COLOR, RED, ORANGE, BLUE, GREEN = 0, 1, 2, 4, 10
HALF, WHOLE = 50, 100


class HelpdeskEscalationIncident(models.Model):
    """How urgent a case is: how much of the time until its last step has passed."""

    _inherit = "helpdesk.escalation.incident"

    urgency = fields.Integer(
        compute="_compute_urgency",
        help="How much of the delay of the policy's last step has passed, in percent "
        "and within the policy's working hours.",
    )
    urgency_date = fields.Datetime(
        compute="_compute_urgency",
        string="Last Step At",
        help="When the delay of the policy's last step is over.",
    )
    urgency_color = fields.Integer(
        compute="_compute_urgency",
        help="The color of the card: blue, from half of the time on orange, and red "
        "when the last step has come or nobody could be notified; green while "
        "somebody is on it.",
    )

    @api.depends(
        "state", "anchor_date", "round_date", "nobody_reached", "policy_id.step_ids"
    )
    def _compute_urgency(self):
        now = fields.Datetime.now()
        # Sudo: how long it takes does not depend on who may read the policy.
        policies = self.sudo().policy_id
        working_times = policies._get_working_times()
        delays = {
            policy: max(policy.step_ids.mapped("delay"), default=0)
            for policy in policies
        }
        for incident in self:
            policy = incident.sudo().policy_id
            share, moment = 0, False
            if incident.state == "active" and policy:
                since = incident.round_date or incident.anchor_date
                delay, working_time = delays[policy], working_times[policy.id]
                moment = working_time.due(since, delay)
                passed = working_time.minutes(since, max(now, since))
                share = int(min(passed / delay, 1) * WHOLE) if delay else WHOLE
            incident.urgency = share
            incident.urgency_date = moment
            incident.urgency_color = incident._get_urgency_color(share)

    def _get_urgency_color(self, share):
        if self.state == "confirmed":
            return GREEN
        if self.state != "active":
            return NO_COLOR
        if self.nobody_reached or share >= WHOLE:
            return RED
        return ORANGE if share >= HALF else BLUE
