from odoo import api, fields, models

from .groups import VIEWER_GROUPS


class HelpdeskTicket(models.Model):
    """R7: a ticket whose responsible is away says so, until when, and who stands in."""

    _inherit = "helpdesk.ticket"

    escalation_absence_text = fields.Char(
        string="Absence",
        compute="_compute_escalation_absence_text",
        groups=VIEWER_GROUPS,
        help="Until when the responsible is away, and who is notified in their place.",
    )

    @api.depends("user_id")
    @api.depends_context("lang", "tz")
    def _compute_escalation_absence_text(self):
        for ticket in self:
            # Sudo: of people whom the reader may not see, no more than this.
            seen = ticket.sudo()
            user = seen.user_id
            away = user and user._escalation_away_reason()
            if not away:
                ticket.escalation_absence_text = False
                continue
            substitute = user._escalation_find_substitute(seen, "activity")
            ticket.escalation_absence_text = (
                self.env._(
                    "%(name)s: %(away)s %(substitute)s stands in.",
                    name=user.name,
                    away=away,
                    substitute=substitute.name,
                )
                if substitute
                else self.env._(
                    "%(name)s: %(away)s Nobody stands in.", name=user.name, away=away
                )
            )
