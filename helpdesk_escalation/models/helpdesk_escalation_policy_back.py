from odoo import api, fields, models


class HelpdeskEscalationPolicy(models.Model):
    """R3: a policy that is switched on again brings its tickets back."""

    _inherit = "helpdesk.escalation.policy"

    back_count = fields.Integer(
        compute="_compute_back_count",
        help="Tickets whose clients wait, and for which no policy counts while this "
        "one is archived.",
    )

    @api.depends("active")
    def _compute_back_count(self):
        # Sudo: how many come back, whoever may see them.
        tickets = self.env["helpdesk.ticket"].sudo()
        for policy in self:
            archived = policy._origin if not policy.active else self.browse()
            policy.back_count = (
                tickets.search_count(archived._get_back_domain()) if archived else 0
            )

    def _get_back_domain(self):
        """Find who waits without a policy, where this one is set."""
        is_set = [("escalation_policy_id", "=", self.id)]
        # Sudo: it may be set where the user may not look.
        teams = self.env["helpdesk.ticket.team"].sudo().search(is_set)
        partners = self.env["res.partner"].sudo().search(is_set)
        return [
            ("effective_escalation_policy_id", "=", False),
            ("escalation_muted", "=", False),
            ("escalation_waiting_since", "!=", False),
            *("|", "|"),
            *is_set,
            ("team_id", "child_of", teams.ids),
            ("partner_id", "child_of", partners.ids),
        ]

    def write(self, vals):
        if not (
            vals.get("active")
            or "pause_stage_ids" in vals
            or not vals.get("ignore_closed_replies", True)
        ):
            return super().write(vals)
        clock = self.env["helpdesk.escalation.clock"]
        before = set(clock._find_counted_ids())
        result = super().write(vals)
        back = [one for one in clock._find_counted_ids(self) if one not in before]
        self.env["helpdesk.ticket"].browse(back)._escalation_come_back()
        return result
