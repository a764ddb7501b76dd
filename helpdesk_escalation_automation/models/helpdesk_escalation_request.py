from odoo import api, fields, models
from odoo.tools import ormcache


class HelpdeskEscalationRequest(models.Model):
    """A wish to escalate a ticket at once, of an automation or of code.

    The run sees to it, as to all else: who asks meets none of its locks, and cannot
    fail because of it.
    """

    _name = "helpdesk.escalation.request"
    _description = "Request to Escalate"
    _inherit = ["helpdesk.escalation.cached"]
    _order = "id"

    ticket_id = fields.Many2one(
        comodel_name="helpdesk.ticket", required=True, ondelete="cascade", index=True
    )
    step_id = fields.Many2one(
        comodel_name="helpdesk.escalation.step",
        ondelete="set null",
        index="btree_not_null",
    )
    detail = fields.Char(required=True)

    @api.model_create_multi
    def create(self, vals_list):
        # Asked before: once this one is there, the answer here is another than that
        # which others have kept.
        is_first = not self._may_be_there()
        calls = super().create(vals_list)
        if is_first:
            self._forget()
        return calls

    @api.model
    @ormcache()
    def _may_be_there(self):
        """Whether anybody asks: where nobody ever did, the run does not look."""
        # Sudo: one answer is kept for everybody.
        here = self.sudo()
        asking = [("state", "=", "helpdesk_escalation")]
        return bool(
            here.search_count([], limit=1)
            or here.env["ir.actions.server"].search_count(asking, limit=1)
        )
