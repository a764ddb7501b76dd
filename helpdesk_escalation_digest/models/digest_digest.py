from odoo import fields, models
from odoo.exceptions import AccessError

CONFIRMED_WITHIN = 30


class DigestDigest(models.Model):
    _inherit = "digest.digest"

    kpi_helpdesk_escalation_opened = fields.Boolean(
        string="Escalations", help="How many incidents were opened in the period."
    )
    kpi_helpdesk_escalation_opened_value = fields.Integer(
        compute="_compute_kpi_helpdesk_escalation_opened_value"
    )
    kpi_helpdesk_escalation_confirmed = fields.Boolean(
        string="Escalations Taken within 30 Minutes",
        help="Of the incidents opened in the period, those that somebody confirmed "
        "within 30 minutes of the first step.",
    )
    kpi_helpdesk_escalation_confirmed_value = fields.Integer(
        compute="_compute_kpi_helpdesk_escalation_confirmed_value"
    )
    kpi_helpdesk_escalation_answered = fields.Boolean(
        string="Escalations Answered",
        help="Of the incidents opened in the period, those that an answer to the "
        "client ended.",
    )
    kpi_helpdesk_escalation_answered_value = fields.Integer(
        compute="_compute_kpi_helpdesk_escalation_answered_value"
    )

    def _compute_kpi_helpdesk_escalation_opened_value(self):
        self._calculate_escalation_kpi("kpi_helpdesk_escalation_opened_value")

    def _compute_kpi_helpdesk_escalation_confirmed_value(self):
        self._calculate_escalation_kpi(
            "kpi_helpdesk_escalation_confirmed_value",
            [("is_confirmed", "=", 1), ("minutes_to_confirm", "<=", CONFIRMED_WITHIN)],
        )

    def _compute_kpi_helpdesk_escalation_answered_value(self):
        self._calculate_escalation_kpi(
            "kpi_helpdesk_escalation_answered_value", [("resolution", "=", "answered")]
        )

    def _calculate_escalation_kpi(self, name, domain=None):
        """Count the incidents opened in the period, as the analysis does.

        :raise AccessError: for who has no part in the helpdesk; the digest then leaves
            the figure out
        """
        if not self.env.user.has_group("helpdesk_mgmt.group_helpdesk_user_own"):
            raise AccessError(self.env._("This figure is for the helpdesk only."))
        self._calculate_company_based_kpi(
            "helpdesk.escalation.report",
            name,
            date_field="date",
            additional_domain=domain,
        )

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        action = "helpdesk_escalation.helpdesk_escalation_incident_action"
        for name in ("opened", "confirmed", "answered"):
            actions[f"kpi_helpdesk_escalation_{name}"] = action
        return actions
