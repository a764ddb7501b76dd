from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

from ..tools.notices import CLOSE, make_notice


class HelpdeskEscalationAnswerAll(models.TransientModel):
    """One answer to all that have the same cause, to each client by themselves."""

    _name = "helpdesk.escalation.answer.all"
    _description = "Answer All"
    _inherit = ["helpdesk.escalation.input"]

    ticket_id = fields.Many2one(
        comodel_name="helpdesk.ticket", required=True, readonly=True
    )
    ticket_ids = fields.Many2many(
        comodel_name="helpdesk.ticket",
        relation="helpdesk_escalation_answer_all_ticket_rel",
        compute="_compute_ticket_ids",
        string="Tickets",
        help="The ticket itself and the open ones with the same cause that you see.",
    )
    body = fields.Html(
        string="Answer",
        help="Each client gets it in the thread of their own ticket, and sees nothing "
        "of the others.",
    )

    @api.depends("ticket_id")
    @api.depends_context("uid")
    def _compute_ticket_ids(self):
        for dialog in self:
            # As the user, whatever rights the dialog is read with.
            ticket = dialog.sudo(False).ticket_id
            others = ticket.search(
                [("escalation_cause_ticket_id", "=", ticket.id), ("closed", "=", False)]
            )
            dialog.ticket_ids = ticket | others

    def action_send(self):
        """Answer the clients, which ends what is escalated for them.

        :raise AccessError: when the user may not write on one of the tickets
        :raise UserError: without a text
        """
        self.ensure_one()
        tickets = self.ticket_ids
        tickets.check_access("write")
        if is_html_empty(self.body):
            raise UserError(self.env._("Write the answer first."))
        answered = tickets._escalation_answer_each(self.body)
        (answered - self.ticket_id)._escalation_forget_cause()
        left = tickets - answered
        if not left:
            words = self.env._("%s clients have been answered.", len(answered))
            return make_notice(words, "success", following=CLOSE)
        words = self.env._(
            "%(count)s clients have been answered. Answer by other means on %(left)s: "
            "no email address is known there.",
            count=len(answered),
            left=", ".join(left.mapped("number")),
        )
        return make_notice(words, "warning", following=CLOSE)
