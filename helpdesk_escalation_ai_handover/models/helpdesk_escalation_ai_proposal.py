from odoo import fields, models


class HelpdeskEscalationAiProposal(models.Model):
    """A summary is a proposal too: used, or left out."""

    _inherit = "helpdesk.escalation.ai.proposal"

    kind = fields.Selection(
        selection_add=[("summary", "Summary")], ondelete={"summary": "cascade"}
    )
    sources = fields.Json(
        readonly=True,
        help="By their number in the summary, the messages that it rests on; 0 is the "
        "ticket itself.",
    )
