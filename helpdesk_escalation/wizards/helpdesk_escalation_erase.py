import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.notices import CLOSE, make_notice

_logger = logging.getLogger(__name__)


class HelpdeskEscalationErase(models.TransientModel):
    """S16: says what would be erased of a contact, and erases it."""

    _name = "helpdesk.escalation.erase"
    _description = "Erase from Escalations"
    _inherit = ["helpdesk.escalation.input"]

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        required=True,
        readonly=True,
        context={"active_test": False},
    )
    child_count = fields.Integer(compute="_compute_found")
    with_children = fields.Boolean(
        string="Include Its Contacts",
        help="Also erase the contacts that belong to this company.",
    )
    found = fields.Text(
        string="To Be Erased",
        compute="_compute_found",
        help="Where words of the contact, or its name, are kept.",
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        partner = self.env["res.partner"].browse(values.get("partner_id"))
        # Whoever reads the dialog reads of the contact.
        partner.check_access("read")
        return values

    @api.depends("partner_id", "with_children")
    @api.depends_context("lang")
    def _compute_found(self):
        for dialog in self:
            partner = dialog.partner_id
            dialog.child_count = len(partner.with_context(active_test=False).child_ids)
            dialog.found = "\n".join(dialog._get_found_lines())

    def action_erase(self):
        """Erase the contact from the escalations of the user's companies.

        :raise AccessError: when the user may not read a contact
        :raise UserError: when there is nothing to erase
        """
        self.ensure_one()
        self.check_access("write")
        partners = self._get_partners()
        partners.check_access("read")
        if not self.found:
            raise UserError(self.env._("There is nothing to erase."))
        erasure, companies = self._get_erasure()
        mask = erasure._make_mask(partners.sudo())
        users = erasure._find_users(partners.sudo())
        tickets = erasure._find_tickets(partners, companies)
        erasure._erase_tickets(tickets)
        erasure._erase_quotes(partners, tickets, companies)
        erasure._erase_users(users, companies)
        erasure._erase_names(mask, companies)
        # Whose it was is not written down again.
        _logger.info("%s was erased from escalations by %s", partners, self.env.user)
        return make_notice(
            self.env._("Erased from escalations."), "success", following=CLOSE
        )

    def _get_partners(self):
        partner = self.partner_id.with_context(active_test=False)
        if not self.with_children:
            return partner
        return partner.search([("id", "child_of", partner.ids)])

    def _get_erasure(self):
        """Return what erases, and in which companies: all of the user's."""
        # Sudo: people's drafts too. Who may, and in which companies, was asked.
        erasure = self.env["helpdesk.escalation.erasure"].sudo()
        return erasure, self.env.user.company_ids

    def _get_found_lines(self):
        """Say how many records hold words of the contact, or name it: a line each."""
        partners = self._get_partners()
        if not partners:
            return []
        erasure, companies = self._get_erasure()
        tickets = erasure._find_tickets(partners, companies)
        users = erasure._find_users(partners.sudo())
        found, named = {}, {}
        for words, records in (
            *erasure._find_on_tickets(tickets),
            *erasure._find_quotes(partners, tickets, companies),
            *erasure._find_of_users(users, companies),
        ):
            found[words.model] = found.get(words.model, records) | records
        incidents = erasure._find_incidents(tickets)
        messages = erasure._find_messages(incidents, False).filtered("body")
        found["mail.message"] = messages | erasure._find_subjects(incidents)
        found["mail.activity"] = erasure._find_activities(incidents)
        mask = erasure._make_mask(partners.sudo())
        for words, records in erasure._find_named(mask, companies):
            records -= found.get(words.model, records.browse())
            named[words.model] = named.get(words.model, records) | records
        return [
            *self._count_lines(found, self.env._("%(what)s: texts of %(count)s")),
            *self._count_lines(named, self.env._("%(what)s: the name in %(count)s")),
        ]

    def _count_lines(self, found, words):
        models = self.env["ir.model"].sudo()
        return [
            words % {"what": models._get(model).name, "count": len(records)}
            for model, records in found.items()
            if records
        ]
