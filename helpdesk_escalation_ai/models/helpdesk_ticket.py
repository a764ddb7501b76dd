import logging

from odoo import api, fields, models

from odoo.addons.helpdesk_escalation.models.groups import VIEWER_GROUPS

from .helpdesk_escalation_ai_proposal import TICKET_FIELDS

_logger = logging.getLogger(__name__)


class HelpdeskTicket(models.Model):
    """New tickets are shown to the model, where that was set up; nothing waits."""

    _inherit = "helpdesk.ticket"

    escalation_ai_proposal_ids = fields.One2many(
        comodel_name="helpdesk.escalation.ai.proposal",
        inverse_name="ticket_id",
        domain=[("state", "=", "proposed"), ("kind", "in", [*TICKET_FIELDS, "tone"])],
        string="Proposals",
        readonly=True,
        groups=VIEWER_GROUPS,
        help="What a language model proposes. It changes nothing until you accept it.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._escalation_ask_model()
        return tickets

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(TICKET_FIELDS.values()):
            self.env["helpdesk.escalation.ai.proposal"]._settle(self, vals)
        return result

    def _escalation_ask_model(self):
        """Have the model asked about new tickets; never raise.

        Not about what is imported, nor what an automatic reply has opened.
        """
        if self.env.context.get("import_file"):
            return
        try:
            server = self.env["helpdesk.escalation.ai"]
            # Sudo: whoever creates a ticket knows nothing of this.
            asked = self.sudo().filtered(
                lambda ticket: server._is_on(ticket.company_id)
                and not ticket.escalation_auto_opened
            )
            if asked:
                with self.env.cr.savepoint(flush=False):
                    self.env["helpdesk.escalation.ai.request"]._put("arrival", asked)
        except Exception:
            # A client's ticket is not lost because of us.
            _logger.exception("The model is not asked about %s", self)

    def _escalation_get_people(self):
        """Return whom a ticket knows by name: clients and colleagues.

        The ticket as superuser.
        """
        self.ensure_one()
        contact = self.partner_id
        team = self.team_id
        users = self.user_id | self.create_uid | team.user_id | team.user_ids
        return (
            contact
            | contact.parent_id
            | self.commercial_partner_id
            | contact.parent_id.child_ids[:50]
            | self.message_ids.author_id
            | self.message_partner_ids
            | users.partner_id
        )
