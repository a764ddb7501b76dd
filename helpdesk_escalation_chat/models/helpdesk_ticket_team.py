from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.helpdesk_escalation.models.groups import PREFETCH_GROUP, VIEWER_GROUPS


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    escalation_chat_room_id = fields.Many2one(
        comodel_name="helpdesk.escalation.chat.room",
        string="Post Escalations In",
        ondelete="set null",
        index="btree_not_null",
        prefetch=PREFETCH_GROUP,
        groups=VIEWER_GROUPS,
        help="The chat room in which each escalation of this team's tickets is posted, "
        "who is on it, and how it ends.",
    )

    @api.constrains("escalation_chat_room_id", "company_id")
    def _check_escalation_chat_room_id(self):
        # Sudo: the room may be out of the user's sight.
        for team in self.sudo():
            room = team.escalation_chat_room_id
            if room and not (
                room._is_for(team.company_id) and room.sudo(False).has_access("read")
            ):
                raise ValidationError(
                    self.env._(
                        "This room belongs to another company. Choose one of the "
                        "team's own company, of a company above it, or of all "
                        "companies."
                    )
                )
