import operator

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from odoo.addons.helpdesk_escalation.models.groups import MANAGER_GROUP

COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda total, values: total in values,
}


class ResPartner(models.Model):
    """Beside accounting: what a client was invoiced, to be found in conditions.

    Accounting's own total can be read only, so that the domain editor does not offer
    it. Nobody sees this one who does not see that, and without accounting nobody does.
    """

    _inherit = "res.partner"

    helpdesk_total_invoiced = fields.Float(
        string="Invoiced in Total",
        compute="_compute_helpdesk_total_invoiced",
        search="_search_helpdesk_total_invoiced",
        groups=MANAGER_GROUP,
        help="What the client's company was invoiced, less credit notes, without "
        "taxes, in the company's currency. For conditions of escalation policies.",
    )

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        # Not by overriding who has access to a field: that is asked for each field of
        # each contact that anybody reads.
        result = super().fields_get(allfields, attributes)
        if not self._may_see_invoiced():
            result.pop("helpdesk_total_invoiced", None)
        return result

    @api.model
    def _may_see_invoiced(self):
        theirs = self._fields.get("total_invoiced")
        return self.env.su or bool(theirs and self._has_field_access(theirs, "read"))

    @api.depends_context("company", "uid")
    def _compute_helpdesk_total_invoiced(self):
        totals = self._get_helpdesk_invoiced() if self._may_see_invoiced() else {}
        for partner in self:
            client = partner.commercial_partner_id._origin
            partner.helpdesk_total_invoiced = totals.get(client.id, 0)

    @api.model
    def _search_helpdesk_total_invoiced(self, operator, value):
        # Who may not read it may not guess it by searching either.
        if not self._may_see_invoiced():
            raise AccessError(self.env._("Invoices are for accounting to see."))
        if operator not in COMPARE:
            return NotImplemented
        totals = self._get_helpdesk_invoiced()
        compare = COMPARE[operator]
        # Who was never invoiced has no row.
        others = compare(0, value)
        ids = [
            client_id
            for client_id, total in totals.items()
            if compare(total, value) != others
        ]
        return Domain("commercial_partner_id", "not in" if others else "in", ids)

    @api.model
    def _get_helpdesk_invoiced(self):
        """Return what each client's company was invoiced, by the company's id."""
        if "account.move" not in self.env:
            return {}
        # Sudo: a total of whole companies; who may see it was asked by the callers.
        rows = (
            self.env["account.move"]
            .sudo()
            ._read_group(
                [
                    ("move_type", "in", ("out_invoice", "out_refund")),
                    ("state", "=", "posted"),
                    ("company_id", "in", self.env.companies.ids),
                ],
                ["commercial_partner_id"],
                ["amount_untaxed_signed:sum"],
            )
        )
        return {client.id: total for client, total in rows}


class HelpdeskEscalationConditionScope(models.AbstractModel):
    _inherit = "helpdesk.escalation.condition.scope"

    @api.model
    def _get_condition_extras(self):
        extras = super()._get_condition_extras()
        theirs = extras.get("res.partner", set())
        return {**extras, "res.partner": theirs | {"helpdesk_total_invoiced"}}
