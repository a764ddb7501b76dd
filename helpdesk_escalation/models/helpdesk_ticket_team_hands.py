from odoo import fields, models

from .groups import PREFETCH_GROUP


class HelpdeskTicketTeam(models.Model):
    """R6: who gave a team another leader, and so need not hear of it."""

    _inherit = "helpdesk.ticket.team"

    escalation_leader_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Leader Set By",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups=fields.NO_ACCESS,
        prefetch=PREFETCH_GROUP,
        help="Who last gave the team another leader. They are not notified of their "
        "own change.",
    )

    def write(self, vals):
        if "user_id" not in vals:
            return super().write(vals)
        changed = self.filtered(lambda team: team.user_id.id != vals["user_id"])
        result = super().write(vals)
        # Sudo: nobody writes by hand who it was.
        changed.sudo().escalation_leader_by_id = self.env.uid
        return result
