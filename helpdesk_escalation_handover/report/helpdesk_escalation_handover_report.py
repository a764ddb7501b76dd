from odoo import api, models


class ReportHelpdeskEscalationHandover(models.AbstractModel):
    """What the printed handover is made of (R14)."""

    _name = "report.helpdesk_escalation_handover.report_handover"
    _description = "Printed Escalation Handover"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return the handovers to print.

        Odoo's report routes are open to everybody who can log in, and check nothing.

        :raise AccessError: when the person behind it may not read one of them
        """
        handovers = self.env["helpdesk.escalation.handover"].sudo(False).browse(docids)
        handovers.check_access("read")
        return {
            "doc_ids": handovers.ids,
            "doc_model": handovers._name,
            "docs": handovers,
        }
