from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ..models.helpdesk_escalation_incident import HANDOVER_TYPE


class HelpdeskEscalationHandoverReturn(models.TransientModel):
    """Give back what was handed over: sent back at once, or when it is done."""

    _name = "helpdesk.escalation.handover.return"
    _description = "Send Back or De-escalate"
    _inherit = ["helpdesk.escalation.input"]

    incident_id = fields.Many2one(
        comodel_name="helpdesk.escalation.incident", required=True, readonly=True
    )
    kind = fields.Selection(
        selection=[("send_back", "Send back"), ("de_escalate", "De-escalate")],
        required=True,
        readonly=True,
    )
    company_id = fields.Many2one(related="incident_id.company_id")
    place = fields.Char(compute="_compute_place")
    reason = fields.Selection(
        selection=[
            ("solved", "Specialist work is done"),
            ("workaround", "A workaround is in place"),
            ("answered", "The question is answered"),
            ("not_needed", "It is not needed any more"),
            ("other", "Other"),
        ],
        default="solved",
        help="Why the ticket can go back.",
    )
    note = fields.Text(help="What the next person needs to know.")
    to_team_id = fields.Many2one(
        comodel_name="helpdesk.ticket.team",
        string="To Team",
        compute="_compute_to",
        store=True,
        readonly=False,
        domain="[('company_id', 'in', [False, company_id])]",
        help="Where the ticket goes: by default where it came from.",
    )
    to_user_id = fields.Many2one(
        comodel_name="res.users",
        string="To Person",
        compute="_compute_to",
        store=True,
        readonly=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who becomes responsible: by default who was.",
    )

    client_reachable = fields.Boolean(
        related="incident_id.handover_id.client_reachable"
    )
    tell_client = fields.Boolean(
        string="Inform the Client",
        compute="_compute_tell_client",
        store=True,
        readonly=False,
        help="The client gets a short mail that the specialists have done their part. "
        "Nothing of the note is in it.",
    )

    @api.model
    def _check_targets(self, records, vals):
        # Whoever was notified need not read incidents: see _check_incident_id.
        others = {name: vals[name] for name in vals if name != "incident_id"}
        return super()._check_targets(records, others)

    @api.constrains("incident_id")
    def _check_incident_id(self):
        # Whoever reads the dialog reads the name of the ticket with it.
        self.incident_id._check_may_know()

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        incident = self.env["helpdesk.escalation.incident"]
        incident.browse(values.get("incident_id") or ())._check_may_know()
        return values

    @api.depends("incident_id")
    def _compute_to(self):
        for dialog in self:
            handover = dialog.incident_id._get_handover()
            dialog.to_team_id = handover.from_team_id.filtered("active")
            dialog.to_user_id = handover.from_user_id.filtered("active")

    @api.depends("to_team_id", "incident_id")
    def _compute_tell_client(self):
        for dialog in self:
            # Sudo: the team may be out of the sight of who gives back.
            team = (dialog.to_team_id or dialog.incident_id.ticket_id.team_id).sudo()
            dialog.tell_client = bool(
                dialog.kind == "de_escalate"
                and team.escalation_tell_client_back
                and dialog.incident_id._get_handover().client_reachable
            )

    @api.depends("incident_id")
    @api.depends_context("lang")
    def _compute_place(self):
        for dialog in self:
            handover = dialog.incident_id._get_handover()
            dialog.place = handover._get_from_words()

    @api.onchange("to_team_id")
    def _onchange_to_team_id(self):
        team = self.to_team_id
        if team and self.to_user_id not in team.user_ids | team.user_id:
            self.to_user_id = False

    def action_return(self):
        """Give the ticket back: it moves, the incident ends, the next one is told.

        :raise AccessError: who did not receive the ticket
        :raise UserError: when the note is empty, or nothing is open any more
        """
        self.ensure_one()
        incident = self.incident_id
        # Sudo: who was late may see the ticket no more.
        if incident.sudo().state == "resolved":
            raise UserError(incident.sudo()._get_state_sentence())
        incident._check_may_know()
        incident._check_may_return(self.kind)
        note = (self.note or "").strip()
        if not note:
            raise UserError(
                self.env._("Please say what is missing.")
                if self.kind == "send_back"
                else self.env._("Please say in a note what was done.")
            )
        # Sudo from here on: what the user may was checked.
        handover, company = incident._get_handover(), incident.sudo().company_id
        if self.kind == "send_back":
            team, user = handover.from_team_id, handover.from_user_id.filtered("active")
            resolution = "sent_back"
            handover._check_place(company, team, user.browse(), False)
        else:
            if not self.reason:
                raise UserError(self.env._("Please choose a reason."))
            team, user = self.to_team_id, self.to_user_id
            resolution = "de_escalated"
            reasons = dict(self._fields["reason"]._description_selection(self.env))
            note = f"{reasons[self.reason]}: {note}"
            back = team == handover.from_team_id and user == handover.from_user_id
            handover._check_place(company, team, user.browse() if back else user, True)
            if self.tell_client and not handover.client_reachable:
                raise UserError(handover._get_unreachable_words())
        # Sudo: incidents are the system's; the right to it was checked.
        return self._give_back(incident.sudo(), resolution, team, user, note)

    def _give_back(self, incident, resolution, team, user, note):
        ticket = incident.ticket_id
        me = self.env.user
        escalator = incident.handover_id.user_id
        incident._hand_back(resolution, note, me)
        ticket._escalation_move(team or ticket.team_id, user)
        words = plaintext2html(note)
        ticket._message_log(body=words, author_id=me.partner_id.id)
        if resolution == "de_escalated" and self.tell_client:
            incident.handover_id._inform_client("back")
        whom = escalator if resolution == "sent_back" else user
        if not whom or whom._escalation_unreachable_reason(ticket, "activity"):
            whom = user or team.user_id
        whom = (whom - me).filtered(
            lambda one: not one._escalation_unreachable_reason(ticket, "activity")
            and ticket.with_user(one).has_access("read")
        )
        ticket._escalation_remind(
            whom,
            HANDOVER_TYPE,
            lambda env: env._("%s sent this back: something is missing", me.name)
            if resolution == "sent_back"
            else env._("%s has finished the specialist work", me.name),
            words,
        )
        return self._get_farewell(ticket)

    def _get_farewell(self, ticket):
        """Close the dialog, and leave a ticket that one sees no more."""
        if ticket.with_user(self.env.user).has_access("read"):
            return {"type": "ir.actions.act_window_close"}
        return ticket._escalation_take_leave(
            self.env._("Done. You no longer see the ticket.")
        )
