from odoo import fields, models


class HelpdeskEscalationCall(models.Model):
    """A wish to escalate a ticket at once, of an automation or of code.

    The run sees to it, as to all else: who calls meets none of its locks, and cannot
    fail because of it.
    """

    _name = "helpdesk.escalation.call"
    _description = "Call to Escalate"
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
