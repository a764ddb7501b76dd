from odoo import api, models


class ReportHelpdeskEscalationBrief(models.AbstractModel):
    """What the printed handover is made of (R14)."""

    _name = "report.helpdesk_escalation.report_brief"
    _description = "Printed Escalation Brief"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return the handovers to print.

        Odoo's report routes are open to everybody who can log in, and check nothing.

        :raise AccessError: when the person behind it may not read one of them
        """
        briefs = self.env["helpdesk.escalation.brief"].sudo(False).browse(docids)
        briefs.check_access("read")
        return {"doc_ids": briefs.ids, "doc_model": briefs._name, "docs": briefs}
