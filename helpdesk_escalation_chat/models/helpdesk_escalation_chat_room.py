from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.helpdesk_escalation.models.groups import MANAGER_GROUP
from odoo.addons.helpdesk_escalation.tools.notices import make_notice

from ..tools.message import Message
from .helpdesk_escalation_chat_sender import SendingError


class HelpdeskEscalationChatRoom(models.Model):
    """A place where a team reads along: a channel of Discuss, or a room outside.

    It notifies nobody and stops nothing: a step that posts in a room has its recipient
    all the same.
    """

    _name = "helpdesk.escalation.chat.room"
    _description = "Escalation Chat Room"
    _inherit = ["helpdesk.escalation.input"]
    _order = "name, id"

    name = fields.Char(required=True, help="What people call this room.")
    active = fields.Boolean(default=True, help="Nothing is posted in an archived room.")
    company_id = fields.Many2one(
        comodel_name="res.company",
        index="btree_not_null",
        help="The room is for tickets of this company. Empty: of all companies.",
    )
    kind = fields.Selection(
        selection=[("discuss", "Discuss channel"), ("address", "Other chat service")],
        string="Where",
        required=True,
        default="discuss",
        help="Where the room is: in Discuss, or in a service such as Slack, Microsoft "
        "Teams or Mattermost.",
    )
    channel_id = fields.Many2one(
        comodel_name="discuss.channel",
        string="Channel",
        ondelete="set null",
        index="btree_not_null",
        domain="[('channel_type', 'in', ('channel', 'group'))]",
        groups=MANAGER_GROUP,
        help="The Discuss channel in which OdooBot posts. All of its members read it.",
    )
    address = fields.Char(
        compute="_compute_address",
        inverse="_inverse_address",
        help="The address of the room's incoming webhook. Whoever knows it can post "
        "there, so it is shown to nobody once it is saved.",
    )
    secret = fields.Char(copy=False, prefetch=False, groups=fields.NO_ACCESS)
    service = fields.Char(
        readonly=True, copy=False, help="The chat service of the address."
    )
    error = fields.Char(
        string="Last Problem",
        readonly=True,
        copy=False,
        help="Why the last message was not posted.",
    )
    team_ids = fields.One2many(
        comodel_name="helpdesk.ticket.team",
        inverse_name="escalation_chat_room_id",
        string="Teams",
        readonly=True,
        help="The teams whose escalated tickets are posted here.",
    )

    def _compute_address(self):
        self.address = False

    def _inverse_address(self):
        sender = self.env["helpdesk.escalation.chat.sender"]
        for room in self.filtered("address"):
            address = room.address.strip()
            service = sender._check_address(address)
            # Sudo: nobody reads or writes the secret itself.
            room.sudo().write({"secret": address, "service": service, "error": False})

    @api.constrains("kind", "channel_id")
    def _check_channel_id(self):
        for room in self:
            # Sudo: a manager need not see the channel that another one chose.
            channel_type = room.sudo().channel_id.channel_type
            if room.kind == "discuss" and channel_type not in ("channel", "group"):
                raise ValidationError(
                    self.env._(
                        "Choose a channel or a group of Discuss for the room %s.",
                        room.name,
                    )
                )

    @api.constrains("company_id")
    def _check_company_id(self):
        # Sudo: what uses it may be out of the user's sight.
        for room in self.sudo():
            steps = room.env["helpdesk.escalation.step"].search(
                [("chat_room_id", "=", room.id)]
            )
            companies = [team.company_id for team in room.team_ids]
            companies += [step.policy_id.company_id for step in steps]
            if not all(room._is_for(company) for company in companies):
                raise ValidationError(
                    self.env._(
                        "The room %s is used by a team or a policy of another company. "
                        "Leave its company empty, or take it off there first.",
                        room.name,
                    )
                )

    def write(self, vals):
        if {"kind", "channel_id"} & vals.keys():
            vals = {**vals, "error": False}
        return super().write(vals)

    def action_test(self):
        """Post a message in the room now, so that one sees whether it arrives.

        :return: a notice that it was posted
        :raise AccessError: for who may not change the room
        :raise UserError: with what went wrong
        """
        self.ensure_one()
        self.check_access("write")
        words = self.env._(
            "%s has sent this from Helpdesk Escalation.", self.env.user.name
        )
        message = Message(
            self.env._("Test of the room %s", self.name), [(words, False)], "info"
        )
        try:
            # Sudo: the address is the system's.
            self.sudo()._post(message)
        except SendingError as error:
            raise UserError(error.args[0]) from None
        self.sudo().error = False
        return make_notice(self.env._("Posted in the room."), "success")

    def _is_for(self, company):
        """Whether tickets of a company may be posted here.

        :param company: empty for all companies
        """
        self.ensure_one()
        return not self.company_id or self.company_id in company.parent_ids

    def _get_address(self):
        """Return the address outside, or False for a channel of Discuss.

        :raise SendingError: where nothing can be posted
        """
        self.ensure_one()
        fault = False
        if not self.active:
            fault = self.env._("The room is archived.")
        elif self.kind == "address" and not self.secret:
            fault = self.env._("The room has no address.")
        elif self.kind == "discuss" and not self.channel_id.active:
            fault = self.env._("The Discuss channel is gone or archived.")
        if fault:
            raise SendingError(fault, is_final=True)
        return self.kind == "address" and self.secret

    def _post(self, message):
        """Post in the room, at once.

        :raise SendingError: when that was not possible
        """
        sender = self.env["helpdesk.escalation.chat.sender"]
        address = self._get_address()
        if address:
            sender._send_outside(address, message)
        else:
            sender._send_in_discuss(self.channel_id, message)
