from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command

from .groups import VIEWER_GROUPS


class HelpdeskTicket(models.Model):
    """One cause, many tickets: an outage is one alarm, one "I'm on it", one answer.

    While the ticket that stands for the cause is escalated, no policy counts for the
    others (R1). Once it is not, each client waits as before: a link forgets nobody.
    """

    _inherit = "helpdesk.ticket"

    escalation_cause_ticket_id = fields.Many2one(
        comodel_name="helpdesk.ticket",
        string="Same Cause As",
        copy=False,
        tracking=True,
        index="btree_not_null",
        ondelete="set null",
        domain="[('escalation_incident_ids.state', 'in', ('active', 'confirmed')),"
        " ('company_id', '=', company_id), ('id', '!=', id),"
        " ('escalation_cause_ticket_id', '=', False)]",
        groups=VIEWER_GROUPS,
        help="While that ticket is escalated, nobody is notified of this one. When it "
        "is answered or closed without an answer here, this one is escalated again.",
    )
    escalation_same_cause_ids = fields.One2many(
        comodel_name="helpdesk.ticket",
        inverse_name="escalation_cause_ticket_id",
        string="Tickets with the Same Cause",
        groups=VIEWER_GROUPS,
    )
    escalation_same_cause_count = fields.Integer(
        compute="_compute_escalation_same_cause_count", groups=VIEWER_GROUPS
    )

    @api.depends("escalation_same_cause_ids")
    def _compute_escalation_same_cause_count(self):
        counts = dict(
            self._read_group(
                [("escalation_cause_ticket_id", "in", self.ids)],
                ["escalation_cause_ticket_id"],
                ["__count"],
            )
        )
        for ticket in self:
            ticket.escalation_same_cause_count = counts.get(ticket._origin, 0)

    @api.constrains("escalation_cause_ticket_id")
    def _check_escalation_cause_ticket_id(self):
        causes = self.escalation_cause_ticket_id
        if not causes:
            return
        if not causes.sudo(False).has_access("read"):
            # As ``_check_targets``: what may not be read is not named either.
            raise AccessError(self.env._("You may not see the ticket chosen as cause."))
        # Sudo: also links of tickets out of the user's sight.
        for ticket in self.sudo().filtered("escalation_cause_ticket_id"):
            cause = ticket.escalation_cause_ticket_id
            if cause == ticket:
                words = self.env._("A ticket is not its own cause. Choose another one.")
            elif cause.company_id != ticket.company_id:
                words = self.env._("Choose a ticket of the same company.")
            elif cause.escalation_cause_ticket_id or ticket.escalation_same_cause_ids:
                words = self.env._(
                    "One ticket stands for the cause and all others name that one. "
                    "This one is named by others already, or the one you chose names "
                    "another ticket."
                )
            else:
                continue
            raise ValidationError(words)

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_escalation_same_cause(self):
        """Say that tickets have the same cause: opens a small dialog.

        :raise AccessError: when the user may not see a ticket, or is not of the
            helpdesk
        """
        self._check_escalation_same_cause()
        cause = self._find_escalation_covering().ticket_id.sudo(False)[:1]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Same Cause"),
            "res_model": "helpdesk.escalation.same.cause",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_ticket_ids": [Command.set(self.ids)],
                "default_cause_ticket_id": cause.id,
            },
        }

    def action_escalation_answer_all(self):
        """Answer all that have the same cause as a ticket: opens a dialog.

        :raise AccessError: when the user may not see the ticket, or is not of the
            helpdesk
        """
        self.ensure_one()
        self._check_escalation_same_cause()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer All"),
            "res_model": "helpdesk.escalation.answer.all",
            "view_mode": "form",
            "target": "new",
            "context": {"default_ticket_id": self.id},
        }

    def action_escalation_view_same_cause(self):
        """List the tickets that have the same cause.

        :raise AccessError: when the user may not see the ticket, or is not of the
            helpdesk
        """
        self.ensure_one()
        self._check_escalation_same_cause()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Same Cause As %s", self.number),
            "res_model": self._name,
            "views": [(False, "list"), (False, "form")],
            "domain": [("escalation_cause_ticket_id", "=", self.id)],
        }

    def _check_escalation_same_cause(self):
        """Check that the user is of the helpdesk and sees the tickets."""
        self.check_access("read")
        self._check_field_access(self._fields["escalation_cause_ticket_id"], "read")

    # ------------------------------------------------------------------
    # Tools
    # ------------------------------------------------------------------

    def _find_escalation_covering(self):
        """Find the incidents that stand for the tickets with the same cause."""
        return self._find_escalation_open().filtered(
            lambda incident: (
                incident.kind == "automatic" and not incident._is_asleep()
            )
        )

    def _escalation_name_cause(self, cause):
        """Let tickets have the same cause as one that is escalated.

        :raise UserError: when that one is not
        """
        cause.ensure_one()
        if cause.escalation_status == "snoozed":
            raise UserError(
                self.env._(
                    "%s is snoozed, so nobody would be notified of the others either. "
                    "Wake it first, or choose another one.",
                    cause.number,
                )
            )
        if cause.escalation_status not in ("active", "confirmed"):
            raise UserError(
                self.env._(
                    "%s is not escalated, so nobody would be notified of the others "
                    "either. Choose one that is.",
                    cause.number,
                )
            )
        self.write({"escalation_cause_ticket_id": cause.id})

    def _escalation_answer_each(self, body):
        """Answer each client in their own thread, where they can be reached (R2).

        :param body: HTML, the same for all
        :return: the tickets that were answered
        """
        answered = self.browse()
        for ticket in self.with_context(mail_notify_force_send=False):
            client = ticket.partner_id
            if client.email:
                receiver = {"partner_ids": client.ids}
            elif ticket.partner_email:
                receiver = {"outgoing_email_to": ticket.partner_email}
            else:
                continue
            ticket.message_post(
                body=body,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                **receiver,
            )
            answered += ticket
        return answered

    def _escalation_forget_cause(self):
        """Take tickets off whose cause is over for them: who writes again waits again.

        Under a policy that counts until the ticket is closed, an answer ends nothing.
        """
        self.invalidate_recordset(["escalation_waiting_since"])
        covering = self.escalation_cause_ticket_id._find_escalation_covering()
        self.filtered(
            lambda ticket: (
                ticket.escalation_cause_ticket_id.id not in covering.ticket_id.ids
                and not ticket.escalation_waiting_since
            )
        ).escalation_cause_ticket_id = False

    def _get_why_same_cause(self):
        return self.env._(
            "Nobody is notified of this ticket: %s, which has the same cause, is "
            "escalated for both.",
            self.escalation_cause_ticket_id.number,
        )

    def _get_waiting_words(self, step, moment):
        words = super()._get_waiting_words(step, moment)
        # Sudo: its number and how it stands, no more of it.
        cause = self.sudo().escalation_cause_ticket_id
        covering = cause._find_escalation_covering()
        if not covering or self.escalation_status != "waiting" or step:
            return words
        if covering.state == "active":
            return self.env._(
                "%(waiting)s. Same cause as %(number)s, which is escalated for both",
                waiting=words,
                number=cause.number,
            )
        return self.env._(
            "%(waiting)s. Same cause as %(number)s: %(state)s",
            waiting=words,
            number=cause.number,
            state=covering._get_state_sentence(),
        )
