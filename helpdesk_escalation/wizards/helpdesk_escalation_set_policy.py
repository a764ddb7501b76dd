from odoo import api, fields, models

from ..tools.notices import CLOSE, make_notice


class HelpdeskEscalationSetPolicy(models.TransientModel):
    """Set a policy on several tickets at once, or take theirs off (R1)."""

    _name = "helpdesk.escalation.set.policy"
    _description = "Set Escalation Policy"
    _inherit = ["helpdesk.escalation.input"]

    ticket_ids = fields.Many2many(
        comodel_name="helpdesk.ticket",
        relation="helpdesk_escalation_set_policy_ticket_rel",
        column1="dialog_id",
        column2="ticket_id",
        required=True,
        readonly=True,
        context={"active_test": False},
    )
    ticket_count = fields.Integer(string="Tickets", compute="_compute_tickets")
    muted_count = fields.Integer(compute="_compute_tickets")
    company_ids = fields.Many2many(
        comodel_name="res.company", compute="_compute_tickets"
    )
    policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy",
        domain="['|', ('company_id', '=', False),"
        " ('company_id', 'parent_of', company_ids)]",
        help="Escalates these tickets, whatever is set on their clients and teams, and "
        "also for clients who are already waiting. Empty: the policy of the client, "
        "team or company applies again.",
    )

    @api.depends("ticket_ids")
    def _compute_tickets(self):
        for dialog in self:
            tickets = dialog.ticket_ids
            dialog.ticket_count = len(tickets)
            dialog.muted_count = len(tickets.filtered("escalation_muted"))
            dialog.company_ids = tickets.company_id

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "ticket_ids" in fields:
            tickets = self.env["helpdesk.ticket"].browse(
                self.env.context.get("active_ids") or ()
            )
            # Whoever reads the dialog reads of the tickets.
            tickets.check_access("read")
            values["ticket_ids"] = tickets.ids
        return values

    def action_set_policy(self):
        """Set the policy on the tickets, or take off what is set on them.

        :raise AccessError: when the user may not change one of the tickets
        """
        self.ensure_one()
        tickets = self.ticket_ids
        tickets.check_access("write")
        tickets.write({"escalation_policy_id": self.policy_id.id})
        words = (
            self.env._(
                "%(policy)s is set on the selected tickets (%(count)s).",
                policy=self.policy_id.name,
                count=len(tickets),
            )
            if self.policy_id
            else self.env._(
                "The policy of the client, team or company applies to the selected "
                "tickets again (%s).",
                len(tickets),
            )
        )
        return make_notice(words, "success", CLOSE)
