from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HelpdeskEscalationStep(models.Model):
    _inherit = "helpdesk.escalation.step"

    channel = fields.Selection(
        selection_add=[("chat", "Chat")],
        ondelete={"chat": "set default"},
    )
    chat_room_id = fields.Many2one(
        comodel_name="helpdesk.escalation.chat.room",
        string="Post in a Room",
        ondelete="set null",
        index="btree_not_null",
        help="Where this step posts beside, for a team to read along. The post says "
        "who was notified; another one follows when somebody is on it, and when it "
        "ends.",
    )

    @api.constrains("chat_room_id", "policy_id")
    def _check_chat_room_id(self):
        # Sudo: the room may be out of the user's sight.
        for step in self.sudo():
            room = step.chat_room_id
            if room and not room._is_for(step.policy_id.company_id):
                raise ValidationError(
                    self.env._(
                        "This room belongs to another company. Choose one of the "
                        "policy's own company, of a company above it, or of all "
                        "companies."
                    )
                )

    def _get_kind(self):
        return (*super()._get_kind(), self.chat_room_id)
