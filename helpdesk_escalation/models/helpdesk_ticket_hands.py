from odoo import fields, models

from .groups import PREFETCH_GROUP

# Who has a ticket: a change of it changes hands.
HANDS = ("team_id", "user_id")


class HelpdeskTicket(models.Model):
    """R6: who gave an escalated ticket to somebody else, and so need not hear of it."""

    _inherit = "helpdesk.ticket"

    escalation_moved_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Moved or Assigned By",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups=fields.NO_ACCESS,
        prefetch=PREFETCH_GROUP,
        help="Who last gave the escalated ticket to another team or person. They are "
        "not notified of their own change.",
    )

    def write(self, vals):
        given = [name for name in HANDS if name in vals]
        if not given:
            return super().write(vals)
        changed = self.filtered(
            lambda ticket: any(ticket[name].id != vals[name] for name in given)
        )
        result = super().write(vals)
        # Sudo: nobody writes by hand who it was, and taking a ticket may take it out
        # of sight. Where nothing is escalated it does not matter.
        engine = self.env["helpdesk.escalation.engine"].sudo()
        if changed and engine._is_any_open(changed.ids):
            changed.sudo().escalation_moved_by_id = self.env.uid
        return result
